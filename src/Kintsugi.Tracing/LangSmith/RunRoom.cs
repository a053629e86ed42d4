using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Where runs that arrive are put together, until they are written. Dispose it to give its memory back.</summary>
/// <param name="taken">What the request has taken already.</param>
internal sealed class RunRoom(IngestMemory memory, int taken) : IDisposable
{
    /// <summary>Some hundred runs.</summary>
    private const int Step = 256 << 10;

    private readonly List<byte[]> _lent = [];
    private int _left;

    /// <remarks>What was begun is not refused for want of room: it then takes memory of its own.</remarks>
    public Memory<byte> Take(int size)
    {
        if (size > _left)
        {
            if (memory.TryRent(Math.Max(size, Step), taken + _lent.Sum(l => l.Length)) is not { } lent) return new byte[size];
            _lent.Add(lent);
            _left = lent.Length;
        }
        var room = _lent[^1].AsMemory(_lent[^1].Length - _left, size);
        _left -= size;
        return room;
    }

    /// <summary>Everything in it is written.</summary>
    public void Clear()
    {
        foreach (var lent in _lent) memory.Return(lent);
        _lent.Clear();
        _left = 0;
    }

    public void Dispose() => Clear();
}
