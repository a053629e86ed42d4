namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Carries bytes through a build's proxy, within a bound for all of them and one for silence.</summary>
internal sealed class ProxyRelay(long mostBytes, TimeSpan longestSilence, TimeProvider clock)
{
    private long _left = mostBytes;

    public bool IsSpent => Interlocked.Read(ref _left) < 0;

    /// <summary>Runs out when nothing has moved for too long; each copy that it is given to winds it up.</summary>
    public CancellationTokenSource Silence() => new(longestSilence, clock);

    /// <summary>Copies until the end.</summary>
    /// <exception cref="IOException">One end is gone, or the bound is reached.</exception>
    /// <exception cref="OperationCanceledException">Silence, or <paramref name="cancellationToken"/>.</exception>
    public async Task CopyAsync(Stream from, Stream to, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, stop.Token) is > 0 and var read)
        {
            Take(read);
            silence.CancelAfter(longestSilence);
            await to.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            await to.FlushAsync(stop.Token);
        }
    }

    /// <exception cref="IOException">The bound is reached.</exception>
    public void Take(int bytes)
    {
        if (Interlocked.Add(ref _left, -bytes) < 0) throw new IOException("The build has moved more bytes than it may.");
    }
}
