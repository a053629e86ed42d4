using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>Where spans are kept: SQLite beside the agent, or PostgreSQL for a team.</summary>
public interface ISpanStore : IAsyncDisposable
{
    const int MostErrorsCounted = 1_000;

    /// <summary>Writes all in one transaction. A span that is there already is overwritten; a LangSmith run is put together with what is there.</summary>
    /// <exception cref="Kintsugi.Storage.StorageException">The database refuses; nothing was written.</exception>
    Task WriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, CancellationToken cancellationToken);

    /// <returns>Spans in the order of their start; null when there is no such trace.</returns>
    Task<StoredTrace?> ReadAsync(TraceId trace, CancellationToken cancellationToken);

    /// <returns>Newest first.</returns>
    Task<IReadOnlyList<SpanRow>> FindAsync(SpanQuery query, CancellationToken cancellationToken);

    /// <summary>Counts requests, and those that failed, by service, version and error.</summary>
    /// <param name="fromNs">Inclusive.</param>
    /// <param name="toNs">Exclusive.</param>
    /// <returns>Of each service at most <see cref="MostErrorsCounted"/> errors, those that most requests hit.</returns>
    Task<IReadOnlyList<Traffic>> CountAsync(long fromNs, long toNs, CancellationToken cancellationToken);

    /// <summary>Deletes what began before a time, then the oldest until it fits.</summary>
    /// <param name="beforeNs">Null keeps any age.</param>
    /// <param name="mostBytes">Null keeps any size.</param>
    /// <returns>Spans deleted.</returns>
    Task<long> TrimAsync(long? beforeNs, long? mostBytes, CancellationToken cancellationToken);

    /// <summary>Deletes the traces that <paramref name="sampling"/> does not keep, each once, among those that have come to rest.</summary>
    /// <param name="settledNs">A trace whose spans began before this is whole.</param>
    /// <returns>Spans deleted.</returns>
    Task<long> ThinAsync(Sampling sampling, long settledNs, CancellationToken cancellationToken);
}
