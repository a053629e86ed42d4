using System.Data.Common;
using System.Text.Json.Nodes;
using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Which projects to list.</summary>
/// <param name="Dataset">Experiments over it.</param>
internal sealed record SessionQuery(IReadOnlyList<Guid> Ids, string? Name, string? NameContains, Guid? Dataset, int Offset, int Limit);

/// <summary>An experiment: a project whose runs answer the samples of a dataset.</summary>
/// <param name="IsClosed">Its sender said that it is done. Runs and scores may still arrive.</param>
internal sealed record ExperimentRow(Guid Id, string Name, Guid Dataset, bool IsClosed);

/// <summary>Projects, which LangSmith's API calls sessions.</summary>
internal sealed class LangSmithSessions(Database database, TimeProvider clock)
{
    /// <summary>There is one owner of everything here. The SDK builds addresses from it.</summary>
    public const string Tenant = "00000000-0000-4000-8000-000000000001";

    private const string Columns = "id, name, dataset, created_at as CreatedAt, body";

    /// <exception cref="RefusedException">409: there is one of that name; 422: it has none.</exception>
    public JsonObject Create(JsonObject asked, bool upsert)
    {
        var name = Document.Text(asked, "name") is { Length: > 0 } given ? given : throw Document.Unprocessable("A project needs a `name`.");
        var id = Document.Id(asked, "id") ?? Guid.CreateVersion7(clock.GetUtcNow());
        var row = new { id = id.ToString(), name, dataset = Document.Id(asked, "reference_dataset_id")?.ToString(), at = Now(), body = Kept(asked).ToJsonString() };
        var made = database.Write(durable: false, (connection, transaction) => connection.Execute(
            "insert or ignore into langsmith_session (id, name, dataset, created_at, body) values (@id, @name, @dataset, @at, @body)", row, transaction));
        if (made == 0 && !upsert) throw new RefusedException(StatusCodes.Status409Conflict, $"There is a project '{Shown.Word(name)}' already. Choose another name.");
        return Find(new SessionQuery([], name, null, null, 0, 1)) is [var found] ? found : throw new RefusedException(StatusCodes.Status409Conflict, $"There is a project {id} already.");
    }

    public JsonObject Read(Guid id) => Find(new SessionQuery([id], null, null, null, 0, 1)) is [var found] ? found : throw Document.NotFound("Project", id);

    /// <returns>Newest first.</returns>
    public IReadOnlyList<JsonObject> Find(SessionQuery query)
    {
        using var connection = database.Connect();
        return
        [
            .. connection.Query<Row>(
                $"""
                select {Columns} from langsmith_session
                where (@none or id in (select value from json_each(@ids))) and (@Name is null or name = @Name) and (@NameContains is null or instr(name, @NameContains) > 0) and (@dataset is null or dataset = @dataset)
                order by created_at desc, id limit @Limit offset @Offset
                """,
                new
                {
                    none = query.Ids.Count == 0, ids = "[" + string.Join(',', query.Ids.Select(i => $"\"{i}\"")) + "]", query.Name, query.NameContains, dataset = query.Dataset?.ToString(), query.Limit, query.Offset,
                }).Select(Answer),
        ];
    }

    public string? NameOf(Guid id)
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<string>("select name from langsmith_session where id = @id", new { id = id.ToString() });
    }

    /// <summary>The experiment of this name; null when it is no experiment.</summary>
    public ExperimentRow? Experiment(string name)
    {
        using var connection = database.Connect();
        var row = connection.QuerySingleOrDefault<(string Id, string Name, string Dataset, string? ClosedAt)>(
            "select id, name, dataset, closed_at from langsmith_session where name = @name and dataset is not null", new { name });
        return row.Id is null ? null : new ExperimentRow(Guid.Parse(row.Id), row.Name, Guid.Parse(row.Dataset), row.ClosedAt is not null);
    }

    /// <summary>Changes what is not null; members of `extra` and of its `metadata` are added. An experiment counts as done with this.</summary>
    /// <exception cref="RefusedException">404; 409: another has that name.</exception>
    public JsonObject Update(Guid id, JsonObject asked)
    {
        var changed = database.Write(durable: false, (connection, transaction) =>
        {
            var row = connection.QuerySingleOrDefault<Row>($"select {Columns} from langsmith_session where id = @id", new { id = id.ToString() }, transaction) ?? throw Document.NotFound("Project", id);
            var body = Document.Read(row.Body);
            foreach (var (name, value) in Kept(asked).ToList())
                if (value is not null) body[name] = name == "extra" ? Together(body["extra"], value) : value.DeepClone();
            return connection.Execute(
                "update or ignore langsmith_session set name = @name, body = @body, closed_at = coalesce(closed_at, @at) where id = @id",
                new { id = id.ToString(), name = Document.Text(asked, "name") ?? row.Name, body = body.ToJsonString(), at = Now() }, transaction);
        });
        return changed == 1 ? Read(id) : throw new RefusedException(StatusCodes.Status409Conflict, "Another project has that name already.");
    }

    public void Delete(Guid id) => database.Write(durable: false, (connection, transaction) => connection.Execute("delete from langsmith_session where id = @id", new { id = id.ToString() }, transaction));

    /// <summary>Makes the projects that runs name.</summary>
    public void Make(IEnumerable<string> names, SqliteConnection connection, DbTransaction transaction)
    {
        foreach (var name in names)
        {
            if (connection.QuerySingle<bool>("select exists (select 1 from langsmith_session where name = @name)", new { name }, transaction)) continue;
            connection.Execute(
                "insert or ignore into langsmith_session (id, name, created_at, body) values (@id, @name, @at, '{}')", new { id = Guid.CreateVersion7(clock.GetUtcNow()).ToString(), name, at = Now() }, transaction);
        }
    }

    private string Now() => Document.Time(clock.GetUtcNow());

    private static JsonNode Together(JsonNode? older, JsonNode newer)
    {
        if (older is not JsonObject all || newer is not JsonObject added) return newer.DeepClone();
        foreach (var (name, value) in added)
            if (value is not null) all[name] = name == "metadata" ? Together(all[name]?.DeepClone(), value) : value.DeepClone();
        return all.DeepClone();
    }

    /// <summary>Without what has a column of its own.</summary>
    private static JsonObject Kept(JsonObject asked)
    {
        var kept = asked.DeepClone().AsObject();
        foreach (var name in (string[])["id", "name", "reference_dataset_id", "tenant_id"]) kept.Remove(name);
        return kept;
    }

    private static JsonObject Answer(Row row)
    {
        var answer = Document.Read(row.Body);
        (answer["id"], answer["tenant_id"], answer["name"], answer["reference_dataset_id"]) = (row.Id, Tenant, row.Name, row.Dataset);
        answer["start_time"] ??= row.CreatedAt;
        answer["extra"] ??= new JsonObject();
        return answer;
    }

    private sealed record Row(string Id, string Name, string? Dataset, string CreatedAt, string Body);
}
