using System.Text.Json.Nodes;
using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Which examples to list.</summary>
/// <param name="Splits">Of any of them; empty for all.</param>
internal sealed record ExampleQuery(Guid? Dataset, IReadOnlyList<Guid> Ids, IReadOnlyList<string> Splits, int Offset, int Limit);

/// <summary>The examples of datasets: what goes in, what should come out.</summary>
internal sealed class LangSmithExamples(Database database, SpanRedaction redaction, TimeProvider clock)
{
    /// <summary>Of an example that names none.</summary>
    private const string DefaultSplit = "base";

    private const string Columns = "id, dataset, created_at as CreatedAt, modified_at as ModifiedAt, body";

    /// <summary>Adds examples, or writes over those that are there, all or none.</summary>
    /// <param name="examples">Each with `inputs`, `outputs`, `metadata`, `split` where they are said.</param>
    /// <exception cref="RefusedException">404: no such dataset.</exception>
    public void Write(Guid dataset, IReadOnlyList<(Guid Id, JsonObject Example)> examples) => database.Write(durable: false, (connection, transaction) =>
    {
        var at = Document.Time(clock.GetUtcNow());
        if (connection.Execute("update langsmith_dataset set modified_at = @at where id = @dataset", new { dataset = dataset.ToString(), at }, transaction) == 0) throw Document.NotFound("Dataset", dataset);
        return connection.Execute(
            """
            insert into langsmith_example (id, dataset, created_at, modified_at, body) values (@id, @dataset, @at, @at, @body)
            on conflict (id) do update set dataset = excluded.dataset, modified_at = excluded.modified_at, body = excluded.body
            """,
            examples.Select(e => new { id = e.Id.ToString(), dataset = dataset.ToString(), at, body = Document.Redacted(Kept(e.Example), redaction).ToJsonString() }), transaction);
    });

    /// <summary>Changes what each of these says.</summary>
    /// <exception cref="RefusedException">404: no such example.</exception>
    public void Update(IReadOnlyList<(Guid Id, JsonObject Example)> changes)
    {
        foreach (var (id, change) in changes)
        {
            var example = Read(id);
            foreach (var (name, value) in change)
                if (value is not null) example[name] = value.DeepClone();
            Write(Document.Id(example, "dataset_id")!.Value, [(id, example)]);
        }
    }

    public JsonObject Read(Guid id) => Find(new ExampleQuery(null, [id], [], 0, 1)) is [var found] ? found : throw Document.NotFound("Example", id);

    /// <returns>In the order in which they were added.</returns>
    public IReadOnlyList<JsonObject> Find(ExampleQuery query)
    {
        using var connection = database.Connect();
        return
        [
            .. connection.Query<Row>(
                $"""
                select {Columns} from langsmith_example
                where (@dataset is null or dataset = @dataset) and (@none or id in (select value from json_each(@ids)))
                    and (@whole or exists (select 1 from json_each(body, '$.metadata.dataset_split') split where split.value in (select value from json_each(@splits))))
                order by rowid limit @Limit offset @Offset
                """,
                new
                {
                    dataset = query.Dataset?.ToString(), none = query.Ids.Count == 0, ids = "[" + string.Join(',', query.Ids.Select(i => $"\"{i}\"")) + "]", whole = query.Splits.Count == 0,
                    splits = new JsonArray([.. query.Splits.Select(s => JsonValue.Create(s))]).ToJsonString(), query.Limit, query.Offset,
                }).Select(Answer),
        ];
    }

    public void Delete(IReadOnlyList<Guid> ids) => database.Write(durable: false, (connection, transaction) => connection.Execute(
        "delete from langsmith_example where id = @id", ids.Select(id => new { id = id.ToString() }), transaction));

    /// <summary>As it is stored: the split is a member of the metadata, whoever said it.</summary>
    private static JsonObject Kept(JsonObject example)
    {
        var kept = new JsonObject();
        foreach (var name in (string[])["inputs", "outputs", "source_run_id"]) kept[name] = example[name]?.DeepClone();
        var metadata = example["metadata"]?.DeepClone() as JsonObject ?? [];
        var split = example["split"] ?? metadata["dataset_split"];
        metadata["dataset_split"] = split switch { JsonArray many => many.DeepClone(), JsonValue one => new JsonArray(one.DeepClone()), _ => new JsonArray(DefaultSplit) };
        kept["metadata"] = metadata;
        return kept;
    }

    private static JsonObject Answer(Row row)
    {
        var answer = Document.Read(row.Body);
        (answer["id"], answer["dataset_id"], answer["created_at"], answer["modified_at"]) = (row.Id, row.Dataset, row.CreatedAt, row.ModifiedAt);
        answer["name"] = $"#{row.Id[..4]}";
        return answer;
    }

    private sealed record Row(string Id, string Dataset, string CreatedAt, string ModifiedAt, string Body);
}
