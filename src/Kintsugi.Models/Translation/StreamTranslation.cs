using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Translates one streamed answer while it comes.</summary>
/// <remarks>
/// The end is said only after the provider said it: a stream that was cut stays one that was cut. What follows the end, or an error, is passed over.
/// Not thread-safe.
/// </remarks>
public sealed class StreamTranslation
{
    /// <summary>Bound of all that a provider may send; parts of it are kept until the end.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    private readonly EventSplitter _splitter;
    private readonly EventWriter _events;
    private readonly IStreamReader _reader;
    private readonly IStreamWriter _writer;
    private long _bytes;
    private bool _isOver;

    /// <param name="reader">Makes the reader of the provider's dialect, given where to put what it reads.</param>
    /// <param name="writer">Makes the writer of the asked dialect, given where to put what it writes.</param>
    internal StreamTranslation(Func<Action<Delta>, IStreamReader> reader, Func<EventWriter, IStreamWriter> writer)
    {
        _events = new EventWriter();
        _writer = writer(_events);
        _reader = reader(Pass);
        _splitter = new EventSplitter(Read);
    }

    /// <param name="chunk">Bytes of the provider's stream, broken off anywhere, within a letter too.</param>
    /// <returns>Whole events of the asked dialect; empty when the chunk completes none.</returns>
    /// <exception cref="FormatException">The stream is not in the provider's dialect, or beyond a bound. What was given before may have been sent; nothing more may be.</exception>
    public ReadOnlyMemory<byte> Next(ReadOnlySpan<byte> chunk)
    {
        _bytes += chunk.Length;
        if (_bytes > MaxBytes) throw new FormatException($"The stream is larger than {MaxBytes / 1024 / 1024} MiB.");
        if (!_isOver) _splitter.Add(chunk);
        return _events.Take();
    }

    /// <summary>To be called when the provider's stream is at its end, however it ended.</summary>
    /// <returns>What a last event without an empty line after it gives; nothing else, so never an end that the provider did not say.</returns>
    /// <exception cref="FormatException">As of <see cref="Next"/>.</exception>
    public ReadOnlyMemory<byte> End()
    {
        if (!_isOver) _splitter.End(IsWhole);
        return _events.Take();
    }

    private void Pass(Delta delta)
    {
        _writer.Write(delta);
        _isOver |= delta is Ended or Failed;
    }

    private void Read(ReadOnlySpan<byte> data)
    {
        if (_isOver || data.IsEmpty) return;
        try
        {
            if (data.SequenceEqual("[DONE]"u8)) _reader.ReadDone();
            else _reader.Read(JsonElement.Parse(data, Json.Bounds));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a string that is not valid Unicode
        {
            throw new FormatException("An event of the stream is not JSON that can be read.", e);
        }
    }

    private static bool IsWhole(ReadOnlyMemory<byte> data)
    {
        if (data.Span.SequenceEqual("[DONE]"u8)) return true;
        try
        {
            return JsonElement.Parse(data.Span, Json.Bounds).ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
