using System.Net;
using Kintsugi.Storage;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Server;

/// <summary>How a server listens and what it keeps.</summary>
/// <param name="HttpPort">OTLP over HTTP and the LangSmith API; 0 picks a free one.</param>
/// <param name="GrpcPort">OTLP over gRPC, which without TLS needs a port of its own; 0 picks a free one.</param>
/// <param name="Key">What senders must show, as `x-api-key` or a bearer token; null lets everyone in who reaches the port.</param>
public sealed record ServeSettings(IPAddress Address, int HttpPort, int GrpcPort, string? Key, SpanRedaction Redaction, Retention Retention)
{
    /// <summary>Null takes no webhooks.</summary>
    public WebhookPlace? Webhooks { get; init; }
}

/// <summary>What LangSmith's API needs beside the store of spans.</summary>
/// <param name="Traces">Keeps datasets, projects and feedback: <see cref="Database.OpenSpans"/>, also where spans are in PostgreSQL.</param>
/// <param name="Evaluated">Told of experiments; see <see cref="LangSmithApi"/>.</param>
public sealed record LangSmithPlace(Database Traces, Func<Experiment, CancellationToken, Task> Evaluated);

/// <summary>What is kept of what arrives.</summary>
/// <param name="Age">Null for any.</param>
/// <param name="Bytes">Of spans on disk; null for any.</param>
/// <param name="Sampling">Null keeps every trace.</param>
public sealed record Retention(TimeSpan? Age, long? Bytes, Sampling? Sampling)
{
    public static readonly Retention Everything = new(null, null, null);
}
