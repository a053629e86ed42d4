using System.Text;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>The newest 16 KiB that a process wrote to standard error. It is read to its end, so that the process never waits for a reader.</summary>
internal sealed class StandardErrorTail
{
    public const int Capacity = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly byte[] _ring = new byte[Capacity];
    private long _written;

    // A thread of its own: reading a pipe blocks, and the pool of a small machine has no thread to spare.
    public StandardErrorTail(Stream stream) => Read = Task.Factory.StartNew(
        () => ReadAll(stream), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Completes at the end of the stream.</summary>
    public Task Read { get; }

    /// <summary>The position now, for <see cref="Since"/>.</summary>
    public long Mark()
    {
        lock (_lock) return _written;
    }

    /// <summary>What was written after <paramref name="mark"/>, as far as it is kept.</summary>
    public string Since(long mark)
    {
        lock (_lock)
        {
            var count = (int)Math.Min(Capacity, _written - mark);
            if (count == 0) return "";
            var bytes = new byte[count];
            for (var i = 0; i < count; i++) bytes[i] = _ring[(_written - count + i) % Capacity];
            return Excerpt.Of(Encoding.UTF8.GetString(bytes), Capacity);
        }
    }

    private void ReadAll(Stream stream)
    {
        var buffer = new byte[4096];
        try
        {
            int count;
            while ((count = stream.Read(buffer)) > 0) Keep(buffer.AsSpan(0, count));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return; // the process was killed: what it wrote is kept
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (var b in bytes) _ring[_written++ % Capacity] = b;
        }
    }
}
