using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads an answer in the format of Anthropic messages.</summary>
internal static class MessagesAnswerReader
{
    /// <param name="answerTool">The tool whose input is the answer's text; null without JSON mode.</param>
    public static Answer Read(JsonElement body, string? answerTool)
    {
        if (body.Text("type") != "message" || body.Member("content") is not { ValueKind: JsonValueKind.Array }) throw new FormatException("The answer is not a message with content.");
        var parts = body.Items("content").Select(ReadPart).OfType<AnswerPart>().ToList();
        var stop = ReadStop(body.Text("stop_reason"));
        if (answerTool is not null && parts.Any(part => part is Called call && call.Name == answerTool))
        {
            parts = [.. parts.Where(part => part is Called).Select(part => part is Called call && call.Name == answerTool ? new Said(call.Text) : part)];
            stop = Answered(stop, parts.Exists(part => part is Called));
        }
        return new Answer(ReadHead(body), parts, stop, ReadUsage(body, null));
    }

    public static AnswerHead ReadHead(JsonElement message) => new(message.Text("id") ?? "", message.Text("model") ?? "", Created: 0);

    /// <returns>A part with the text it has; null for one that belongs to the model's thinking.</returns>
    public static AnswerPart? ReadPart(JsonElement block)
    {
        var kind = block.Text("type");
        return kind switch
        {
            "text" => new Said(block.Text("text") ?? ""),
            "tool_use" when block.Text("id") is { Length: > 0 } id && block.Text("name") is { Length: > 0 } name =>
                new Called(id, name, block.Member("input") is { ValueKind: JsonValueKind.Object } input ? input.GetRawText() : "{}"),
            "thinking" or "redacted_thinking" => null,
            _ => throw new FormatException($"A message has a block of type '{Json.Shown(kind ?? "")}' that was not asked for, or that is not whole."),
        };
    }

    /// <summary>`pause_turn` comes only of tools that the vendor runs; the answer is not whole then either.</summary>
    public static StopReason ReadStop(string? reason) => reason switch
    {
        "end_turn" or "stop_sequence" => StopReason.End,
        "max_tokens" or "model_context_window_exceeded" or "pause_turn" => StopReason.Length,
        "tool_use" => StopReason.ToolCalls,
        "refusal" => StopReason.ContentFilter,
        _ => throw new FormatException(reason is null ? "A message has no stop_reason." : $"A message has the unknown stop_reason '{Json.Shown(reason)}'."),
    };

    /// <summary>A call of the tool that gives the answer is an end.</summary>
    public static StopReason Answered(StopReason stop, bool hasOtherCalls) => stop == StopReason.ToolCalls && !hasOtherCalls ? StopReason.End : stop;

    /// <param name="earlier">What an earlier event of the stream said: later ones repeat only what changed.</param>
    public static Usage? ReadUsage(JsonElement body, Usage? earlier)
    {
        if (body.Member("usage") is not { ValueKind: JsonValueKind.Object } usage) return earlier;
        var read = usage.Count("cache_read_input_tokens") ?? earlier?.CacheRead ?? 0;
        var written = usage.Count("cache_creation_input_tokens") ?? earlier?.CacheWrite ?? 0;
        var fresh = usage.Count("input_tokens") ?? (earlier is null ? 0 : earlier.Input - earlier.CacheRead - earlier.CacheWrite);
        var thinking = (usage.Member("output_tokens_details") ?? default).Count("thinking_tokens");
        return new Usage(fresh + read + written, read, written, usage.Count("output_tokens") ?? earlier?.Output ?? 0, thinking ?? earlier?.Reasoning ?? 0);
    }
}
