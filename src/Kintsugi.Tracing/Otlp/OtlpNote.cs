using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>A log record, as far as it tells of a span.</summary>
internal static class OtlpNote
{
    /// <returns>Null for a record of no span, or of no time.</returns>
    public static SpanNote? Of(TraceId? trace, SpanId? span, SpanSource source, string name, ulong time, JsonNode? body, JsonObject attributes)
    {
        if (trace is null || span is null || time is 0 or > long.MaxValue) return null;
        if (name.Length == 0 && attributes["event.name"] is JsonValue value && value.TryGetValue<string>(out var said)) name = said;
        return new SpanNote(trace.Value, span.Value, source, Storage.Shown.Word(name, 200), (long)time, new JsonObject { ["body"] = body, ["attributes"] = attributes }.ToJsonString());
    }
}
