using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Models.Cassettes;

/// <summary>One spelling for requests that ask the same: equal questions give equal bytes.</summary>
/// <remarks>
/// Keys are sorted, whitespace and the choice of string escapes are gone. Left out is what does not reach the model: `user`,
/// `safety_identifier`, `prompt_cache_key`, `prompt_cache_retention`, `metadata` and `store` (labels, often with an id or a time of
/// the run), and `stream: false` or `null`, which is the default. `stream: true` and `stream_options` stay: they change the bytes of
/// the answer, and a recording answers byte for byte. Numbers keep their spelling (`0` is not `0.0`): the price is a recording
/// missed, never a wrong one taken.
/// </remarks>
public static class CanonicalRequest
{
    /// <summary>A request nested deeper is refused.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="path">Part of the question: the same body means another thing elsewhere.</param>
    /// <param name="body">An object; null for a question that is its path alone.</param>
    /// <returns>The path, a line feed, and JSON in UTF-8.</returns>
    /// <exception cref="JsonException">A string is not valid Unicode.</exception>
    public static byte[] Write(string path, JsonElement? body)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        Encoding.UTF8.GetBytes(path, buffer);
        buffer.Write("\n"u8);
        if (body is { } root)
        {
            using var writer = new Utf8JsonWriter(buffer, Plain);
            try
            {
                WriteObject(writer, root, IsAsked);
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException) // how half a surrogate pair is reported
            {
                throw new JsonException("A string holds half a surrogate pair or bytes that are not UTF-8.", e);
            }
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static bool IsAsked(JsonProperty property) => property.Name switch
    {
        "user" or "safety_identifier" or "prompt_cache_key" or "prompt_cache_retention" or "metadata" or "store" => false,
        "stream" => property.Value.ValueKind is not (JsonValueKind.False or JsonValueKind.Null),
        _ => true,
    };

    private static void WriteObject(Utf8JsonWriter writer, JsonElement element, Func<JsonProperty, bool>? isKept)
    {
        var members = new List<(string Name, JsonElement Value)>();
        foreach (var property in element.EnumerateObject())
            if (isKept is null || isKept(property)) members.Add((property.Name, property.Value));
        CollectionsMarshal.AsSpan(members).Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        writer.WriteStartObject();
        foreach (var (name, value) in members)
        {
            writer.WritePropertyName(name);
            WriteValue(writer, value);
        }
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(writer, element, isKept: null);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) WriteValue(writer, item);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
