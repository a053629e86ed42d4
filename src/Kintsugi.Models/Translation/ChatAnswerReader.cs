using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads an answer in the format of OpenAI chat completions.</summary>
internal static class ChatAnswerReader
{
    public static Answer Read(JsonElement body)
    {
        if (body.Member("error") is not null) throw new FormatException($"The service answered with an error in place of a completion: {Json.Shown(ProviderError.Read(500, body).Message)}");
        var choice = body.Items("choices").FirstOrDefault();
        if (choice.Member("message") is not { ValueKind: JsonValueKind.Object } message) throw new FormatException("A completion has no choices[0].message.");
        var parts = new List<AnswerPart>();
        if (ReadContent(message) is { Length: > 0 } text) parts.Add(new Said(text));
        if (message.Text("refusal") is { Length: > 0 } refusal) parts.Add(new Declined(refusal));
        parts.AddRange(message.Items("tool_calls").Select(ReadCall));
        return new Answer(ReadHead(body), parts, ReadStop(choice.Text("finish_reason"), parts.Exists(part => part is Called)), ReadUsage(body));
    }

    public static AnswerHead ReadHead(JsonElement body) => new(body.Text("id") ?? "", body.Text("model") ?? "", body.Count("created") ?? 0);

    /// <summary>Beside the specified words, two that services give for the same. A call that the request named ends with `stop`, and with some services any call.</summary>
    public static StopReason ReadStop(string? finish, bool hasCalls) => finish switch
    {
        "stop" or "eos" => hasCalls ? StopReason.ToolCalls : StopReason.End,
        "length" or "model_length" => StopReason.Length,
        "tool_calls" => StopReason.ToolCalls,
        "content_filter" => StopReason.ContentFilter,
        _ => throw new FormatException(finish is null ? "A completion has no finish_reason." : $"A completion has the unknown finish_reason '{Json.Shown(finish)}'."),
    };

    public static Usage? ReadUsage(JsonElement body)
    {
        if (body.Member("usage") is not { ValueKind: JsonValueKind.Object } usage) return null;
        var input = usage.Member("prompt_tokens_details") ?? default;
        var output = usage.Member("completion_tokens_details") ?? default;
        return new Usage(
            usage.Count("prompt_tokens") ?? 0, input.Count("cached_tokens") ?? 0, input.Count("cache_write_tokens") ?? 0,
            usage.Count("completion_tokens") ?? 0, output.Count("reasoning_tokens") ?? 0);
    }

    private static string? ReadContent(JsonElement message) => message.Member("content") switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw new FormatException("The content of a completion is not a string."),
    };

    private static Called ReadCall(JsonElement call)
    {
        var function = call.Member("function") ?? default;
        if (call.Text("id") is not { Length: > 0 } id || function.Text("name") is not { Length: > 0 } name)
            throw new FormatException("A tool call has no id, or no function with a name.");
        return new Called(id, name, function.Text("arguments") is { Length: > 0 } arguments ? arguments : "{}");
    }
}
