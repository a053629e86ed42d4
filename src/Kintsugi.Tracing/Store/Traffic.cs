namespace Kintsugi.Tracing.Store;

/// <summary>What one version of a service did in a stretch of time.</summary>
/// <param name="Version">Null where its sender said none.</param>
/// <param name="Signature">Of an error, which <paramref name="Requests"/> then hit; null for all requests.</param>
/// <param name="Requests">Traces of which a span began in that time.</param>
/// <param name="ModelCalls">Spans that are model calls.</param>
public sealed record Traffic(string Service, string? Version, string? Signature, long Requests, long ModelCalls)
{
    /// <summary>From a row of <see cref="SpanSql.Count"/>.</summary>
    internal static Traffic Of((string Service, string? Version, string? Signature, long Requests, long ModelCalls) row) =>
        new(row.Service, row.Version, row.Signature, row.Requests, row.ModelCalls);
}
