using System.Buffers;

namespace Kintsugi.Models.Translation;

/// <summary>Cuts an event stream into the data of its events.</summary>
/// <remarks>
/// The framework's own parser pulls from a stream; here chunks are pushed, and may break anywhere. Lines end with CR LF, LF or CR, a leading byte order
/// mark and all fields but `data` are passed over (WHATWG HTML, "Server-sent events"): both vendors name an event within its data too.
/// </remarks>
/// <param name="onData">Gets the data of one event; the span is gone after the call.</param>
internal sealed class EventSplitter(EventSplitter.DataHandler onData)
{
    public const int MaxEventBytes = 10 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly ArrayBufferWriter<byte> _data = new();
    private bool _hasData;
    private bool _isPastStart;
    private bool _endedWithReturn;

    public delegate void DataHandler(ReadOnlySpan<byte> data);

    /// <exception cref="FormatException">An event is larger than <see cref="MaxEventBytes"/>.</exception>
    public void Add(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty)
        {
            if (_endedWithReturn && chunk[0] == (byte)'\n') chunk = chunk[1..];
            _endedWithReturn = false;
            var end = chunk.IndexOfAny((byte)'\r', (byte)'\n');
            Keep(_line, end < 0 ? chunk : chunk[..end]);
            if (end < 0) return;
            _endedWithReturn = chunk[end] == (byte)'\r';
            EndLine();
            chunk = chunk[(end + 1)..];
        }
    }

    /// <summary>Ends the stream. Some services leave out the empty line after their last event.</summary>
    /// <param name="isWhole">Whether data that no empty line follows is an event, or what a cut left over.</param>
    public void End(Func<ReadOnlyMemory<byte>, bool> isWhole)
    {
        if (_line.WrittenCount > 0) EndLine();
        if (_hasData && isWhole(_data.WrittenMemory)) EndLine();
    }

    private void EndLine()
    {
        var line = _line.WrittenSpan;
        if (!_isPastStart && line.StartsWith("\uFEFF"u8)) line = line["\uFEFF"u8.Length..];
        _isPastStart = true;
        if (line.StartsWith("data:"u8))
        {
            if (_hasData) Keep(_data, "\n"u8);
            _hasData = true;
            line = line["data:".Length..];
            Keep(_data, line is [(byte)' ', ..] ? line[1..] : line);
        }
        else if (line.IsEmpty && _hasData)
        {
            onData(_data.WrittenSpan);
            _data.ResetWrittenCount();
            _hasData = false;
        }
        _line.ResetWrittenCount();
    }

    private static void Keep(ArrayBufferWriter<byte> kept, ReadOnlySpan<byte> bytes)
    {
        if (kept.WrittenCount + bytes.Length > MaxEventBytes) throw new FormatException($"An event of the stream is larger than {MaxEventBytes / 1024 / 1024} MiB.");
        kept.Write(bytes);
    }
}
