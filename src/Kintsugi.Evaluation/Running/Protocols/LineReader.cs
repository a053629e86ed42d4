namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Reads lines from a stream that a stranger writes. It blocks; a line is valid until the next is read.</summary>
internal sealed class LineReader(Stream stream, int longestBytes)
{
    private const int Chunk = 32 * 1024;

    private byte[] _buffer = new byte[Chunk];
    private int _start;
    private int _end;

    /// <param name="line">Without its newline. The last line of a stream need not have one.</param>
    /// <exception cref="InvalidDataException">A line is longer than allowed.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var scanned = _start;
        while (true)
        {
            var newline = _buffer.AsSpan(scanned, _end - scanned).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = _buffer.AsMemory(_start, scanned + newline - _start);
                _start = scanned + newline + 1;
                return true;
            }
            if (_end - _start > longestBytes) throw new InvalidDataException($"A line of more than {longestBytes} bytes.");
            MakeRoom();
            scanned = _end;
            var count = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (count > 0)
            {
                _end += count;
                continue;
            }
            line = _buffer.AsMemory(_start, _end - _start);
            _start = _end;
            return line.Length > 0;
        }
    }

    private void MakeRoom()
    {
        if (_buffer.Length - _end >= Chunk / 2) return;
        var kept = _buffer.AsSpan(_start, _end - _start);
        var wanted = kept.Length + Chunk;
        var target = wanted > _buffer.Length ? new byte[Math.Max(wanted, kept.Length * 2)]
            : _buffer.Length > 1 << 20 && wanted <= Chunk * 2 ? new byte[Chunk * 2] // one long line must not hold its memory for ever
            : _buffer;
        kept.CopyTo(target);
        _end = kept.Length;
        _start = 0;
        _buffer = target;
    }
}
