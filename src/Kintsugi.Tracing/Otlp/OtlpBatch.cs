using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>What one OTLP request holds.</summary>
/// <param name="Rejected">Spans or records without a usable id or time; the sender is told how many.</param>
public sealed record OtlpBatch(IReadOnlyList<SpanRow> Spans, IReadOnlyList<SpanNote> Notes, int Rejected)
{
    /// <summary>Why some are rejected.</summary>
    public const string RejectedFor = "A span needs a trace id, a span id and a start after 1970; a log record is kept when it belongs to a span.";

    /// <summary>Names of what tells of the machine, not of the agent: never stored.</summary>
    internal static bool IsOfHost(string attribute) =>
        attribute.StartsWith("host.", StringComparison.Ordinal) || attribute.StartsWith("os.", StringComparison.Ordinal)
        || (attribute.StartsWith("process.", StringComparison.Ordinal) && !attribute.StartsWith("process.runtime.", StringComparison.Ordinal));
}
