using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Tests.Tracing.LangSmith;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Running;

/// <summary>Evaluations as experiments, sent to our own API, which is held to LangSmith's SDK elsewhere.</summary>
public class SentExperimentsTests
{
    private const string Key = "sk-0123456789abcdef0123456789abcdef";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_evaluation_is_an_experiment_with_a_run_for_each_sample_and_epoch_and_their_scores()
    {
        await using var host = await LangSmithHost.StartAsync();

        var name = await Sender(host, withContent: true).SendAsync(Evaluation("r1"), Stop);

        var experiment = host.Experiments[^1];
        Assert.Equal((name, "kintsugi desk"), (experiment.Name, experiment.Dataset));
        Assert.Equal(("c0ffee", "regressed", 1, 2), ((string?)experiment.Metadata["revision_id"], (string?)experiment.Metadata["verdict"], (int)experiment.Metadata["runs_passed"]!, (int)experiment.Metadata["runs_failed"]!));
        var runs = experiment.Runs.Select(r => (Run: r, Body: JsonNode.Parse(r.Root.Body.Span)!)).OrderBy(r => (int)r.Body["extra"]!["metadata"]!["epoch"]!).ToList();
        Assert.Equal(["a", "a", "w"], runs.Select(r => (string?)r.Body["inputs"]!["sample"]).Order());
        Assert.Equal(2, runs.Select(r => r.Run.Example).Distinct().Count());
        var passed = runs.Single(r => r.Run.Scores.Any(s => s is { Key: "passed", Value: 1 }));
        Assert.Equal([("exact", 1.0, "as wanted"), ("passed", 1, "")], passed.Run.Scores.Select(s => (s.Key, s.Value!.Value, s.Comment)).Order());
        Assert.Equal("hot", (string?)passed.Body["outputs"]!["output"]!["tier"]);
        Assert.Contains("*", (string?)passed.Body["inputs"]!["input"]!["note"], StringComparison.Ordinal);
        var spoilt = runs.Single(r => (string?)r.Body["inputs"]!["sample"] == "w");
        Assert.Equal("world: stub: 503", (string?)spoilt.Body["error"]);
        Assert.Empty(spoilt.Run.Scores);
    }

    [Fact]
    public async Task Without_being_asked_nothing_is_told_of_what_was_said_and_of_a_held_out_sample_never()
    {
        var seen = new List<string>();
        await using var host = await LangSmithHost.StartAsync(before: application => Kept(application, seen));

        await Sender(host, withContent: false).SendAsync(Evaluation("r1"), Stop);
        var without = string.Concat(seen);
        await Sender(host, withContent: true).SendAsync(Evaluation("r2"), Stop);

        foreach (var word in (string[])["Acme", "hot", "as wanted", "no tier", "stub: 503"]) Assert.DoesNotContain(word, without, StringComparison.Ordinal);
        Assert.Contains("KeyError", without, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-sample", string.Concat(seen), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, string.Concat(seen), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dataset_is_made_once_and_only_what_it_lacks_is_added()
    {
        await using var host = await LangSmithHost.StartAsync();
        await Sender(host, withContent: true).SendAsync(Evaluation("r1"), Stop);
        var (_, datasets) = await host.GetAsync("/datasets");
        var id = (string)datasets![0]!["id"]!;
        var (_, before) = await host.GetAsync($"/examples?dataset={id}");

        await Sender(host, withContent: false).SendAsync(Evaluation("r2", Case("n")), Stop);

        var (_, after) = await host.GetAsync($"/examples?dataset={id}");
        Assert.Single((await host.GetAsync("/datasets")).Body!.AsArray());
        Assert.Equal(["a", "w"], Ids(before));
        Assert.Equal(["a", "n", "w"], Ids(after));
        Assert.Contains("Acme", after!.ToJsonString(), StringComparison.Ordinal); // what was told once stays
        Assert.Equal(2, host.Experiments.Select(e => e.Name).Distinct().Count());

        static IEnumerable<string?> Ids(JsonNode? examples) => examples!.AsArray().Select(e => (string?)e!["metadata"]!["id"]).Order();
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "[]", "The key is refused")]
    [InlineData(HttpStatusCode.OK, "<html>", "The answer is not JSON")]
    [InlineData(HttpStatusCode.OK, "{}", "What it made has no id")]
    public async Task What_is_no_such_api_is_said(HttpStatusCode status, string body, string message)
    {
        using var http = new HttpClient(new Answering(() => new HttpResponseMessage(status) { Content = new StringContent(body) }));

        var refused = await Assert.ThrowsAsync<BadFileException>(() => new SentExperiments(http, new Uri("https://smith.example"), null, false, TimeProvider.System).SendAsync(Evaluation("r1"), Stop));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_fails_is_the_world()
    {
        using var http = new HttpClient(new Answering(() => new HttpResponseMessage(HttpStatusCode.BadGateway)));

        await Assert.ThrowsAsync<IOException>(() => new SentExperiments(http, new Uri("https://smith.example"), null, false, TimeProvider.System).SendAsync(Evaluation("r1"), Stop));
    }

    private static SentExperiments Sender(LangSmithHost host, bool withContent) => new(host.Client, host.Address, "none", withContent, TimeProvider.System);

    private static FinishedEvaluation Evaluation(string run, params Sample[] more)
    {
        Sample[] samples = [Case("a"), Case("w"), Case("secret-sample") with { HeldOut = true }, .. more];
        SampleResult[] results =
        [
            Result("a", 1, Outcome.Passed, new Score("exact", 1, true, "as wanted")),
            Result("a", 2, Outcome.Failed) with { Output = null, Error = new AgentError("KeyError", "no tier") },
            Result("w", 1, Outcome.World) with { Output = null, WorldFault = "stub: 503" },
            Result("secret-sample", 1, Outcome.Failed, new Score("exact", 0, false, "secret-sample is wrong")),
        ];
        return new FinishedEvaluation("desk", "c0ffee", new EvalRun(run, "eval", results, RunCost.None, TimeSpan.FromSeconds(2), null), "regressed", samples);
    }

    private static SampleResult Result(string sample, int epoch, Outcome outcome, params Score[] scores) =>
        new(sample, epoch, outcome, Json("""{"tier":"hot"}"""), null, null, scores, TimeSpan.FromMilliseconds(30), new RunCost(1, 2, 2, 10, 0.01m), Trajectory.Empty);

    private static Sample Case(string id) => new(id, Json($$"""{"company":"Acme","note":"{{Key}}"}"""), Json("""{"tier":"hot"}"""), ["t"], null, false, false, id);

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static void Kept(Microsoft.AspNetCore.Builder.WebApplication application, List<string> seen) => Microsoft.AspNetCore.Builder.UseExtensions.Use(application, async (context, next) =>
    {
        Microsoft.AspNetCore.Http.HttpRequestRewindExtensions.EnableBuffering(context.Request);
        using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
        seen.Add($"{context.Request.Path} {await reader.ReadToEndAsync(context.RequestAborted)}");
        context.Request.Body.Position = 0;
        await next(context);
    });

    private sealed class Answering(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer());
    }
}
