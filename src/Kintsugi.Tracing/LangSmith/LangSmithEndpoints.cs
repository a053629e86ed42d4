using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>LangSmith's API as far as its SDK traces, keeps datasets and evaluates: an agent needs `LANGSMITH_ENDPOINT` changed and nothing else.</summary>
/// <remarks>Refusals are `{"detail": …}`. The SDK sends again what was answered with 429 or 503, and drops with a warning what was answered with another 4xx.</remarks>
public static class LangSmithEndpoints
{
    /// <summary>Of a request when decompressed: as much as LangSmith itself takes. Batches are kept smaller by what <see cref="Info"/> says; a single run may be larger.</summary>
    public const int MostBytes = 20 << 20;

    private const int MostListed = 1_000;

    /// <summary>What the SDK reads of a server: which route runs are sent by, how many at once, and how they are compressed.</summary>
    private static readonly byte[] Info = """
        {"version":"0.12.0","instance_flags":{"gzip_body_enabled":true,"zstd_compression_enabled":true,"dataset_examples_multipart_enabled":true},"batch_ingest_config":{"use_multipart_endpoint":true,"size_limit":100,"size_limit_bytes":4194304,"scale_up_qsize_trigger":1000,"scale_up_nthreads_limit":16,"scale_down_nempty_trigger":4}}
        """u8.ToArray();

    private const string Served =
        "Served are GET /info; POST /runs/multipart, /runs/batch, /runs and /runs/query; GET and PATCH /runs/ID; /datasets, /examples, /sessions and /feedback; POST and PATCH /v1/platform/datasets/ID/examples. See docs/langsmith.md.";

    private static readonly string[] NotServed =
        ["/runs", "/datasets", "/examples", "/sessions", "/feedback", "/v1/platform", "/platform", "/annotation-queues", "/feedback-configs", "/repos", "/commits", "/likes", "/settings", "/public", "/api/v1", "/api/v2"];

    public static void Map(IEndpointRouteBuilder routes, LangSmithApi api)
    {
        routes.MapGet("/info", context => AnswerAsync(context, StatusCodes.Status200OK, Info));
        MapRuns(routes, api);
        MapDatasets(routes, api);
        MapExamples(routes, api);
        MapSessions(routes, api);
        MapFeedback(routes, api);
        foreach (var path in NotServed)
            routes.Map($"{path}/{{**rest}}", Serve(context => throw new RefusedException(StatusCodes.Status404NotFound, $"{context.Request.Method} {Shown.Word(context.Request.Path)} is not served. {Served}")));
    }

    /// <summary>Only what an agent needs in order to be seen: `/info` and the routes by which runs are written. Feedback is answered, and not kept.</summary>
    /// <param name="ingestOf">Null for a request whose runs belong to nobody: it is answered as taken, and not read.</param>
    public static void MapWrites(IEndpointRouteBuilder routes, Func<HttpContext, RunIngest?> ingestOf)
    {
        routes.MapGet("/info", context => AnswerAsync(context, StatusCodes.Status200OK, Info));
        routes.MapPost("/runs/multipart", Written(ingestOf, (context, body) => RunBatch.OfForm(context.Request.ContentType, body)));
        routes.MapPost("/runs/batch", Written(ingestOf, (_, body) => RunBatch.OfJson(body)));
        routes.MapPost("/runs", Written(ingestOf, (_, body) => RunBatch.OfRun(body, id: null, isPost: true)));
        routes.MapPatch("/runs/{id:guid}", Written(ingestOf, (context, body) => RunBatch.OfRun(body, Id(context), isPost: false)));
        routes.MapPost("/feedback", Serve(_ => Task.FromResult<JsonNode?>(new JsonObject())));
    }

    private static void MapRuns(IEndpointRouteBuilder routes, LangSmithApi api)
    {
        routes.MapPost("/runs/multipart", Taken(api, (context, body) => RunBatch.OfForm(context.Request.ContentType, body)));
        routes.MapPost("/runs/batch", Taken(api, (_, body) => RunBatch.OfJson(body)));
        routes.MapPost("/runs", Taken(api, (_, body) => RunBatch.OfRun(body, id: null, isPost: true)));
        routes.MapPatch("/runs/{id:guid}", Taken(api, (context, body) => RunBatch.OfRun(body, Id(context), isPost: false)));
        routes.MapGet("/runs/{id:guid}", Serve(async context => await api.ReadRunAsync(Id(context), context.RequestAborted)));
        routes.MapPost("/runs/query", Asked(api, async (context, asked) => await api.QueryAsync(RunQuery.Of(asked), context.RequestAborted)));
    }

    private static void MapDatasets(IEndpointRouteBuilder routes, LangSmithApi api)
    {
        routes.MapPost("/datasets", Asked(api, (_, asked) => Task.FromResult<JsonNode?>(api.Datasets.Create(asked))));
        routes.MapGet("/datasets", Serve(context => Listed(api.Datasets.Find(new DatasetQuery(Ids(context, "id"), Text(context, "name"), Text(context, "name_contains"), Offset(context), Limit(context))))));
        routes.MapGet("/datasets/{id:guid}", Serve(context => Task.FromResult<JsonNode?>(api.Datasets.Read(Id(context)))));
        routes.MapPatch("/datasets/{id:guid}", Asked(api, (context, asked) => Task.FromResult<JsonNode?>(api.Datasets.Update(Id(context), asked))));
        routes.MapDelete("/datasets/{id:guid}", Serve(context => Gone(() => api.Datasets.Delete(Id(context)))));
    }

