using System.Text.Json.Nodes;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>What a request to a provider says.</summary>
internal sealed record RequestFacts(string? Model, IReadOnlyList<Message> Messages, JsonObject Settings, IReadOnlyList<string> Tools);

/// <summary>What a provider's answer says.</summary>
internal sealed record AnswerFacts(string? Id, string? Model, IReadOnlyList<Message> Messages, IReadOnlyList<string> FinishReasons, TokenUsage? Usage);

/// <summary>Providers' own bodies, which OpenInference and LangSmith pass on whole: OpenAI's, Anthropic's, and what LangChain makes of them.</summary>
internal static class ProviderBodies
{
    /// <summary>What is not a setting in a request.</summary>
    private static readonly HashSet<string> NoSetting =
        ["model", "model_name", "messages", "input", "prompt", "prompts", "instructions", "system", "contents", "tools", "functions", "_type"];

    public static RequestFacts Request(JsonNode? body)
    {
        if (body is not JsonObject request) return new RequestFacts(null, MessageReader.Read(body, "user"), [], []);
        List<Message> messages =
        [
            .. MessageReader.Read(At(request, "system", "instructions") is JsonArray blocks ? Joined(blocks) : At(request, "system", "instructions"), "system"),
            .. MessageReader.Read(At(request, "messages", "input", "prompt", "prompts", "contents"), "user"),
        ];
        return new RequestFacts(AsWords(At(request, "model", "model_name")), messages, Settings(request), MessageReader.ToolNames(At(request, "tools", "functions")));
    }

    /// <summary>The settings of a request's body, by OpenTelemetry's names.</summary>
    public static JsonObject Settings(JsonNode? body)
    {
        var settings = new JsonObject();
        if (body is not JsonObject request) return settings;
        foreach (var (name, value) in request)
            if (value is not null && !NoSetting.Contains(name)) settings.TryAdd(OneSpelling.Setting(name), Copy(value));
        return settings;
    }

    public static AnswerFacts Answer(JsonNode? body)
    {
        if (body is not JsonObject answer) return new AnswerFacts(null, null, MessageReader.Read(body, "assistant"), [], null);
        if (At(answer, "generations") is JsonArray generations) return Generated(answer, generations);
        var usage = Usage(At(answer, "usage_metadata", "usage"), Counter.Provider);
        var id = AsWords(At(answer, "id"));
        var model = AsWords(At(answer, "model"));
        if (At(answer, "choices") is JsonArray choices)
        {
            return new AnswerFacts(
                id, model, [.. choices.SelectMany(c => MessageReader.Read(At(c, "message", "delta", "text"), "assistant"))],
                OneSpelling.Finish(choices.Select(c => AsText(At(c, "finish_reason"))).OfType<string>()), usage);
        }
        var stopped = AsWords(At(answer, "stop_reason", "finish_reason")) ?? AsWords(At(At(answer, "incomplete_details"), "reason"));
        var said = At(answer, "role", "kwargs", "content") is not null ? answer : At(answer, "output", "message", "messages", "text");
        var messages = MessageReader.Read(said, "assistant");
        return Langchain(said) is { } inner
            ? inner with { Messages = messages, Usage = usage ?? inner.Usage }
            : new AnswerFacts(id, model, messages, stopped is null ? [] : OneSpelling.Finish([stopped]), usage);
    }

    public static TokenUsage? Usage(JsonNode? usage, Counter saidBy)
    {
        var input = AsCount(At(usage, "input_tokens", "prompt_tokens", "promptTokens", "inputTokens"));
        var output = AsCount(At(usage, "output_tokens", "completion_tokens", "completionTokens", "outputTokens"));
        if (input is null && output is null) return null;
        var inputDetails = At(usage, "input_token_details", "prompt_tokens_details", "input_tokens_details");
        var outputDetails = At(usage, "output_token_details", "completion_tokens_details", "output_tokens_details");
        return new TokenUsage(
            input, output, AsCount(At(inputDetails, "cache_read", "cached_tokens")) ?? AsCount(At(usage, "cache_read_input_tokens")),
            AsCount(At(outputDetails, "reasoning", "reasoning_tokens")), saidBy);
    }

    // {"generations":[[{"text","message":{…},"generationInfo":{…}}]],"llmOutput":{"tokenUsage":{…}}}
    private static AnswerFacts Generated(JsonObject answer, JsonArray generations)
    {
        var all = generations.SelectMany(g => g is JsonArray list ? list.AsEnumerable() : [g]).OfType<JsonObject>().ToList();
        var inner = all.Select(g => Langchain(At(g, "message"))).FirstOrDefault(f => f is not null);
        var output = At(answer, "llmOutput", "llm_output");
        var infos = all.Select(g => At(g, "generationInfo", "generation_info")).ToList();
        var finish = OneSpelling.Finish(infos.Select(i => AsText(At(i, "finish_reason", "stop_reason"))).OfType<string>());
        return new AnswerFacts(
            inner?.Id ?? AsWords(At(output, "id")), inner?.Model ?? infos.Select(i => AsWords(At(i, "model_name"))).FirstOrDefault(m => m is not null) ?? AsWords(At(output, "model_name", "model")),
            [.. all.SelectMany(g => MessageReader.Read(At(g, "message", "text"), "assistant"))],
            finish.Count > 0 ? finish : inner?.FinishReasons ?? [],
            inner?.Usage ?? Usage(At(output, "tokenUsage", "token_usage", "usage"), Counter.Provider));
    }

    /// <summary>What a message of LangChain says of the answer that it came in.</summary>
    private static AnswerFacts? Langchain(JsonNode? message)
    {
        var inner = At(message, "kwargs", "data") ?? message;
        var metadata = At(inner, "response_metadata");
        if (metadata is null && At(inner, "usage_metadata") is null) return null;
        var finish = AsWords(At(metadata, "finish_reason", "stop_reason"));
        var id = AsWords(At(metadata, "id")) ?? AsWords(At(inner, "id"));
        return new AnswerFacts(
            id is null || id.StartsWith("run-", StringComparison.Ordinal) || id.StartsWith("lc_run-", StringComparison.Ordinal) ? null : id, // LangChain's own
            AsWords(At(metadata, "model_name", "model")), [], finish is null ? [] : OneSpelling.Finish([finish]),
            Usage(At(inner, "usage_metadata"), Counter.Provider) ?? Usage(At(metadata, "tokenUsage", "token_usage", "usage"), Counter.Provider));
    }

    private static JsonValue? Joined(JsonArray blocks) =>
        blocks.Select(b => AsText(At(b, "text", "content")) ?? AsText(b)).OfType<string>().ToList() is { Count: > 0 } texts ? JsonValue.Create(string.Join('\n', texts)) : null;
}
