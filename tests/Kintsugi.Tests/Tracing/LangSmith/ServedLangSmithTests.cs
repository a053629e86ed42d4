using System.Net;
using Kintsugi.Evaluation.Running;
using Kintsugi.Server;
using Kintsugi.Storage;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>The API as `kintsugi serve` has it, beside OpenTelemetry's.</summary>
public sealed class ServedLangSmithTests : IDisposable
{
    private const string Run = "01a20996-48d0-7000-8000-00dc761a7151";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kintsugi-served-");

    [Fact]
    public async Task Runs_are_taken_from_who_shows_the_key_and_an_experiment_becomes_a_run_of_the_agent()
    {
        var traces = Path.Combine(_folder.FullName, "traces.db");
        var database = Database.Open(Path.Combine(_folder.FullName, "kintsugi.db"));
        await using var store = SpanStores.Open(postgres: null, traces, LangSmithRun.Merge, TimeProvider.System);
        await using var host = await ServeHost.StartAsync(
            new ServeSettings(IPAddress.Loopback, 0, 0, "s3cret", SpanRedaction.OfKeys, Retention.Everything), store, new LangSmithPlace(Database.OpenSpans(traces), new ExperimentRuns(database, "scorer").StoreAsync),
            null, TimeProvider.System, problem => Assert.Fail(problem), TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = host.Http };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/info", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        client.DefaultRequestHeaders.Add("x-api-key", "s3cret");

        Assert.Contains("use_multipart_endpoint", await client.GetStringAsync(new Uri("/info", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await PostAsync("/sessions", """{"id":"c5a524e4-30d5-433c-954b-c0acdb15cbc2","name":"exp-1","reference_dataset_id":"f2300d94-df7b-49a4-9dce-28eb052a91a5"}""");
        await PostAsync("/runs", $$"""{"id":"{{Run}}","trace_id":"{{Run}}","name":"n","run_type":"chain","session_name":"exp-1","reference_example_id":"58aa45c2-a98f-4b6a-8899-677f00762515","end_time":1795457172999,"outputs":{"a":1} }""");
        await PostAsync("/feedback", $$"""{"run_id":"{{Run}}","key":"exact","score":1,"feedback_source":{"type":"model"} }""");
        using (var closed = await client.PatchAsync(new Uri("/sessions/c5a524e4-30d5-433c-954b-c0acdb15cbc2", UriKind.Relative), LangSmithHost.Json("{}"), TestContext.Current.CancellationToken)) closed.EnsureSuccessStatusCode();

        var result = Assert.Single(new ResultStore(database, TimeProvider.System).Last("scorer", ExperimentRuns.Purpose)!.Results);
        Assert.Equal((Outcome.Passed, """{"a":1}"""), (result.Outcome, result.Output!.Value.GetRawText()));

        async Task PostAsync(string path, string json)
        {
            using var response = await client.PostAsync(new Uri(path, UriKind.Relative), LangSmithHost.Json(json), TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
