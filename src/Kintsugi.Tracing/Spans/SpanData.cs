using System.Text.Json.Nodes;

namespace Kintsugi.Tracing.Spans;

/// <summary>One span read out of its body, whatever it was encoded in. Everything in it is a stranger's words.</summary>
/// <param name="Kind">OpenTelemetry's: 1 internal, 2 server, 3 client.</param>
/// <param name="Scope">The instrumentation library's name; `langsmith` for a LangSmith run.</param>
/// <param name="Took">Null while it has not ended.</param>
/// <param name="Failed">Status ERROR, or a run with an error.</param>
/// <param name="StatusMessage">What the status says of the failure; null when nothing.</param>
/// <param name="Attributes">By their names; of a LangSmith run its own fields.</param>
/// <param name="Events">In the order of their time; log records of the span among them.</param>
public sealed record SpanData(
    SpanId Id, SpanId? Parent, string Name, int Kind, string Scope, DateTimeOffset Start, TimeSpan? Took, bool Failed, string? StatusMessage,
    JsonObject Attributes, IReadOnlyList<SpanEvent> Events);

/// <param name="Attributes">Of a log record also its `body`.</param>
public sealed record SpanEvent(string Name, DateTimeOffset Time, JsonObject Attributes);
