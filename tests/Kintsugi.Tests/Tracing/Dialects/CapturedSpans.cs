using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing.Dialects;

/// <summary>Spans as they were captured of real instrumentations: without ids and times, in the order in which they ended.</summary>
internal static class CapturedSpans
{
    public static readonly DateTimeOffset Began = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One trace for each span that had no parent; a span that had one belongs to the next after it that contains spans.</summary>
    public static IReadOnlyList<Trace> Traces(string json)
    {
        var captured = JsonNode.Parse(json)!.AsArray();
        var spans = new SpanData[captured.Count];
        SpanId? above = null;
        for (var i = captured.Count - 1; i >= 0; i--)
        {
            var span = captured[i]!;
            var id = Id(i + 1);
            var isContained = (string?)span["parent"] == "yes";
            var isLeaf = IsLeaf((string)span["name"]!);
            spans[i] = Span(span, id, isContained ? above : null, Began.AddMilliseconds(100 * i));
            if (!isLeaf || !isContained) above = id;
        }

        // A parent began before what it contains.
        for (var i = 0; i < spans.Length; i++)
            if (Array.FindIndex(spans, s => s.Id == spans[i].Parent) is >= 0 and var parent && spans[parent].Start >= spans[i].Start)
                spans[parent] = spans[parent] with { Start = spans[i].Start.AddMilliseconds(-1), Took = spans[parent].Start - spans[i].Start + TimeSpan.FromMilliseconds(51) };
        return [.. spans.GroupBy(s => Root(s, spans)).Select(g => Kintsugi.Tracing.Dialects.Traces.Of(new TraceId(g.Key.Value), "desk", "1", [.. g]))];
    }

    /// <summary>Runs of LangSmith as a store holds them.</summary>
    public static Trace Runs(string json)
    {
        var runs = JsonNode.Parse(json)!.AsArray().Select(r => r!.AsObject()).ToList();
        var trace = TraceId.Of((string)runs[0]["trace_id"]!)!.Value;
        return SpanBodies.Read(new StoredTrace(trace, [.. runs.Select(r => Row(trace, r))], []));
    }

    public static string Text(IReadOnlyList<Trace> traces) =>
        JsonSerializer.Serialize(traces.Select(t => new { t.Id, t.Service, t.Version, t.Operations }), Written) + "\n";

    public static SpanId Id(int n) => new((UInt128)n);

    private static SpanRow Row(TraceId trace, JsonObject run)
    {
        var start = Nanoseconds(run["start_time"]!);
        return new SpanRow(
            trace, SpanId.Of((string)run["id"]!)!.Value, run["parent_run_id"] is { } parent ? SpanId.Of((string)parent!) : null,
            new SpanSource((string)run["session_name"]!, null, "langsmith", "{}"), (string)run["name"]!, SpanRole.Other, start, Nanoseconds(run["end_time"]!) - start,
            null, null, SpanFormat.LangSmith, Encoding.UTF8.GetBytes(run.ToJsonString()));
    }

    private static long Nanoseconds(JsonNode time) => time.GetValueKind() == JsonValueKind.Number
        ? (long)time * 1_000_000
        : (DateTimeOffset.Parse((string)time!, CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static SpanData Span(JsonNode span, SpanId id, SpanId? parent, DateTimeOffset start)
    {
        var status = span["status"]!;
        return new SpanData(
            id, parent, (string)span["name"]!, (int)span["kind"]!, ((string)span["scope"]!).LastIndexOf('@') is > 0 and var at ? ((string)span["scope"]!)[..at] : (string)span["scope"]!,
            start, TimeSpan.FromMilliseconds(50), (int)status["code"]! == 2, (string?)status["message"], span["attributes"]!.DeepClone().AsObject(),
            [.. span["events"]!.AsArray().Select(e => new SpanEvent((string)e!["name"]!, start, e["attributes"]!.DeepClone().AsObject()))]);
    }

    private static SpanId Root(SpanData span, SpanData[] spans)
    {
        while (span.Parent is { } parent) span = Array.Find(spans, s => s.Id == parent)!;
        return span.Id;
    }

    private static bool IsLeaf(string name) =>
        name.StartsWith("chat ", StringComparison.Ordinal) || name.StartsWith("execute_tool ", StringComparison.Ordinal) || name == "ai.toolCall"
        || name.EndsWith(".doGenerate", StringComparison.Ordinal) || name.EndsWith(".doStream", StringComparison.Ordinal) || name == "OpenAI Chat Completions";
}
