namespace Kintsugi.Tracing.Wire;

/// <summary>The memory that all requests under way may take together, decompressed: past it the next is refused before it grows.</summary>
public sealed class IngestMemory(long mostBytes)
{
    private long _taken;

    /// <param name="mine">What the asking request has taken already: one alone may go past the bound, or a large one could never be taken.</param>
    public bool TryTake(long bytes, long mine = 0)
    {
        var after = Interlocked.Add(ref _taken, bytes);
        if (after <= mostBytes || after == bytes + mine) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
