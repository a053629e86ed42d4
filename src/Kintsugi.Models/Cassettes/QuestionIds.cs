using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Models.Cassettes;

/// <summary>Tells questions that differ in nothing but the ids of calls: a provider makes these anew for every answer, and an agent sends them back in its next question.</summary>
/// <remarks>For comparing answers; a recording is recalled by the whole question, ids and all.</remarks>
public static class QuestionIds
{
    private static readonly string[] Ids = ["id", "call_id", "tool_call_id", "tool_use_id"];
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="question">A canonical request, as recordings keep it.</param>
    /// <returns>SHA-256 in lower-case hexadecimal of the question with each id replaced by its place among the ids; of the question as it is where that cannot be read.</returns>
    public static string HashWithout(ReadOnlyMemory<byte> question)
    {
        var body = question.Span.IndexOf((byte)'\n') + 1;
        var buffer = new ArrayBufferWriter<byte>(question.Length);
        buffer.Write(question.Span[..body]);
        try
        {
            using var document = JsonDocument.Parse(question[body..], new JsonDocumentOptions { MaxDepth = CanonicalRequest.MaxDepth });
            using var writer = new Utf8JsonWriter(buffer, Plain);
            Write(writer, document.RootElement, new Dictionary<string, int>(StringComparer.Ordinal));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for escapes that make no character
        {
            return Convert.ToHexStringLower(SHA256.HashData(question.Span));
        }
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    private static void Write(Utf8JsonWriter writer, JsonElement element, Dictionary<string, int> met)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    if (member.Value.ValueKind == JsonValueKind.String && Ids.Contains(member.Name)) writer.WriteNumberValue(PlaceOf(member.Value.GetString()!, met));
                    else Write(writer, member.Value, met);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Write(writer, item, met);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static int PlaceOf(string id, Dictionary<string, int> met)
    {
        met.TryAdd(id, met.Count);
        return met[id];
    }
}
