using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Arize's OpenInference: `llm.*` with flattened lists, the provider's bodies whole in `input.value` and `output.value`.</summary>
internal static class OpenInference
{
    public static bool Speaks(SpanData span) =>
        span.Attributes.ContainsKey("openinference.span.kind") || span.Scope.StartsWith("@arizeai/", StringComparison.Ordinal) || span.Scope.StartsWith("openinference.", StringComparison.Ordinal);

    public static Operation Read(SpanData span)
    {
        var facts = new SpanFacts(span, TraceDialect.OpenInference);
        var attributes = facts.Attributes;
        facts.Agent = attributes.Text("agent.name");
        facts.Node = attributes.Text("graph.node.id");
        facts.Input = Body(attributes, "input");
        facts.Output = Body(attributes, "output");
        switch (attributes.Text("openinference.span.kind")?.ToUpperInvariant())
        {
            case "LLM" or "EMBEDDING":
            case null when attributes.Has("llm.model_name"):
                ReadCall(facts);
                return facts.ToModel();
            case "TOOL":
                facts.Input = attributes.Json("tool.parameters") is JsonObject { Count: > 0 } arguments && facts.Input is null ? arguments : facts.Input;
                return facts.ToTool(attributes.Text("tool.name", "tool_call.function.name") ?? span.Name, attributes.Text("tool_call.id", "tool.id"));
            default:
                facts.Usage = Usage(attributes);
                return facts.ToStep();
        }
    }

    private static void ReadCall(SpanFacts facts)
    {
        var attributes = facts.Attributes;
        var request = ProviderBodies.Request(facts.Input as JsonObject);
        var answer = ProviderBodies.Answer(facts.Output as JsonObject);
        facts.Provider = attributes.Text("llm.system", "llm.provider") is { } provider ? OneSpelling.Provider(provider) : null;
        var said = attributes.Json("llm.invocation_parameters") as JsonObject;
        var named = attributes.Text("llm.model_name", "embedding.model_name"); // asked, until the answer overwrites it
        facts.ModelAsked = ForeignJson.AsWords(ForeignJson.At(said, "model")) ?? request.Model ?? named;
        facts.ModelAnswered = answer.Model ?? (named == facts.ModelAsked ? null : named);
        facts.ResponseId = answer.Id;
        facts.Messages = Either(MessageReader.Read(attributes.Flattened("llm.input_messages"), "user"), request.Messages);
        facts.Answer = Either(MessageReader.Read(attributes.Flattened("llm.output_messages"), "assistant"), answer.Messages);
        facts.Tools = Either(MessageReader.ToolNames(attributes.Flattened("llm.tools")), request.Tools);
        facts.Settings = said is not null ? ProviderBodies.Settings(said) : request.Settings;
        facts.Usage = Usage(attributes) ?? answer.Usage;
        facts.FinishReasons = attributes.Text("llm.finish_reason") is { } reason ? OneSpelling.Finish([reason]) : answer.FinishReasons;
    }

    private static JsonNode? Body(AttributeReader attributes, string side)
    {
        var type = attributes.Text(side + ".mime_type");
        return type == "text/plain" ? (attributes.Text(side + ".value") is { } text ? JsonValue.Create(text) : null) : attributes.Json(side + ".value");
    }

    private static TokenUsage? Usage(AttributeReader attributes)
    {
        var input = attributes.Count("llm.token_count.prompt");
        var output = attributes.Count("llm.token_count.completion");
        if (input is null && output is null) return null;
        attributes.Known("llm.token_count.total", input + output);
        return new TokenUsage(
            input, output, attributes.Count("llm.token_count.prompt_details.cache_read"), attributes.Count("llm.token_count.completion_details.reasoning"), Counter.Provider);
    }

    private static IReadOnlyList<T> Either<T>(IReadOnlyList<T> first, IReadOnlyList<T> second) => first.Count > 0 ? first : second;
}
