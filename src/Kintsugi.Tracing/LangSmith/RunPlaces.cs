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

    /// <summary>The runs of a project that answer a sample, or of any project those that answer this one; in the order of their arrival.</summary>
    public IReadOnlyList<RunNote> Of(string? session, Guid? example)
    {
        using var connection = database.Connect();
        return
        [
            .. connection.Query<(byte[] Id, byte[] Trace, string? Session, string Example, long Start)>(
                "select id, trace, session, example, start from langsmith_run where example is not null and (@session is null or session = @session) and (@example is null or example = @example) order by rowid",
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

    /// <summary>Forgets the oldest, in the order in which they came.</summary>
    /// <param name="beforeNs">What began later stays.</param>
    public void Trim(long beforeNs)
    {
        while (database.Write(durable: false, (connection, transaction) => connection.Execute(
            "delete from langsmith_run where rowid in (select rowid from langsmith_run order by rowid limit @chunk) and start < @beforeNs", new { chunk = Chunk, beforeNs }, transaction)) == Chunk)
        {
        }
    }
}