    private static void MapExamples(IEndpointRouteBuilder routes, LangSmithApi api)
    {
        foreach (var platform in (string[])["/v1/platform", "/platform"])
        {
            routes.MapPost(platform + "/datasets/{id:guid}/examples", Read(api, (context, body) => WriteExamples(context, api, ExampleForm.Read(context.Request.ContentType, body))));
            routes.MapPatch(platform + "/datasets/{id:guid}/examples", Read(api, (context, body) => UpdateExamples(api, ExampleForm.Read(context.Request.ContentType, body))));
            routes.MapPost(platform + "/datasets/examples/delete", Asked(api, (_, asked) => Gone(() => api.Examples.Delete(ExampleForm.Ids(asked)))));
        }
        routes.MapPost("/examples", Asked(api, (_, asked) => WriteExample(api, asked)));
        routes.MapPost("/examples/bulk", Read(api, (_, body) => WriteExamples(api, Document.Body(body))));
        routes.MapGet("/examples", Serve(context => FindExamples(context, api)));
        routes.MapGet("/examples/{id:guid}", Serve(context => Task.FromResult<JsonNode?>(api.Examples.Read(Id(context)))));
        routes.MapPatch("/examples/{id:guid}", Asked(api, (context, asked) => UpdateExamples(api, [(Id(context), asked)])));
        routes.MapDelete("/examples/{id:guid}", Serve(context => Gone(() => api.Examples.Delete([Id(context)]))));
        routes.MapDelete("/examples", Serve(context => Gone(() => api.Examples.Delete(Ids(context, "example_ids")))));
    }

    private static void MapSessions(IEndpointRouteBuilder routes, LangSmithApi api)
    {
        routes.MapPost("/sessions", Asked(api, (context, asked) => Task.FromResult<JsonNode?>(api.Sessions.Create(asked, upsert: Text(context, "upsert") == "true"))));
        routes.MapGet("/sessions", Serve(context => Listed(api.Sessions.Find(
            new SessionQuery(Ids(context, "id"), Text(context, "name"), Text(context, "name_contains"), Ids(context, "reference_dataset") is [var dataset, ..] ? dataset : null, Offset(context), Limit(context))))));
        routes.MapGet("/sessions/{id:guid}", Serve(context => Task.FromResult<JsonNode?>(api.Sessions.Read(Id(context)))));
        routes.MapPatch("/sessions/{id:guid}", Asked(api, async (context, asked) => await api.UpdateSessionAsync(Id(context), asked, context.RequestAborted)));
        routes.MapDelete("/sessions/{id:guid}", Serve(context => Gone(() => api.Sessions.Delete(Id(context)))));
    }

    private static void MapFeedback(IEndpointRouteBuilder routes, LangSmithApi api)
    {
        routes.MapPost("/feedback", Asked(api, async (context, asked) => await api.TakeAsync(asked, context.RequestAborted)));
        routes.MapGet("/feedback", Serve(context => Listed(api.Feedback.Find(new FeedbackQuery(
            Ids(context, "run"), Texts(context, "key"), Texts(context, "source"), Ids(context, "session") is [var session, ..] ? session : null, Offset(context), Limit(context))))));
        routes.MapGet("/feedback/{id:guid}", Serve(context => Task.FromResult<JsonNode?>(api.Feedback.Read(Id(context)))));
        routes.MapPatch("/feedback/{id:guid}", Asked(api, (context, asked) => Task.FromResult<JsonNode?>(api.Feedback.Update(Id(context), asked))));
        routes.MapDelete("/feedback/{id:guid}", Serve(context => Gone(() => api.Feedback.Delete(Id(context)))));
    }

    private static Task<JsonNode?> WriteExamples(HttpContext context, LangSmithApi api, IReadOnlyList<(Guid Id, JsonObject Example)> examples)
    {
        api.Examples.Write(Id(context), examples);
        context.Response.StatusCode = StatusCodes.Status201Created;
        return Counted(examples);
    }

    private static Task<JsonNode?> UpdateExamples(LangSmithApi api, IReadOnlyList<(Guid Id, JsonObject Example)> changes)
    {
        api.Examples.Update(changes);
        return Counted(changes);
    }

    private static Task<JsonNode?> Counted(IReadOnlyList<(Guid Id, JsonObject Example)> examples) => Task.FromResult<JsonNode?>(
        new JsonObject { ["count"] = examples.Count, ["example_ids"] = new JsonArray([.. examples.Select(e => JsonValue.Create(e.Id.ToString()))]) });

