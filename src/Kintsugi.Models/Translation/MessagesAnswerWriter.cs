using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes an answer in the format of Anthropic messages.</summary>
internal static class MessagesAnswerWriter
{
    private static readonly Usage Unknown = new(0, 0, 0, 0, 0); // the format demands figures

    /// <summary>Members that the format requires and that may be null: the vendor's own matters.</summary>
    private static readonly string[] NotOfMessage = ["stop_details", "container", "diagnostics"], NotOfUse = ["cache_creation", "inference_geo", "server_tool_use", "service_tier", "speed"];

    /// <exception cref="FormatException">The arguments of a call are no object.</exception>
    public static void Write(Utf8JsonWriter json, Answer answer)
    {
        WriteHead(json, answer.Head);
        json.WriteStartArray("content");
        foreach (var part in answer.Parts) WriteBlock(json, part);
        json.WriteEndArray();
        json.WriteString("stop_reason", Reason(answer.Stop, answer.Parts.Any(part => part is Declined)));
        WriteEnd(json);
        WriteUsage(json, answer.Usage);
    }

    /// <summary>A message before it has any content, as a stream begins with it.</summary>
    public static void WriteEmpty(Utf8JsonWriter json, AnswerHead head, Usage? usage)
    {
        WriteHead(json, head);
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        WriteEnd(json);
        WriteUsage(json, usage);
    }

    public static string Reason(StopReason stop, bool isDeclined) => stop switch
    {
        StopReason.Length => "max_tokens",
        StopReason.ToolCalls => "tool_use",
        StopReason.ContentFilter => "refusal",
        _ => isDeclined ? "refusal" : "end_turn",
    };

    /// <summary>Here cached tokens are counted apart.</summary>
    public static void WriteUsage(Utf8JsonWriter json, Usage? known)
    {
        var usage = known ?? Unknown;
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", Math.Max(0, usage.Input - usage.CacheRead - usage.CacheWrite));
        json.WriteNumber("cache_creation_input_tokens", usage.CacheWrite);
        json.WriteNumber("cache_read_input_tokens", usage.CacheRead);
        json.WriteNumber("output_tokens", usage.Output);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("thinking_tokens", usage.Reasoning);
        json.WriteEndObject();
        foreach (var name in NotOfUse) json.WriteNull(name);
        json.WriteEndObject();
    }

    public static void WriteBlock(Utf8JsonWriter json, AnswerPart part)
    {
        json.WriteStartObject();
        if (part is Called call)
        {
            json.WriteString("type", "tool_use");
            json.WriteString("id", call.Id);
            json.WriteString("name", call.Name);
            json.WriteStartObject("caller");
            json.WriteString("type", "direct");
            json.WriteEndObject();
            json.WritePropertyName("input");
            var input = Json.ObjectOf(call.Text.Length == 0 ? "{}" : call.Text);
            (input ?? throw new FormatException($"The arguments of the call of '{Json.Shown(call.Name)}' are not a JSON object, which the format of the request wants.")).WriteTo(json);
        }
        else
        {
            json.WriteString("type", "text");
            json.WriteString("text", part.Text); // and no `citations`: there are none, and some libraries refuse them as null
        }
        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, AnswerHead head)
    {
        json.WriteString("id", head.Id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", head.Model);
    }

    private static void WriteEnd(Utf8JsonWriter json)
    {
        json.WriteNull("stop_sequence");
        foreach (var name in NotOfMessage) json.WriteNull(name);
    }
}
