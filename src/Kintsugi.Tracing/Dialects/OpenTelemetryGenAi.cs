using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Dialects;

/// <summary>OpenTelemetry's `gen_ai.*`, old names and new. Traceloop and the AI SDK speak it with words of their own beside it.</summary>
internal static class OpenTelemetryGenAi
{
    public static bool Speaks(SpanData span) =>
        span.Attributes.ContainsKey("gen_ai.operation.name") || span.Attributes.ContainsKey("gen_ai.system") || span.Attributes.ContainsKey("gen_ai.provider.name")
        || span.Attributes.ContainsKey("gen_ai.request.model") || span.Attributes.ContainsKey("gen_ai.tool.name");

    public static Operation Read(SpanData span)
    {
        var facts = new SpanFacts(span, TraceDialect.OpenTelemetry);
        facts.Provider = Provider(facts.Attributes) is { } name ? OneSpelling.Provider(name) : null;
        return ToOperation(facts, Counter.Provider);
    }

    /// <summary>The provider as it was written, under whichever of its two names.</summary>
    public static string? Provider(AttributeReader attributes) => attributes.Text("gen_ai.provider.name", "gen_ai.system");

    /// <summary>Reads a span by its operation: a model's call, a tool's, or a step.</summary>
    public static Operation ToOperation(SpanFacts facts, Counter counter)
    {
        var attributes = facts.Attributes;
        facts.Agent ??= attributes.Text("gen_ai.agent.name");
        var operation = attributes.Text("gen_ai.operation.name");
        switch (operation)
        {
            case "execute_tool":
            case null when attributes.Has("gen_ai.tool.name") && !attributes.Has("gen_ai.request.model"):
                facts.Input ??= attributes.Json("gen_ai.tool.call.arguments");
                facts.Output ??= attributes.Json("gen_ai.tool.call.result");
                return facts.ToTool(attributes.Text("gen_ai.tool.name") ?? facts.Span.Name, attributes.Text("gen_ai.tool.call.id"));
            case "chat" or "text_completion" or "generate_content" or "embeddings" or "completion" or "embedding" or "responses":
            case null when attributes.Has("gen_ai.request.model") || attributes.Has("llm.request.type"):
                ReadCall(facts, counter);
                return facts.ToModel();
            default:
                facts.Input ??= attributes.Json("gen_ai.input.messages");
                facts.Output ??= attributes.Json("gen_ai.output.messages");
                facts.Usage ??= Usage(attributes, counter);
                return facts.ToStep();
        }
    }

    /// <summary>Reads what `gen_ai.*` says of a model's call, where nothing has said it yet.</summary>
    public static void ReadCall(SpanFacts facts, Counter counter)
    {
        var attributes = facts.Attributes;
        facts.ModelAsked ??= attributes.Text("gen_ai.request.model");
        facts.ModelAnswered ??= attributes.Text("gen_ai.response.model");
        facts.ResponseId ??= attributes.Text("gen_ai.response.id");
        facts.Usage ??= Usage(attributes, counter);
        facts.ToFirstToken ??= attributes.Time("gen_ai.client.operation.time_to_first_chunk", 1) ?? attributes.Time("gen_ai.response.time_to_first_chunk", 1);
        attributes.Each("gen_ai.request.", (name, value) => name != "model" && (facts.Settings.TryAdd(name, ForeignJson.Copy(value)) || Same(facts.Settings[name], value)));
        if (facts.Tools.Count == 0) facts.Tools = MessageReader.ToolNames(attributes.Json("gen_ai.tool.definitions"));

        var output = attributes.Json("gen_ai.output.messages");
        var told = SpanEvents.Read(facts.Span);
        if (facts.Messages.Count == 0)
            facts.Messages = [.. SpanEvents.Instructions(attributes.Json("gen_ai.system_instructions")), .. MessageReader.Read(attributes.Json("gen_ai.input.messages"), "user")];
        if (facts.Messages.Count == 0) facts.Messages = MessageReader.Read(attributes.Flattened("gen_ai.prompt"), "user");
        if (facts.Messages.Count == 0) facts.Messages = told.Messages;
        if (facts.Answer.Count == 0) facts.Answer = MessageReader.Read(output, "assistant");
        var completions = attributes.Flattened("gen_ai.completion");
        if (facts.Answer.Count == 0) facts.Answer = MessageReader.Read(completions, "assistant");
        if (facts.Answer.Count == 0) facts.Answer = told.Answer;

        if (attributes.Texts("gen_ai.response.finish_reasons") is { Count: > 0 } reasons) facts.FinishReasons = OneSpelling.Finish(reasons);
        if (facts.FinishReasons.Count == 0) facts.FinishReasons = OneSpelling.Finish(SpanEvents.FinishReasons(output));
        if (facts.FinishReasons.Count == 0) facts.FinishReasons = OneSpelling.Finish(SpanEvents.FinishReasons(completions));
        if (facts.FinishReasons.Count == 0) facts.FinishReasons = told.FinishReasons;
    }

    /// <summary>Tokens under their new names and their old.</summary>
    public static TokenUsage? Usage(AttributeReader attributes, Counter counter)
    {
        var input = attributes.Count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens");
        var output = attributes.Count("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens");
        if (input is null && output is null) return null;
        var cached = attributes.Count("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens");
        var reasoning = attributes.Count("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens");
        attributes.Known("gen_ai.usage.total_tokens", input + output);
        attributes.Known("llm.usage.total_tokens", input + output);
        return new TokenUsage(input, output, cached, reasoning, counter);
    }

    private static bool Same(JsonNode? one, JsonNode other) => JsonNode.DeepEquals(one, ForeignJson.Copy(other));
}
