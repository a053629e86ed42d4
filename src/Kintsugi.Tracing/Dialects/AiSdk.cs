using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Vercel's AI SDK: `ai.*` until release 6 and in the legacy telemetry of 7, `gen_ai.*` since.</summary>
internal static class AiSdk
{
    public static bool Speaks(SpanData span) => span.Scope is "ai" or "gen_ai" || span.Attributes.ContainsKey("ai.operationId");

    public static Operation Read(SpanData span)
    {
        var facts = new SpanFacts(span, TraceDialect.AiSdk);
        var attributes = facts.Attributes;
        facts.Provider = Provider(attributes);
        if (attributes.Text("ai.operationId") is not { } operation) return OpenTelemetryGenAi.ToOperation(facts, Counter.Provider);

        facts.Agent = attributes.Text("ai.telemetry.functionId", "resource.name");
        attributes.Known("operation.name", facts.Agent is null ? operation : $"{operation} {facts.Agent}");
        if (operation == "ai.toolCall") return Tool(facts);
        facts.Usage = Usage(attributes);
        return operation.EndsWith(".doGenerate", StringComparison.Ordinal) || operation.EndsWith(".doStream", StringComparison.Ordinal) || operation.EndsWith(".doEmbed", StringComparison.Ordinal)
            ? Call(facts)
            : Step(facts);
    }

    // It writes the surface behind the provider: `openai.chat`.
    private static string? Provider(AttributeReader attributes) =>
        attributes.Text("ai.model.provider", "gen_ai.provider.name", "gen_ai.system") is { } name ? OneSpelling.ProviderWithSurface(name) : null;

    private static ToolOperation Tool(SpanFacts facts)
    {
        facts.Input = facts.Attributes.Json("ai.toolCall.args", "ai.toolCall.input");
        facts.Output = facts.Attributes.Json("ai.toolCall.result", "ai.toolCall.output");
        return facts.ToTool(facts.Attributes.Text("ai.toolCall.name") ?? facts.Span.Name, facts.Attributes.Text("ai.toolCall.id"));
    }

    private static ModelOperation Call(SpanFacts facts)
    {
        var attributes = facts.Attributes;
        facts.ModelAsked = attributes.Text("ai.model.id", "gen_ai.request.model");
        facts.ModelAnswered = attributes.Text("ai.response.model", "gen_ai.response.model");
        facts.ResponseId = attributes.Text("ai.response.id", "gen_ai.response.id");
        facts.Messages = MessageReader.Read(attributes.Json("ai.prompt.messages"), "user");
        facts.Answer = Answer(attributes);
        facts.Tools = MessageReader.ToolNames(attributes.Json("ai.prompt.tools"));
        facts.ToFirstToken = attributes.Time("ai.response.msToFirstChunk", 0.001);
        attributes.Each("ai.settings.", (name, value) => facts.Settings.TryAdd(OneSpelling.Setting(name), ForeignJson.Copy(value)));
        if (attributes.Text("ai.response.finishReason") is { } reason) facts.FinishReasons = OneSpelling.Finish([reason]);
        OpenTelemetryGenAi.ReadCall(facts, Counter.Provider); // what it says there too, by those names
        return facts.ToModel();
    }

    private static Operation Step(SpanFacts facts)
    {
        var attributes = facts.Attributes;
        facts.Input = attributes.Json("ai.prompt", "ai.value", "ai.values");
        var answer = Answer(attributes);
        facts.Output = attributes.Json("ai.response.object")
            ?? (answer is not [{ Parts: var parts }] ? null : parts is [TextPart text] ? JsonValue.Create(text.Text) : new JsonArray([.. parts.Select(Told)]));
        return facts.ToStep();
    }

    private static JsonNode? Told(MessagePart part) => part switch
    {
        TextPart text => JsonValue.Create(text.Text),
        ToolRequestPart call => new JsonObject { ["id"] = call.Id, ["tool"] = call.Tool, ["arguments"] = call.Arguments?.DeepClone() },
        OtherPart other => other.Content?.DeepClone(),
        _ => null,
    };

    private static Message[] Answer(AttributeReader attributes)
    {
        List<MessagePart> parts = [];
        if (attributes.Text("ai.response.reasoning") is { } reasoning) parts.Add(new OtherPart(new JsonObject { ["type"] = "reasoning", ["content"] = reasoning }));
        if (attributes.Text("ai.response.text", "ai.response.object") is { } text) parts.Add(new TextPart(text));
        attributes.Known("ai.response.text", ""); // beside tool calls
        if (attributes.Json("ai.response.toolCalls") is JsonArray calls) parts.AddRange(calls.OfType<JsonObject>().Select(MessageReader.RequestOf));
        return parts.Count == 0 ? [] : [new Message("assistant", parts)];
    }

    private static TokenUsage? Usage(AttributeReader attributes)
    {
        var input = attributes.Count("ai.usage.inputTokens", "ai.usage.promptTokens", "gen_ai.usage.input_tokens");
        var output = attributes.Count("ai.usage.outputTokens", "ai.usage.completionTokens", "gen_ai.usage.output_tokens");
        if (input is null && output is null) return null;
        var cached = attributes.Count("ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens");
        var reasoning = attributes.Count("ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens");
        attributes.Known("ai.usage.totalTokens", input + output);
        attributes.Known("ai.usage.inputTokenDetails.noCacheTokens", input - (cached ?? 0));
        attributes.Known("ai.usage.outputTokenDetails.textTokens", output - (reasoning ?? 0));
        return new TokenUsage(input, output, cached, reasoning, Counter.Provider);
    }
}
