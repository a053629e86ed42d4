using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes an event stream.</summary>
internal sealed class EventWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <param name="name">Null for an event without a name, as chat completions have them.</param>
    public void Write(string? name, Action<Utf8JsonWriter> members)
    {
        if (name is not null) _bytes.Write(Encoding.UTF8.GetBytes($"event: {name}\n"));
        _bytes.Write("data: "u8);
        Json.WriteTo(_bytes, members);
        _bytes.Write("\n\n"u8);
    }

    public void WriteDone() => _bytes.Write("data: [DONE]\n\n"u8);

    /// <summary>What was written since the last time.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var taken = _bytes.WrittenSpan.ToArray();
        _bytes.ResetWrittenCount();
        return taken;
    }
}