    private static Task<JsonNode?> WriteExample(LangSmithApi api, JsonObject asked)
    {
        var id = Document.Id(asked, "id") ?? Guid.NewGuid();
        api.Examples.Write(Document.Id(asked, "dataset_id") ?? throw Document.Unprocessable("An example needs a `dataset_id`."), [(id, asked)]);
        return Task.FromResult<JsonNode?>(api.Examples.Read(id));
    }

    private static async Task<JsonNode?> WriteExamples(LangSmithApi api, JsonNode? asked)
    {
        if (asked is not JsonArray { Count: <= MostListed } list) throw Document.Unprocessable($"The body must be a list of at most {MostListed} examples.");
        var written = new JsonArray();
        foreach (var example in list) written.Add(await WriteExample(api, example as JsonObject ?? throw Document.Unprocessable("An example must be a JSON object.")));
        return written;
    }

    private static Task<JsonNode?> FindExamples(HttpContext context, LangSmithApi api)
    {
        foreach (var name in (string[])["filter", "metadata"])
            if (Text(context, name) is not null) throw Document.Unprocessable($"Examples are not found by `{name}` here. Ask by dataset, id and splits.");
        if (Text(context, "as_of") is { } version && version != "latest") throw Document.Unprocessable("Of a dataset only the newest version is kept: leave `as_of` out.");
        return Listed(api.Examples.Find(new ExampleQuery(Ids(context, "dataset") is [var dataset, ..] ? dataset : null, Ids(context, "id"), Texts(context, "splits"), Offset(context), Limit(context))));
    }

    private static RequestDelegate Taken(LangSmithApi api, Func<HttpContext, ReadOnlyMemory<byte>, RunBatch> read) => Read(api, async (context, body) =>
    {
        await api.TakeAsync(read(context, body.Bytes), body.TakenBytes, context.RequestAborted);
        return Accepted(context);
    });

    private static RequestDelegate Written(Func<HttpContext, RunIngest?> ingestOf, Func<HttpContext, ReadOnlyMemory<byte>, RunBatch> read) => Serve(async context =>
    {
        if (ingestOf(context) is not { } ingest) return Accepted(context);
        using var body = await RequestBytes.ReadAsync(context.Request, ingest.Memory, MostBytes, context.RequestAborted);
        await ingest.TakeAsync(read(context, body.Bytes), body.TakenBytes, context.RequestAborted);
        return Accepted(context);
    });

    private static JsonObject Accepted(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return new JsonObject { ["message"] = "Runs batch ingested" };
    }

    private static RequestDelegate Asked(LangSmithApi api, Func<HttpContext, JsonObject, Task<JsonNode?>> serve) =>
        Read(api, (context, body) => serve(context, Document.Body(body) as JsonObject ?? throw new RefusedException(StatusCodes.Status400BadRequest, "The body is no JSON object.")));

    private static RequestDelegate Read(LangSmithApi api, Func<HttpContext, RequestBytes, Task<JsonNode?>> serve) => Serve(async context =>
    {
        api.ThrowIfFull();
        using var body = await RequestBytes.ReadAsync(context.Request, api.Memory, MostBytes, context.RequestAborted);
        return await serve(context, body);
    });

    private static RequestDelegate Serve(Func<HttpContext, Task<JsonNode?>> serve) => async context =>
    {
        try
        {
            var answer = await serve(context);
            await AnswerAsync(context, context.Response.StatusCode, Json(answer));
        }
        catch (Exception e) when (e is RefusedException or StorageException or SqliteException)
        {
            var status = e is RefusedException refused ? refused.Status : StatusCodes.Status503ServiceUnavailable;
            if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
            await AnswerAsync(context, status, Json(new JsonObject { ["detail"] = e.Message }));
        }
    };

    // A text of it would be twice as large.
    private static ReadOnlyMemory<byte> Json(JsonNode? answer)
    {
        if (answer is null) return "null"u8.ToArray();
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes)) answer.WriteTo(writer);
        return bytes.WrittenMemory;
    }

    private static async Task AnswerAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    private static Task<JsonNode?> Listed(IReadOnlyList<JsonObject> found) => Task.FromResult<JsonNode?>(new JsonArray([.. found]));

    private static Task<JsonNode?> Gone(Action delete)
    {
        delete();
        return Task.FromResult<JsonNode?>(new JsonObject());
    }

    private static Guid Id(HttpContext context) => Guid.Parse((string)context.Request.RouteValues["id"]!);

    private static string? Text(HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 } text, ..] ? text : null;

    private static List<string> Texts(HttpContext context, string name) => [.. context.Request.Query[name].OfType<string>()];

    private static List<Guid> Ids(HttpContext context, string name) =>
        [.. Texts(context, name).Select(text => Guid.TryParse(text, out var id) ? id : throw Document.Unprocessable($"`{name}` must be a UUID."))];

    private static int Offset(HttpContext context) => Number(context, "offset", int.MaxValue) ?? 0;

    private static int Limit(HttpContext context) => Number(context, "limit", MostListed) ?? 100;

    private static int? Number(HttpContext context, string name, int most) =>
        Text(context, name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number
        : throw Document.Unprocessable($"`{name}` must be a whole number from 0 to {most}.");
}
