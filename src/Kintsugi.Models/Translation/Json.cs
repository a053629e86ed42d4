using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>How JSON is read and written here.</summary>
internal static class Json
{
    public static readonly JsonDocumentOptions Bounds = new() { MaxDepth = 64 };

    /// <summary>It goes to JSON parsers, never into a page: letters need no escapes.</summary>
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const int MaxShown = 300;
    private const long MaxCount = 1L << 40;

    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        WriteTo(buffer, members);
        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteTo(IBufferWriter<byte> buffer, Action<Utf8JsonWriter> members)
    {
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
    }

    /// <summary>Cuts what others wrote to what a message may hold of it.</summary>
    public static string Shown(string text) => text.Length <= MaxShown ? text : $"{text[..MaxShown]}…";

    /// <returns>Null when the text is not one JSON object.</returns>
    public static JsonElement? ObjectOf(string text)
    {
        try
        {
            return JsonElement.Parse(text, Bounds) is { ValueKind: JsonValueKind.Object } value ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <returns>Null when there is no such member, or it is null.</returns>
    public static JsonElement? Member(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <returns>Null when there is no such string.</returns>
    public static string? Text(this JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <returns>Null when there is no such whole number from 0 to 2⁴⁰, so that sums of them cannot overflow.</returns>
    public static long? Count(this JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var count) && count is >= 0 and <= MaxCount ? count : null;

    /// <returns>Empty when there is no such array.</returns>
    public static IEnumerable<JsonElement> Items(this JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];
}
