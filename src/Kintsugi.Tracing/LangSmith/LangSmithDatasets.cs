using System.Text.Json.Nodes;
using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Which datasets to list.</summary>
internal sealed record DatasetQuery(IReadOnlyList<Guid> Ids, string? Name, string? NameContains, int Offset, int Limit);

/// <summary>Datasets that were made by LangSmith's SDK. Only their newest state is kept.</summary>
internal sealed class LangSmithDatasets(Database database, TimeProvider clock)
{
    private const string Columns =
        "id, name, created_at as CreatedAt, modified_at as ModifiedAt, body, (select count(*) from langsmith_example where dataset = langsmith_dataset.id) as Examples, (select count(*) from langsmith_session where dataset = langsmith_dataset.id) as Sessions";

    /// <exception cref="RefusedException">409: there is one of that name; 422: it has none.</exception>
    public JsonObject Create(JsonObject asked)
    {
        var name = Document.Text(asked, "name") is { Length: > 0 } given ? given : throw Document.Unprocessable("A dataset needs a `name`.");
        var id = Document.Id(asked, "id") ?? Guid.CreateVersion7(clock.GetUtcNow());
        var row = new { id = id.ToString(), name, at = Document.Time(clock.GetUtcNow()), body = Kept(asked).ToJsonString() };
        var made = database.Write(durable: false, (connection, transaction) => connection.Execute(
            "insert or ignore into langsmith_dataset (id, name, created_at, modified_at, body) values (@id, @name, @at, @at, @body)", row, transaction));
        return made == 1 ? Read(id) : throw new RefusedException(StatusCodes.Status409Conflict, $"Dataset with name '{Shown.Word(name)}' already exists.");
    }

    public JsonObject Read(Guid id) => Find(new DatasetQuery([id], null, null, 0, 1)) is [var found] ? found : throw Document.NotFound("Dataset", id);

    /// <returns>Newest first.</returns>
    public IReadOnlyList<JsonObject> Find(DatasetQuery query)
    {
        using var connection = database.Connect();
        return
        [
            .. connection.Query<Row>(
                $"""
                select {Columns} from langsmith_dataset
                where (@none or id in (select value from json_each(@ids))) and (@Name is null or name = @Name) and (@NameContains is null or instr(name, @NameContains) > 0)
                order by created_at desc, id limit @Limit offset @Offset
                """,
                new { none = query.Ids.Count == 0, ids = "[" + string.Join(',', query.Ids.Select(i => $"\"{i}\"")) + "]", query.Name, query.NameContains, query.Limit, query.Offset }).Select(Answer),
        ];
    }

    /// <exception cref="RefusedException">404; 409: another has that name.</exception>
    public JsonObject Update(Guid id, JsonObject asked)
    {
        var now = Document.Read(Read(id).ToJsonString());
        foreach (var (name, value) in asked)
            if (value is not null) now[name] = value.DeepClone();
        var changed = database.Write(durable: false, (connection, transaction) => connection.Execute(
            "update or ignore langsmith_dataset set name = @name, modified_at = @at, body = @body where id = @id",
            new { id = id.ToString(), name = Document.Text(now, "name"), at = Document.Time(clock.GetUtcNow()), body = Kept(now).ToJsonString() }, transaction));
        return changed == 1 ? Read(id) : throw new RefusedException(StatusCodes.Status409Conflict, "Another dataset has that name already.");
    }

    /// <summary>With its examples.</summary>
    public void Delete(Guid id) => database.Write(durable: false, (connection, transaction) => connection.Execute(
        "delete from langsmith_example where dataset = @id; delete from langsmith_dataset where id = @id", new { id = id.ToString() }, transaction));

    private static JsonObject Kept(JsonObject asked)
    {
        var kept = asked.DeepClone().AsObject();
        foreach (var name in (string[])["id", "name", "tenant_id", "created_at", "modified_at", "example_count", "session_count"]) kept.Remove(name);
        return kept;
    }

    private static JsonObject Answer(Row row)
    {
        var answer = Document.Read(row.Body);
        (answer["id"], answer["tenant_id"], answer["name"], answer["created_at"], answer["modified_at"]) = (row.Id, LangSmithSessions.Tenant, row.Name, row.CreatedAt, row.ModifiedAt);
        (answer["example_count"], answer["session_count"]) = (row.Examples, row.Sessions);
        answer["data_type"] ??= "kv";
        return answer;
    }

    // With setters: the type of a counted column cannot be told while there is no row, which a constructor would not bear.
    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string Name { get; init; } = "";
        public string CreatedAt { get; init; } = "";
        public string ModifiedAt { get; init; } = "";
        public string Body { get; init; } = "";
        public long Examples { get; init; }
        public long Sessions { get; init; }
    }
}
