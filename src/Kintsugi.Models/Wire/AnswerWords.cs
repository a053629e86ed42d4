using System.Text;
using System.Text.Json;

namespace Kintsugi.Models.Wire;

/// <summary>What a model said in an answer of any dialect, without what is new in every answer: ids, times, counts, how a stream was cut.</summary>
/// <remarks>For comparing answers with each other, not for reading: texts, refusals, and tools with their arguments stand one after the other as they came.</remarks>
public static class AnswerWords
{
    private const int Longest = 4_000;
    private const int MaxDepth = 64;

    // Where each dialect has what was said, whole or streamed; all else of an answer is about it.
    private static readonly string[] Places = ["choices", "content", "output", "content_block", "delta"];
    private static readonly string[] Said = ["content", "text", "refusal", "name", "arguments", "partial_json", "delta"];

    /// <returns>At most 4,000 characters; null when the provider refused, or the answer cannot be read.</returns>
    public static string? Of(ModelAnswer answer)
    {
        if (answer.Status != 200) return null;
        var words = new StringBuilder();
        try
        {
            if (!answer.ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase)) Read(answer.Body, words);
            else ReadEvents(answer.Body, words);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for escapes that make no character
        {
            return null;
        }
        return words.ToString(0, Math.Min(words.Length, Longest));
    }

    private static void ReadEvents(ReadOnlyMemory<byte> events, StringBuilder words)
    {
        foreach (var range in events.Span.Split((byte)'\n'))
        {
            var line = events[range];
            if (line.Span.StartsWith("data:"u8) && line.Span.Contains((byte)'{')) Read(line["data:".Length..], words);
        }
    }

    private static void Read(ReadOnlyMemory<byte> json, StringBuilder words)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
        if (document.RootElement.ValueKind != JsonValueKind.Object) return;
        foreach (var member in document.RootElement.EnumerateObject().Where(m => Places.Contains(m.Name))) Append(member, words);
    }

    private static void Append(JsonProperty member, StringBuilder words)
    {
        if (member.Value.ValueKind == JsonValueKind.String && Said.Contains(member.Name)) words.Append(member.Value.GetString());
        else if (member.NameEquals("input"u8)) words.Append(member.Value.GetRawText()); // the arguments of a tool, as an object
        else Append(member.Value, words);
    }

    private static void Append(JsonElement value, StringBuilder words)
    {
        if (words.Length >= Longest) return;
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject()) Append(member, words);
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) Append(item, words);
        }
    }
}
