using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes an answer in the format of OpenAI responses.</summary>
internal static class ResponsesAnswerWriter
{
    public const string InProgress = "in_progress";
    public const string Completed = "completed";
    public const string Incomplete = "incomplete";

    public static string Status(StopReason stop) => stop is StopReason.Length or StopReason.ContentFilter ? Incomplete : Completed;

    public static void Write(Utf8JsonWriter json, ResponsesEcho echo, Answer answer) =>
        Write(json, echo, answer.Head, answer.Parts, Status(answer.Stop), answer.Stop, answer.Usage, error: null);

    /// <param name="stop">Null while it is not at its end.</param>
    public static void Write(
        Utf8JsonWriter json, ResponsesEcho echo, AnswerHead head, IReadOnlyList<AnswerPart> parts, string status, StopReason? stop, Usage? usage, ProviderError? error)
    {
        json.WriteString("id", head.Id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", head.Created);
        json.WriteString("status", status);
        json.WriteBoolean("background", false);
        json.WriteBoolean("store", false); // nothing can be asked for again by its id
        json.WriteNull("previous_response_id");
        WriteError(json, error);
        WriteIncomplete(json, status == Incomplete ? stop : null);
        json.WriteString("model", head.Model);
        json.WriteStartArray("output");
        for (var i = 0; i < parts.Count; i++) WriteItem(json, head, parts[i], i, i == parts.Count - 1 ? status : Completed);
        json.WriteEndArray();
        WriteUsage(json, usage);
        echo.Write(json);
    }

    public static string ItemId(AnswerHead head, AnswerPart part, int index) => $"{(part is Called ? "fc" : "msg")}_{head.Id}_{index}";

    /// <summary>One item of the output. A part that is in progress has no content yet.</summary>
    public static void WriteItem(Utf8JsonWriter json, AnswerHead head, AnswerPart part, int index, string status)
    {
        json.WriteStartObject();
        json.WriteString("id", ItemId(head, part, index));
        json.WriteString("type", part is Called ? "function_call" : "message");
        json.WriteString("status", status == "failed" ? Incomplete : status);
        if (part is Called call)
        {
            json.WriteString("call_id", call.Id);
            json.WriteString("name", call.Name);
            json.WriteString("arguments", call.Text);
        }
        else
        {
            json.WriteString("role", "assistant");
            json.WriteStartArray("content");
            if (status != InProgress) WriteContent(json, part);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    public static void WriteContent(Utf8JsonWriter json, AnswerPart part)
    {
        json.WriteStartObject();
        json.WriteString("type", part is Declined ? "refusal" : "output_text");
        json.WriteString(part is Declined ? "refusal" : "text", part.Text);
        if (part is not Declined)
        {
            WriteNone(json, "annotations");
            WriteNone(json, "logprobs");
        }
        json.WriteEndObject();
    }

    public static void WriteNone(Utf8JsonWriter json, string array)
    {
        json.WriteStartArray(array);
        json.WriteEndArray();
    }

    private static void WriteError(Utf8JsonWriter json, ProviderError? error)
    {
        if (error is null)
        {
            json.WriteNull("error");
            return;
        }
        json.WriteStartObject("error");
        json.WriteString("code", error.Status == 429 ? "rate_limit_exceeded" : "server_error");
        json.WriteString("message", error.Message);
        json.WriteEndObject();
    }

    private static void WriteIncomplete(Utf8JsonWriter json, StopReason? stop)
    {
        if (stop is null)
        {
            json.WriteNull("incomplete_details");
            return;
        }
        json.WriteStartObject("incomplete_details");
        json.WriteString("reason", stop == StopReason.ContentFilter ? "content_filter" : "max_output_tokens");
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, Usage? known)
    {
        if (known is not { } usage)
        {
            json.WriteNull("usage");
            return;
        }
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", usage.Input);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", usage.CacheRead);
        json.WriteNumber("cache_write_tokens", usage.CacheWrite);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", usage.Output);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", usage.Reasoning);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", usage.Input + usage.Output);
        json.WriteEndObject();
    }
}
