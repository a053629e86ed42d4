using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Dialects;

/// <summary>One instrumentation among the spans that were looked at.</summary>
/// <param name="Scope">As it calls itself; empty when it does not.</param>
/// <param name="Newest">When the newest of them began.</param>
/// <param name="Remedy">What is known to be missing from what it sends, and what to do; null for nothing.</param>
public sealed record SeenScope(string Scope, int Spans, DateTimeOffset Newest, string? Remedy);

/// <summary>Which instrumentations send spans: one that fell silent is seen by its absence alone.</summary>
public static class SeenScopes
{
    private const string Contrib = "@opentelemetry/instrumentation-openai", TraceloopSdk = "@traceloop/node-server-sdk", Traceloop = "@traceloop/", OpenInference = "@arizeai/openinference-";

    /// <param name="spans">The newest.</param>
    /// <param name="hasNotes">Whether any of their traces has log records.</param>
    /// <returns>The most frequent first.</returns>
    public static IReadOnlyList<SeenScope> Of(IReadOnlyList<SpanRow> spans, bool hasNotes)
    {
        ArgumentNullException.ThrowIfNull(spans);
        var byScope = spans.GroupBy(s => s.Source.Scope, StringComparer.Ordinal).ToList();
        var others = byScope.Select(s => s.Key).Where(s => s.StartsWith(Traceloop, StringComparison.Ordinal) && s != TraceloopSdk).ToList();
        return
        [
            .. byScope.Select(s => new SeenScope(s.Key, s.Count(), DateTimeOffset.UnixEpoch.AddTicks(s.Max(r => r.StartNs) / 100), Remedy(s.Key, hasNotes, others.Count > 0)))
                .OrderByDescending(s => s.Spans).ThenBy(s => s.Scope, StringComparer.Ordinal),
        ];
    }

    private static string? Remedy(string scope, bool hasNotes, bool traceloopSeesModels) => scope switch
    {
        Contrib when !hasNotes =>
            "sends what was asked and answered in log records, and none came: set OTEL_LOGS_EXPORTER=otlp and OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true.",
        TraceloopSdk when !traceloopSeesModels =>
            "sends its own spans and none of a model: a second, newer @opentelemetry/api beside its own makes those vanish without a word. Have one release of it (`npm ls @opentelemetry/api`).",
        _ when scope.StartsWith(OpenInference, StringComparison.Ordinal) || scope.StartsWith(Traceloop, StringComparison.Ordinal) =>
            "ends no span for a model's call that failed: failures of models are not to be counted by it.",
        _ => null,
    };
}
