using Kintsugi.Tracing.Spans;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Traceloop's OpenLLMetry: `gen_ai.*`, in older releases flattened, and `traceloop.*` for what contains the calls.</summary>
internal static class Traceloop
{
    public static bool Speaks(SpanData span) =>
        span.Scope.StartsWith("@traceloop/", StringComparison.Ordinal) || span.Attributes.ContainsKey("traceloop.span.kind")
        || span.Attributes.ContainsKey("traceloop.workflow.name") || span.Attributes.ContainsKey("llm.request.type");

    public static Operation Read(SpanData span)
    {
        var facts = new SpanFacts(span, TraceDialect.Traceloop);
        var attributes = facts.Attributes;
        facts.Provider = OpenTelemetryGenAi.Provider(attributes) is { } provider ? OneSpelling.Provider(provider) : null;
        var workflow = attributes.Text("traceloop.workflow.name");
        facts.Agent = workflow;
        if (attributes.Text("traceloop.span.kind") is not { } kind)
        {
            facts.Tools = MessageReader.ToolNames(attributes.Flattened("llm.request.functions"));
            return OpenTelemetryGenAi.ToOperation(facts, CountedBy(span));
        }

        var name = attributes.Text("traceloop.entity.name");
        facts.Input = attributes.Json("traceloop.entity.input");
        facts.Output = attributes.Json("traceloop.entity.output");
        if (kind == "agent") facts.Agent = name ?? workflow;
        return kind == "tool" ? facts.ToTool(name ?? span.Name, attributes.Text("gen_ai.tool.call.id")) : facts.ToStep();
    }

    // A streamed answer's tokens it counts itself, and newer releases do not say which were streamed: so what it says is its own count.
    private static Counter CountedBy(SpanData span) =>
        span.Attributes["llm.is_streaming"] is { } streaming && (AsText(streaming) ?? streaming.ToJsonString()) is "false" or "False" ? Counter.Provider : Counter.Instrumentation;
}
