using System.Text.Json.Nodes;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing.Dialects;

/// <summary>Spans written by hand, for tests.</summary>
internal static class Told
{
    public const string OTel = "@opentelemetry/instrumentation-openai";
    public const string Arize = "@arizeai/openinference-instrumentation-openai";
    public const string OpenLlmetry = "@traceloop/instrumentation-openai";
    public const string AiSdk6 = "ai";
    public const string AiSdk7 = "gen_ai";

    /// <param name="at">When it began, in milliseconds; it took 100.</param>
    public static SpanData Span(int id, int? parent, string scope, string attributes, int at = 0, string name = "span", string? failed = null, params SpanEvent[] events) => new(
        CapturedSpans.Id(id), parent is { } p ? CapturedSpans.Id(p) : null, name, 1, scope, CapturedSpans.Began.AddMilliseconds(at), TimeSpan.FromMilliseconds(100), failed is not null, failed,
        JsonNode.Parse(attributes)!.AsObject(), events);

    public static SpanEvent Event(string name, string attributes) => new(name, CapturedSpans.Began, JsonNode.Parse(attributes)!.AsObject());

    public static Trace Trace(params SpanData[] spans) => Kintsugi.Tracing.Dialects.Traces.Of(new TraceId(1), "desk", null, spans);

    public static void IsJson(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual is null ? null : JsonNode.Parse(actual.ToJsonString())), $"{actual?.ToJsonString() ?? "null"} is not {expected}.");
}
