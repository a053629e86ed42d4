using System.Globalization;
using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Npgsql;
using NpgsqlTypes;

namespace Kintsugi.Tracing.Store;

/// <summary>Spans in PostgreSQL, a partition a day. Several servers may write to it.</summary>
/// <param name="merge">Puts a LangSmith run that arrives (second) together with what is stored of it (first).</param>
public sealed class PostgresSpanStore(NpgsqlDataSource database, Func<SpanRow, SpanRow, SpanRow> merge, TimeProvider clock) : ISpanStore
{
    private const long DayNs = 86_400_000_000_000;

    /// <summary>Days before and after today that get partitions of their own: more would let a clock that is wrong make thousands.</summary>
    private const int FarthestDays = 400;

    private readonly Dictionary<SpanSource, SourceNumber> _sources = [];
    private readonly HashSet<long> _days = [];
    private readonly SemaphoreSlim _writing = new(1);

    public async Task WriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_sources.Count >= SourceNumbers.MostRemembered) _sources.Clear(); // never within a batch, whose spans look theirs up
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            foreach (var source in spans.Select(s => s.Source).Concat(notes.Select(n => n.Source)).Distinct()) await NumberAsync(source, connection, cancellationToken);
            foreach (var day in spans.Select(s => s.StartNs / DayNs).Distinct()) await MakeDayAsync(day, connection, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await WriteSpansAsync(await MergedAsync(spans, connection), connection, cancellationToken);
            foreach (var note in notes)
            {
                await connection.ExecuteAsync(
                    "insert into note (trace, span, source, name, time, digest, body) values (@trace, @span, @source, @Name, @TimeNs, @digest, @body) on conflict do nothing",
                    new { trace = note.Trace.ToBytes(), span = note.Span.ToBytes(), source = _sources[note.Source].Id, Name = Clean(note.Name), note.TimeNs, digest = SourceDigest.Of(note), body = Clean(note.Body) });
            }
            await transaction.CommitAsync(cancellationToken);
        }
        catch (Exception e)
        {
            _sources.Clear(); // what was numbered in the transaction is gone with it
            if (e is NpgsqlException) throw new StorageException("PostgreSQL", e);
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    public async Task<StoredTrace?> ReadAsync(TraceId trace, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var key = new { trace = trace.ToBytes() };
        List<SpanRow> spans = [.. (await connection.QueryAsync<StoredSpan>($"{SpanSql.Spans} where span.trace = @trace order by span.start, span.id", key)).Select(r => r.ToRow())];
        if (spans is []) return null;
        var notes = await connection.QueryAsync<StoredNote>(
            $"{SpanSql.Notes} where note.trace = @trace order by note.time, note.digest", key);
        return new StoredTrace(trace, spans, [.. notes.Select(n => n.ToNote(trace))]);
    }

    public async Task<IReadOnlyList<SpanRow>> FindAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var services = await connection.QueryAsync<long>("select distinct service from source where @Service is null or name = @Service", new { query.Service });
        var limit = Math.Clamp(query.Limit, 1, 1000);
        List<SpanRow> found = [];
        foreach (var service in services)
        {
            var values = new
            {
                service,
                from = query.FromNs ?? 0,
                to = query.ToNs ?? long.MaxValue,
                query.Version,
                query.Signature,
                query.Model,
                text = System.Text.Encoding.UTF8.GetBytes(query.Text ?? ""),
                scanned = query.Text is null ? limit : SpanQuery.MostScanned,
                limit,
            };
            found.AddRange(query.Within(connection.Query<StoredSpan>(SpanSql.Find(query, "position(@text in span.body) > 0"), values, buffered: false).Select(r => r.ToRow())));
        }
        return [.. query.Within(found.OrderByDescending(s => s.StartNs).Take(limit))];
    }

    public async Task<IReadOnlyList<Traffic>> CountAsync(long fromNs, long toNs, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        List<Traffic> counted = [];
        foreach (var service in await connection.QueryAsync<long>("select distinct service from source"))
        {
            var rows = await connection.QueryAsync<(string, string?, string?, long, long)>(
                new CommandDefinition(SpanSql.Count, new { service, from = fromNs, to = toNs, limit = ISpanStore.MostErrorsCounted }, cancellationToken: cancellationToken));
            counted.AddRange(rows.Select(Traffic.Of));
        }
        return counted;
    }

    public async Task<long> TrimAsync(long? beforeNs, long? mostBytes, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        long deleted = 0;
        if (beforeNs is { } before)
        {
            foreach (var day in await DaysAsync(connection))
                if ((day + 1) * DayNs <= before) deleted += await DropAsync(day, connection);
            deleted += await connection.ExecuteAsync("delete from span where start < @before", new { before });
            await connection.ExecuteAsync("delete from note where time < @before", new { before });
        }
        if (mostBytes is { } most)
        {
            foreach (var day in (await DaysAsync(connection)).SkipLast(1)) // today is never dropped
            {
                if (await connection.QuerySingleAsync<long>("select coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint from pg_inherits where inhparent = 'span'::regclass") <= most) break;
                deleted += await DropAsync(day, connection);
            }
        }
        return deleted;
    }

    public async Task<long> ThinAsync(Sampling sampling, long settledNs, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        long deleted = 0;
        foreach (var day in await DaysAsync(connection))
        {
            if ((day + 1) * DayNs > settledNs) break; // a day is thinned once it is over
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (await connection.ExecuteAsync("insert into thinned values (@day) on conflict do nothing", new { day }) == 0) continue;
            deleted += await connection.ExecuteAsync(
                """
                delete from span where start >= @from and start < @to and substring(trace from 15 for 2) >= @share and not exists (
                    select 1 from span other where other.trace = span.trace and (other.signature is not null or other.duration >= @slow or other.duration is null))
                """, new { from = day * DayNs, to = (day + 1) * DayNs, share = sampling.FirstNotKept, slow = sampling.SlowNs });
            await transaction.CommitAsync(cancellationToken);
        }
        return deleted;
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        _writing.Dispose();
    }

    private async Task WriteSpansAsync(IReadOnlyList<SpanRow> spans, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("create temp table if not exists arriving (like span) on commit delete rows");
        await using (var copy = await connection.BeginBinaryImportAsync(
            "copy arriving (trace, id, parent, service, source, name, role, start, duration, signature, model, format, body) from stdin (format binary)", cancellationToken))
        {
            foreach (var span in spans)
            {
                var source = _sources[span.Source];
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(span.Trace.ToBytes(), NpgsqlDbType.Bytea, cancellationToken);
                await copy.WriteAsync(span.Id.ToBytes(), NpgsqlDbType.Bytea, cancellationToken);
                if (span.Parent is { } parent) await copy.WriteAsync(parent.ToBytes(), NpgsqlDbType.Bytea, cancellationToken);
                else await copy.WriteNullAsync(cancellationToken);
                await copy.WriteAsync(source.Service, NpgsqlDbType.Bigint, cancellationToken);
                await copy.WriteAsync(source.Id, NpgsqlDbType.Bigint, cancellationToken);
                await copy.WriteAsync(Clean(span.Name), NpgsqlDbType.Text, cancellationToken);
                await copy.WriteAsync((short)span.Role, NpgsqlDbType.Smallint, cancellationToken);
                await copy.WriteAsync(span.StartNs, NpgsqlDbType.Bigint, cancellationToken);
                if (span.DurationNs is { } duration) await copy.WriteAsync(duration, NpgsqlDbType.Bigint, cancellationToken);
                else await copy.WriteNullAsync(cancellationToken);
                if (span.Signature is { } signature) await copy.WriteAsync(signature, NpgsqlDbType.Text, cancellationToken);
                else await copy.WriteNullAsync(cancellationToken);
                if (span.Model is { } model) await copy.WriteAsync(Clean(model), NpgsqlDbType.Text, cancellationToken);
                else await copy.WriteNullAsync(cancellationToken);
                await copy.WriteAsync((short)span.Format, NpgsqlDbType.Smallint, cancellationToken);
                await copy.WriteAsync(span.Body, NpgsqlDbType.Bytea, cancellationToken);
            }
            await copy.CompleteAsync(cancellationToken);
        }
        await connection.ExecuteAsync(
            """
            insert into span select * from arriving on conflict (trace, id, start) do update set parent = excluded.parent, service = excluded.service, source = excluded.source, name = excluded.name,
                role = excluded.role, duration = excluded.duration, signature = excluded.signature, model = excluded.model, format = excluded.format, body = excluded.body
            """);
    }

    /// <summary>Each span once, and runs that are there already put together with what is there.</summary>
    private async Task<IReadOnlyList<SpanRow>> MergedAsync(IReadOnlyList<SpanRow> spans, NpgsqlConnection connection)
    {
        var each = new Dictionary<(TraceId, SpanId), SpanRow>();
        foreach (var span in spans.Where(s => s.Format == SpanFormat.LangSmith).Select(s => (s.Trace, s.Id)).Distinct().ToList())
        {
            var stored = await connection.QueryFirstOrDefaultAsync<StoredSpan>($"{SpanSql.Spans} where span.trace = @trace and span.id = @id", new { trace = span.Trace.ToBytes(), id = span.Id.ToBytes() });
            if (stored is not null) each[span] = stored.ToRow();
        }
        foreach (var span in spans)
            each[(span.Trace, span.Id)] = span.Format == SpanFormat.LangSmith && each.TryGetValue((span.Trace, span.Id), out var older) ? merge(older, span) : span;
        foreach (var source in each.Values.Select(s => s.Source).Distinct()) await NumberAsync(source, connection, CancellationToken.None);
        return [.. each.Values];
    }

    private async Task NumberAsync(SpanSource source, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_sources.ContainsKey(source)) return;
        cancellationToken.ThrowIfCancellationRequested();
        var values = new { Service = Clean(source.Service), Version = source.Version is { } version ? Clean(version) : null, Scope = Clean(source.Scope), Resource = Clean(source.Resource), digest = SourceDigest.Of(source) };
        await connection.ExecuteAsync(
            """
            insert into source (service, name, version, scope, resource, digest)
            select coalesce((select service from source where name = @Service limit 1), (select coalesce(max(id), 0) + 1 from source)), @Service, @Version, @Scope, @Resource, @digest
            on conflict (digest) do nothing
            """, values);
        var (id, service) = await connection.QuerySingleAsync<(long, long)>("select id, service from source where digest = @digest", values);
        _sources[source] = new SourceNumber(id, service);
    }

    private async Task MakeDayAsync(long day, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (Math.Abs(day - (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Days) > FarthestDays || !_days.Add(day)) return;
        try
        {
            await using var make = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"create table if not exists span_{day} partition of span for values from ({day * DayNs}) to ({(day + 1) * DayNs})"), connection);
            await make.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.CheckViolation or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable)
        {
            // Spans of that day are in span_other already, and more of them may be; or another server made it at the same moment.
        }
    }

    /// <summary>Days that have a partition, in their order.</summary>
    private static async Task<List<long>> DaysAsync(NpgsqlConnection connection) =>
        [.. await connection.QueryAsync<long>("select substring(relname from 6)::bigint from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'span'::regclass and relname ~ '^span_[0-9]+$' order by 1")];

    private async Task<long> DropAsync(long day, NpgsqlConnection connection)
    {
        _days.Remove(day);
        var table = string.Create(CultureInfo.InvariantCulture, $"span_{day}");
        var spans = await connection.QuerySingleAsync<long>($"select count(*) from {table}");
        await connection.ExecuteAsync($"drop table {table}");
        return spans;
    }

    // PostgreSQL's text holds every character but this one.
    private static string Clean(string text) => text.Replace('\0', '\uFFFD');
}
