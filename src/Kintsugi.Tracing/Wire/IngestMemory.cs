namespace Kintsugi.Tracing.Wire;

/// <summary>The memory that all requests under way may take together, decompressed: past it the next is refused before it grows.</summary>
/// <remarks>
/// Arrays that were given back are lent again, to whoever asks: a pool of the runtime keeps some for every thread and rounds up to powers of two,
/// which for bodies of 17 MB was 440 MB.
/// </remarks>
public sealed class IngestMemory(long mostBytes)
{
    /// <summary>Sizes differ a little from request to request, and arrays are to serve again.</summary>
    private const int Step = 16 << 10;

    /// <summary>Of those that are kept, how many are looked at for one that fits.</summary>
    private const int MostLookedAt = 64;

    private readonly Lock _keeping = new();
    private readonly List<byte[]> _kept = []; // oldest first
    private long _keptBytes;
    private long _taken;

    /// <summary>Taken by a request while it is unpacked: few at a time.</summary>
    internal SemaphoreSlim Unpacking { get; } = new(Environment.ProcessorCount);

    /// <param name="mine">What the asking request has taken already: one alone may go past the bound, or a large one could never be taken.</param>
    public bool TryTake(long bytes, long mine = 0)
    {
        var after = Interlocked.Add(ref _taken, bytes);
        if (after <= mostBytes || after == bytes + mine) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);

    /// <summary>An array that counts as taken until it comes back by <see cref="Return"/>; null when there is no room for it.</summary>
    /// <param name="size">At least so long, and at most about twice.</param>
    /// <inheritdoc cref="TryTake"/>
    internal byte[]? TryRent(int size, long mine)
    {
        var kept = Kept(size);
        var length = kept?.Length ?? (size + Step - 1) / Step * Step;
        if (TryTake(length, mine)) return kept ?? GC.AllocateUninitializedArray<byte>(length);
        if (kept is not null) Keep(kept);
        return null;
    }

    internal void Return(byte[] array)
    {
        Give(array.Length);
        Keep(array);
    }

    private byte[]? Kept(int size)
    {
        lock (_keeping)
        {
            for (var i = _kept.Count - 1; i >= Math.Max(0, _kept.Count - MostLookedAt); i--)
            {
                if (_kept[i] is not { } array || array.Length < size || array.Length > 2L * size + Step) continue;
                _kept.RemoveAt(i);
                _keptBytes -= array.Length;
                return array;
            }
            return null;
        }
    }

    private void Keep(byte[] array)
    {
        lock (_keeping)
        {
            _kept.Add(array);
            _keptBytes += array.Length;
            while (_keptBytes + Interlocked.Read(ref _taken) > 2 * mostBytes && _kept is [var oldest, ..])
            {
                _kept.RemoveAt(0);
                _keptBytes -= oldest.Length;
            }
        }
    }
}
