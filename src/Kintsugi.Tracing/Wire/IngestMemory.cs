namespace Kintsugi.Tracing.Wire;

/// <summary>The memory that all requests under way may take together, decompressed: past it the next is refused before it grows.</summary>
public sealed class IngestMemory(long mostBytes)
{
    private long _taken;

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= mostBytes) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
