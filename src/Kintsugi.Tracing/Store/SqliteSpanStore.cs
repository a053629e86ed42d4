using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tracing.Store;

/// <summary>Spans in one SQLite file.</summary>
/// <remarks>One writer at a time; readers are never held up. A commit survives the end of the process, and not the loss of power in its last moments.</remarks>
/// <param name="merge">Puts a LangSmith run that arrives (second) together with what is stored of it (first).</param>
public sealed class SqliteSpanStore(Database database, Func<SpanRow, SpanRow, SpanRow> merge) : ISpanStore
{
    /// <summary>Deleted in one transaction, so that writers wait for a moment only.</summary>
    private const int Chunk = 5_000;

    private readonly SemaphoreSlim _writing = new(1);
    private SqliteSpanWriter? _writer;

    public async Task WriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            _writer ??= new SqliteSpanWriter(database.Connect(), new SourceNumbers(), merge);
            _writer.Write(spans, notes);
        }
        catch (SqliteException e)
        {
            throw new StorageException("traces.db", e);
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task<StoredTrace?> ReadAsync(TraceId trace, CancellationToken cancellationToken)
    {
        using var connection = database.Connect();
        var key = new { trace = trace.ToBytes() };
        List<SpanRow> spans = [.. connection.Query<StoredSpan>($"{SpanSql.Spans} where span.trace = @trace order by span.start, span.rowid", key).Select(r => r.ToRow())];
        if (spans is []) return Task.FromResult<StoredTrace?>(null);
        var notes = connection.Query<StoredNote>(
            $"{SpanSql.Notes} where note.trace = @trace order by note.time, note.rowid", key);
        return Task.FromResult<StoredTrace?>(new StoredTrace(trace, spans, [.. notes.Select(n => n.ToNote(trace))]));
    }

    public Task<IReadOnlyList<SpanRow>> FindAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        using var connection = database.Connect();
        var services = connection.Query<long>("select distinct service from source where @service is null or name = @service", new { service = query.Service });
        var values = new
        {
            from = query.FromNs ?? 0,
            to = query.ToNs ?? long.MaxValue,
            query.Version,
            query.Signature,
            query.Model,
            query.Text,
            scanned = query.Text is null ? -1 : SpanQuery.MostScanned,
            limit = Math.Clamp(query.Limit, 1, 1000),
            service = 0L,
        };
        var found = new List<SpanRow>();
        foreach (var service in services) // each by its own index; the newest of all of them are chosen below
            found.AddRange(query.Within(connection.Query<StoredSpan>(SpanSql.Find(query, "instr(span.body, cast(@Text as blob)) > 0"), values with { service = service }, buffered: false).Select(r => r.ToRow())));
        return Task.FromResult<IReadOnlyList<SpanRow>>([.. query.Within(found.OrderByDescending(s => s.StartNs).Take(values.limit))]);
    }

    public Task<IReadOnlyList<Traffic>> CountAsync(long fromNs, long toNs, CancellationToken cancellationToken)
    {
        using var connection = database.Connect();
        List<Traffic> counted = [];
        foreach (var service in Services())
        {
            cancellationToken.ThrowIfCancellationRequested();
            counted.AddRange(connection.Query<(string, string?, string?, long, long)>(SpanSql.Count, new { service, from = fromNs, to = toNs, limit = ISpanStore.MostErrorsCounted }).Select(Traffic.Of));
        }
        return Task.FromResult<IReadOnlyList<Traffic>>(counted);
    }

    public async Task<long> TrimAsync(long? beforeNs, long? mostBytes, CancellationToken cancellationToken)
    {
        long deleted = 0;
        if (beforeNs is { } before)
        {
            foreach (var service in Services())
                deleted += await DeleteAsync("select rowid from span where service = @service and start < @before limit @chunk", new { service, before, chunk = Chunk }, cancellationToken);
            await RunAsync(connection => connection.Execute("delete from note where time < @before", new { before }), cancellationToken);
        }
        while (mostBytes is { } most && UsedBytes() > most)
        {
            var oldest = await DeleteChunkAsync("select rowid from span order by rowid limit @chunk", new { chunk = Chunk }, cancellationToken);
            if (oldest == 0) break;
            deleted += oldest;
        }
        if (deleted > 0) await RunAsync(connection => connection.Query<long>("pragma incremental_vacuum").Count(), cancellationToken);
        return deleted;
    }

    public async Task<long> ThinAsync(Sampling sampling, long settledNs, CancellationToken cancellationToken)
    {
        using var connection = database.Connect();
        var from = connection.QuerySingle<long>("select to_rowid from thinned");
        var to = connection.QuerySingle<long>("select coalesce(min(rowid) - 1, (select coalesce(max(rowid), 0) from span)) from span where rowid > @from and start >= @settledNs", new { from, settledNs });
        long deleted = 0;
        for (var low = from; low < to; low += Chunk)
        {
            var high = Math.Min(to, low + Chunk);
            deleted += await RunAsync(
                writing =>
                {
                    using var transaction = writing.BeginTransaction(deferred: false);
                    var values = new { low, high, share = sampling.FirstNotKept, slow = sampling.SlowNs };
                    var thinned = writing.Execute(
                        """
                        delete from span where rowid > @low and rowid <= @high and substr(trace, 15, 2) >= @share and not exists (
                            select 1 from span other where other.trace = span.trace and (other.signature is not null or other.duration >= @slow or other.duration is null))
                        """, values, transaction);
                    writing.Execute("update thinned set to_rowid = @high", values, transaction);
                    transaction.Commit();
                    return thinned;
                },
                cancellationToken);
        }
        return deleted;
    }

    public ValueTask DisposeAsync()
    {
        _writer?.Dispose();
        _writing.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Bytes of the file that hold something.</summary>
    private long UsedBytes()
    {
        using var connection = database.Connect();
        return connection.QuerySingle<long>("select (p.page_count - f.freelist_count) * s.page_size from pragma_page_count p, pragma_freelist_count f, pragma_page_size s");
    }

    private List<long> Services()
    {
        using var connection = database.Connect();
        return [.. connection.Query<long>("select distinct service from source")];
    }

    private async Task<long> DeleteAsync(string which, object values, CancellationToken cancellationToken)
    {
        long all = 0;
        for (long deleted; (deleted = await DeleteChunkAsync(which, values, cancellationToken)) > 0;) all += deleted;
        return all;
    }

    private Task<long> DeleteChunkAsync(string which, object values, CancellationToken cancellationToken) =>
        RunAsync<long>(connection => connection.Execute($"delete from span where rowid in ({which})", values), cancellationToken);

    private async Task<T> RunAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            using var connection = database.Connect();
            return work(connection);
        }
        catch (SqliteException e)
        {
            throw new StorageException("traces.db", e);
        }
        finally
        {
            _writing.Release();
        }
    }
}
