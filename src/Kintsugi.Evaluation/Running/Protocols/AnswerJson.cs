using System.Text.Json;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Reads what agents answer. All of it is a stranger's.</summary>
internal static class AnswerJson
{
    private const int LongestType = 64;
    private const int LongestMessage = 4096;

    /// <summary>`output` or `error` of an answer object; null when it has neither.</summary>
    public static Said.Answered? Read(JsonElement answer)
    {
        if (answer.TryGetProperty("error"u8, out var error) && error.ValueKind != JsonValueKind.Null)
            return new Said.Answered(null, ErrorOf(error));
        return answer.TryGetProperty("output"u8, out var output) ? Checked(output) : null;
    }

    /// <summary>An output as a result: copied out of its buffer, and refused when it has text that is no text.</summary>
    public static Said.Answered Checked(JsonElement output)
    {
        return IsText(output)
            ? new Said.Answered(output.Clone(), null)
            : new Said.Answered(null, new AgentError("bad_answer", "The answer holds half of a surrogate pair, which no program can compare. Write valid Unicode."));
    }

    public static string? StringOf(JsonElement element, ReadOnlySpan<byte> property)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(property, out var value) || value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // escapes that make no character
        }
    }

    private static AgentError ErrorOf(JsonElement error) => new(
        Excerpt.Of(StringOf(error, "type"u8) ?? "error", LongestType),
        Excerpt.Of(StringOf(error, "message"u8) ?? (IsText(error) ? error.GetRawText() : ""), LongestMessage));

    /// <summary>Whether every string of it is text. Only an escape can smuggle half a surrogate pair in: the parser has checked the bytes.</summary>
    public static bool IsText(JsonElement element)
    {
        var raw = element.GetRawText();
        if (!raw.Contains("\\u", StringComparison.Ordinal)) return true;
        try
        {
            using var nowhere = new Utf8JsonWriter(Stream.Null);
            element.WriteTo(nowhere);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The line that asks, newline and all.</summary>
    public static void WriteAsk(Utf8JsonWriter writer, Ask ask)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, ask.Sample.Id);
        writer.WriteNumber("epoch"u8, ask.Epoch);
        writer.WritePropertyName("input"u8);
        ask.Sample.Input.WriteTo(writer);
        writer.WriteEndObject();
        writer.Flush();
    }
}
