using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>A row as both databases give it.</summary>
internal sealed class StoredSpan
{
    public byte[] Trace { get; init; } = [];
    public byte[] Id { get; init; } = [];
    public byte[]? Parent { get; init; }
    public string Name { get; init; } = "";
    public long Role { get; init; }
    public long Start { get; init; }
    public long? Duration { get; init; }
    public string? Signature { get; init; }
    public string? Model { get; init; }
    public long Format { get; init; }
    public byte[] Body { get; init; } = [];
    public string Service { get; init; } = "";
    public string? Version { get; init; }
    public string Scope { get; init; } = "";
    public string Resource { get; init; } = "";

    public SpanRow ToRow() => new(
        TraceId.Of(Trace)!.Value, SpanId.Of(Id)!.Value, Parent is null ? null : SpanId.Of(Parent), new SpanSource(Service, Version, Scope, Resource), Name, (SpanRole)Role,
        Start, Duration, Signature, Model, (SpanFormat)Format, Body);
}

/// <inheritdoc cref="StoredSpan"/>
internal sealed class StoredNote
{
    public byte[] Span { get; init; } = [];
    public string Note { get; init; } = "";
    public long Time { get; init; }
    public string Body { get; init; } = "";
    public string Service { get; init; } = "";
    public string? Version { get; init; }
    public string Scope { get; init; } = "";
    public string Resource { get; init; } = "";

    public SpanNote ToNote(TraceId trace) => new(trace, SpanId.Of(Span)!.Value, new SpanSource(Service, Version, Scope, Resource), Note, Time, Body);
}
