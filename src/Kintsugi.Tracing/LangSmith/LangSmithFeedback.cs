using System.Data.Common;
using System.Text.Json.Nodes;
using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Which feedback to list; empty lists ask for all.</summary>
internal sealed record FeedbackQuery(IReadOnlyList<Guid> Runs, IReadOnlyList<string> Keys, IReadOnlyList<string> Sources, Guid? Session, int Offset, int Limit);

/// <summary>What evaluators and people say of runs and projects.</summary>
internal sealed class LangSmithFeedback(Database database, SpanRedaction redaction, TimeProvider clock)
{
    private const string Columns = "id, run, session, created_at as CreatedAt, modified_at as ModifiedAt, body";

    /// <summary>Adds it, or writes over what came before under its id.</summary>
    /// <exception cref="RefusedException">422: it has no key, or is of nothing.</exception>
    public void Write(IReadOnlyList<(Guid Id, JsonObject Feedback)> feedback, DateTimeOffset at, SqliteConnection connection, DbTransaction transaction)
    {
        foreach (var (id, said) in feedback)
        {
            connection.Execute(
                """
                insert into langsmith_feedback (id, run, session, key, source, created_at, modified_at, body) values (@id, @run, @session, @key, @source, @at, @at, @body)
                on conflict (id) do update set run = excluded.run, session = excluded.session, key = excluded.key, source = excluded.source, modified_at = excluded.modified_at, body = excluded.body
                """,
                new
                {
                    id = id.ToString(),
                    run = Document.Id(said, "run_id")?.ToString(),
                    session = Document.Id(said, "session_id")?.ToString(),
                    key = Document.Text(said, "key") is { Length: > 0 } key ? key : throw Document.Unprocessable("Feedback needs a `key`."),
                    source = said["feedback_source"] is JsonObject source ? Document.Text(source, "type") : null,
                    at = Document.Time(at),
                    body = Document.Redacted(said, redaction).ToJsonString(),
                },
                transaction);
        }
    }

    public JsonObject Read(Guid id)
    {
        using var connection = database.Connect();
        var row = connection.QuerySingleOrDefault<Row>($"select {Columns} from langsmith_feedback where id = @id", new { id = id.ToString() });
        return row is null ? throw Document.NotFound("Feedback", id) : Answer(row);
    }

    /// <returns>In the order in which it came.</returns>
    public IReadOnlyList<JsonObject> Find(FeedbackQuery query)
    {
        using var connection = database.Connect();
        return
        [
            .. connection.Query<Row>(
                $"""
                select {Columns} from langsmith_feedback
                where {(query.Runs.Count > 0 ? "run in (select value from json_each(@runs))" : "true")} and (@ofAnyKey or key in (select value from json_each(@keys)))
                    and (@ofAnySource or source in (select value from json_each(@sources))) and (@session is null or session = @session)
                order by rowid limit @Limit offset @Offset
                """,
                new
                {
                    runs = Texts(query.Runs.Select(r => r.ToString())), ofAnyKey = query.Keys.Count == 0, keys = Texts(query.Keys), ofAnySource = query.Sources.Count == 0, sources = Texts(query.Sources),
                    session = query.Session?.ToString(), query.Limit, query.Offset,
                }).Select(Answer),
        ];
    }

    /// <summary>Changes what is said, to null as well.</summary>
    /// <exception cref="RefusedException">404.</exception>
    public JsonObject Update(Guid id, JsonObject change)
    {
        var said = Read(id);
        foreach (var (name, value) in change) said[name] = value?.DeepClone();
        database.Write(durable: false, (connection, transaction) =>
        {
            Write([(id, said)], clock.GetUtcNow(), connection, transaction);
            return 0;
        });
        return Read(id);
    }

    public void Delete(Guid id) => database.Write(durable: false, (connection, transaction) => connection.Execute("delete from langsmith_feedback where id = @id", new { id = id.ToString() }, transaction));

    private static string Texts(IEnumerable<string> texts) => new JsonArray([.. texts.Select(t => JsonValue.Create(t))]).ToJsonString();

    private static JsonObject Answer(Row row)
    {
        var answer = Document.Read(row.Body);
        (answer["id"], answer["run_id"], answer["session_id"], answer["created_at"], answer["modified_at"]) = (row.Id, row.Run, row.Session, row.CreatedAt, row.ModifiedAt);
        return answer;
    }

    private sealed record Row(string Id, string? Run, string? Session, string CreatedAt, string ModifiedAt, string Body);
}
