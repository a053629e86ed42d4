using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes an answer in the format of OpenAI chat completions.</summary>
internal static class ChatAnswerWriter
{
    public static void Write(Utf8JsonWriter json, Answer answer)
    {
        WriteHead(json, "chat.completion", answer.Head);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", Joined<Said>(answer));
        json.WriteString("refusal", Joined<Declined>(answer));
        WriteCalls(json, [.. answer.Parts.OfType<Called>()]);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", Finish(answer.Stop));
        json.WriteEndObject();
        json.WriteEndArray();
        if (answer.Usage is { } usage) WriteUsage(json, usage);
    }

    public static void WriteHead(Utf8JsonWriter json, string kind, AnswerHead head)
    {
        json.WriteString("id", head.Id);
        json.WriteString("object", kind);
        json.WriteNumber("created", head.Created);
        json.WriteString("model", head.Model);
    }

    public static string Finish(StopReason stop) => stop switch
    {
        StopReason.Length => "length",
        StopReason.ToolCalls => "tool_calls",
        StopReason.ContentFilter => "content_filter",
        _ => "stop",
    };

    public static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.Input);
        json.WriteNumber("completion_tokens", usage.Output);
        json.WriteNumber("total_tokens", usage.Input + usage.Output);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", usage.CacheRead);
        json.WriteNumber("cache_write_tokens", usage.CacheWrite);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details");
        json.WriteNumber("reasoning_tokens", usage.Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteCall(Utf8JsonWriter json, Called call, int? index)
    {
        json.WriteStartObject();
        if (index is not null) json.WriteNumber("index", index.Value);
        json.WriteString("id", call.Id);
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", call.Name);
        json.WriteString("arguments", call.Text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteCalls(Utf8JsonWriter json, List<Called> calls)
    {
        if (calls.Count == 0) return;
        json.WriteStartArray("tool_calls");
        foreach (var call in calls) WriteCall(json, call, index: null);
        json.WriteEndArray();
    }

    /// <returns>Null when there is none.</returns>
    private static string? Joined<T>(Answer answer) where T : AnswerPart =>
        answer.Parts.OfType<T>().Any() ? string.Concat(answer.Parts.OfType<T>().Select(part => part.Text)) : null;
}
