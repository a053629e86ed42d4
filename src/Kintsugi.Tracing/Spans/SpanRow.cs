namespace Kintsugi.Tracing.Spans;

/// <summary>One span as it is stored: what it is searched by, and the sender's own bytes, redacted.</summary>
/// <param name="StartNs">Nanoseconds since 1970; in [0, 2⁶³).</param>
/// <param name="DurationNs">Null while it has not ended.</param>
/// <param name="Signature">The error's <see cref="ErrorSignature.Hash"/>; null when the span did not fail.</param>
/// <param name="Model">The model that answered, or was asked where no answer says; null when it is no model's call.</param>
/// <param name="Body">In the format's own encoding: see <see cref="SpanFormat"/>. Of a row that arrives it may lie in the request, and is gone once it is written.</param>
public sealed record SpanRow(
    TraceId Trace, SpanId Id, SpanId? Parent, SpanSource Source, string Name, SpanRole Role,
    long StartNs, long? DurationNs, string? Signature, string? Model, SpanFormat Format, ReadOnlyMemory<byte> Body)
{
    /// <summary>Roughly what it takes in memory and on disk.</summary>
    public long SizeBytes => Body.Length + 200;
}

/// <summary>What a span stands for, as far as its own attributes say.</summary>
public enum SpanRole
{
    Other = 0,
    Model = 1,
    Tool = 2,
    Agent = 3,
}

/// <summary>How <see cref="SpanRow.Body"/> is encoded. Stored.</summary>
public enum SpanFormat
{
    /// <summary>`opentelemetry.proto.trace.v1.Span`.</summary>
    OtlpProtobuf = 0,

    /// <summary>The same in OTLP's JSON encoding.</summary>
    OtlpJson = 1,

    /// <summary>A LangSmith run, JSON: all that was posted and patched, together.</summary>
    LangSmith = 2,
}

/// <summary>Who sent a span: the resource and the instrumentation scope. Stored once for all spans of one sender.</summary>
/// <param name="Service">`service.name`, or LangSmith's project.</param>
/// <param name="Version">`service.version`; null when it was not said.</param>
/// <param name="Scope">The instrumentation library's name; empty when it was not said.</param>
/// <param name="Resource">What else the resource says, a JSON object, without what tells of the host.</param>
public sealed record SpanSource(string Service, string? Version, string Scope, string Resource);

/// <summary>A log record that belongs to a span, as some instrumentations send what was said to a model.</summary>
/// <param name="Name">`event.name`.</param>
/// <param name="Body">JSON: `{"body": …, "attributes": {…}}`, redacted.</param>
public sealed record SpanNote(TraceId Trace, SpanId Span, SpanSource Source, string Name, long TimeNs, string Body);

/// <summary>All that is stored of one trace.</summary>
public sealed record StoredTrace(TraceId Id, IReadOnlyList<SpanRow> Spans, IReadOnlyList<SpanNote> Notes);

/// <summary>Which spans to find, newest first.</summary>
/// <param name="FromNs">Inclusive; null for the beginning.</param>
/// <param name="ToNs">Exclusive; null for now.</param>
/// <param name="Text">Letters that occur in the body, as they stand; at most <see cref="MostScanned"/> spans are looked at for them.</param>
/// <param name="Limit">In [1, 1000].</param>
/// <param name="MostBytes">Of bodies: no more are read once those so far take as much.</param>
public sealed record SpanQuery(
    long? FromNs = null, long? ToNs = null, string? Service = null, string? Version = null, string? Signature = null, string? Model = null, bool FailedOnly = false,
    bool RootsOnly = false, string? Text = null, int Limit = 50, long MostBytes = long.MaxValue)
{
    public const int MostScanned = 200_000;

    /// <param name="found">Newest first; they are asked for one by one.</param>
    internal IEnumerable<SpanRow> Within(IEnumerable<SpanRow> found)
    {
        var read = 0L;
        foreach (var row in found)
        {
            if (read >= MostBytes) yield break;
            read += row.Body.Length;
            yield return row;
        }
    }
}
