using System.Data.Common;
using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Where runs are, by their own ids.</summary>
internal sealed class RunPlaces(Database database)
{
    private const int Chunk = 5_000;
    private const string Oldest = "rowid in (select rowid from langsmith_run order by rowid limit @oldest) and start < @beforeNs";

    /// <summary>As feedback names its run.</summary>
    private const string UuidOfId = "lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || substr(hex(id), 13, 4) || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21))";

    public TraceId? TraceOf(Guid run)
    {
        using var connection = database.Connect();
        var trace = connection.QuerySingleOrDefault<byte[]>("select trace from langsmith_run where id = @id", new { id = run.ToByteArray(bigEndian: true) });
        return trace is null ? null : TraceId.Of(trace);
    }

    public string? ProjectOf(Guid run)
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<string>("select session from langsmith_run where id = @id", new { id = run.ToByteArray(bigEndian: true) });
    }

    /// <summary>The samples that are answered by the traces in which these runs are, in experiments of this name.</summary>
    public IReadOnlyList<Guid> SamplesOf(string session, IEnumerable<Guid> runs)
    {
        using var connection = database.Connect();
        var samples = new HashSet<string>();
        foreach (var run in runs.Distinct()) // a trace is named after its first run, which is the one that answers
            samples.UnionWith(connection.Query<string>(
                "select root.example from langsmith_run run join langsmith_run root on root.id in (run.trace, run.id) where run.id = @run and root.session = @session and root.example is not null",
                new { run = run.ToByteArray(bigEndian: true), session }));
        return [.. samples.Select(Guid.Parse)];
    }

    /// <summary>The runs of a project that answer a sample, or of any project those that answer this one; in the order of their arrival.</summary>
    public IReadOnlyList<RunNote> Of(string? session, Guid? example)
    {
        using var connection = database.Connect();
        return
        [
            .. connection.Query<(byte[] Id, byte[] Trace, string? Session, string Example, long Start)>(
                $"select id, trace, session, example, start from langsmith_run where {(example is null ? "example is not null" : "example = @example")} {(session is null ? "" : "and session = @session")} order by rowid",
                new { session, example = example?.ToString() })
                .Select(r => new RunNote(new Guid(r.Id, bigEndian: true), TraceId.Of(r.Trace)!.Value, r.Session, Guid.Parse(r.Example), r.Start)),
        ];
    }

    public static void Write(IReadOnlyList<RunNote> runs, SqliteConnection connection, DbTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = (SqliteTransaction)transaction;
        command.CommandText =
            """
            insert into langsmith_run (id, trace, session, example, start) values ($id, $trace, $session, $example, $start)
            on conflict (id) do update set trace = excluded.trace, session = coalesce(excluded.session, session), example = coalesce(excluded.example, example)
            """;
        var id = command.Parameters.Add("$id", SqliteType.Blob);
        var trace = command.Parameters.Add("$trace", SqliteType.Blob);
        var session = command.Parameters.Add("$session", SqliteType.Text);
        var example = command.Parameters.Add("$example", SqliteType.Text);
        var start = command.Parameters.Add("$start", SqliteType.Integer);
        foreach (var run in runs)
        {
            (id.Value, trace.Value, start.Value) = (run.Id.ToByteArray(bigEndian: true), run.Trace.ToBytes(), run.StartNs);
            session.Value = run.Session is null ? DBNull.Value : run.Session;
            example.Value = run.Example is null ? DBNull.Value : run.Example.ToString();
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Forgets the oldest, in the order in which they came, and what was said of them.</summary>
    /// <param name="beforeNs">What began later stays; null forgets none for its age.</param>
    /// <param name="mostRuns">So many stay at most; null for any number.</param>
    public void Trim(long? beforeNs, long? mostRuns)
    {
        while (beforeNs is { } before && Forget(Chunk, before) == Chunk)
        {
        }
        while (mostRuns is { } most && Count() - most is > 0 and var tooMany && Forget((int)Math.Min(Chunk, tooMany), long.MaxValue) > 0)
        {
        }
    }

    private int Forget(int oldest, long beforeNs) => database.Write(durable: false, (connection, transaction) =>
    {
        var which = new { oldest, beforeNs };
        connection.Execute($"delete from langsmith_feedback where run in (select {UuidOfId} from langsmith_run where {Oldest})", which, transaction);
        return connection.Execute($"delete from langsmith_run where {Oldest}", which, transaction);
    });

    // Numbers are given in their order, and only the oldest are taken out: counting them would read them all.
    private long Count()
    {
        using var connection = database.Connect();
        return connection.QuerySingle<long>("select coalesce(max(rowid) - min(rowid) + 1, 0) from langsmith_run");
    }
}
