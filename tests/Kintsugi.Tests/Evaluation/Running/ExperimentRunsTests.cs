using System.Text;
using System.Text.Json.Nodes;
using Kintsugi.Evaluation.Running;
using Kintsugi.Storage;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Evaluation.Running;

public sealed class ExperimentRunsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kintsugi-experiment-");

    private static readonly Guid One = Guid.Parse("f2300d94-df7b-49a4-9dce-28eb052a91a5");
    private static readonly Guid Two = Guid.Parse("58aa45c2-a98f-4b6a-8899-677f00762515");

    [Fact]
    public void An_answer_passes_when_every_score_that_decides_is_one()
    {
        var run = ExperimentRuns.Of(Experiment(
            Run(One, 1, """{"a":1}""", scores: [new("exact", 1, ""), new("stars", 4, "of five"), new("words", null, "fine"), new("thumb", 0, "a person's") { IsEvaluators = false }]),
            Run(Two, 2, """{"a":2}""", scores: [new("exact", 1, ""), new("tone", 0.8, "curt")]),
            Run(One, 3, """{"a":3}""", scores: [new("exact", 0, "")])));

        Assert.Equal([(One.ToString(), 1, Outcome.Passed), (One.ToString(), 2, Outcome.Failed), (Two.ToString(), 1, Outcome.Failed)], run.Results.Select(r => (r.SampleId, r.Epoch, r.Outcome)));
        Assert.Equal(["exact:1:True:False", "stars:1:True:True", "thumb:0:False:True"], run.Results[0].Scores.Select(s => $"{s.Scorer}:{s.Value}:{s.Passed}:{s.Advisory}"));
        Assert.Equal("""{"a":1}""", run.Results[0].Output!.Value.GetRawText());
    }

    [Fact]
    public void An_error_fails_and_what_nobody_scored_is_left_out()
    {
        var run = ExperimentRuns.Of(Experiment(Run(One, 1, """{"a":1}""", scores: []), Run(Two, 2, output: null, scores: [], error: "TypeError: no lead 12")));

        var only = Assert.Single(run.Results);
        Assert.Equal((Two.ToString(), Outcome.Failed, "TypeError: no lead 12", null), (only.SampleId, only.Outcome, only.Error?.Message, only.Output));
    }

    [Fact]
    public async Task An_experiment_is_stored_as_a_run_and_what_comes_later_replaces_it()
    {
        var database = Database.Open(Path.Combine(_folder.FullName, "kintsugi.db"));
        var runs = new ExperimentRuns(database, "scorer");

        await runs.StoreAsync(Experiment(Run(One, 1, """{"a":1}""", scores: [new("exact", 1, "")])), TestContext.Current.CancellationToken);
        await runs.StoreAsync(Experiment(Run(One, 1, """{"a":1}""", scores: [new("exact", 0, "")]), Run(Two, 2, """{"a":2}""", scores: [new("exact", 1, "")])), TestContext.Current.CancellationToken);

        var stored = new ResultStore(database, TimeProvider.System).Last("scorer", ExperimentRuns.Purpose)!;
        Assert.Equal([(One.ToString(), Outcome.Failed), (Two.ToString(), Outcome.Passed)], stored.Results.Select(r => (r.SampleId, r.Outcome)).OrderByDescending(r => r.Item1));
        Assert.Equal((2, 2, 10), (stored.Cost.AgentRuns, stored.Cost.ModelCalls, stored.Cost.Tokens));
    }

    [Fact]
    public async Task What_is_told_of_some_samples_leaves_the_others_as_they_were()
    {
        var database = Database.Open(Path.Combine(_folder.FullName, "kintsugi.db"));
        var runs = new ExperimentRuns(database, "scorer");
        await runs.StoreAsync(Experiment(Run(One, 1, """{"a":1}""", scores: [new("exact", 1, "")]), Run(Two, 20, """{"a":2}""", scores: [new("exact", 1, "")])), TestContext.Current.CancellationToken);

        await runs.StoreAsync(Experiment(Run(Two, 20, """{"a":2}""", scores: [new("exact", 0, "")])) with { Samples = [Two] }, TestContext.Current.CancellationToken);

        var stored = new ResultStore(database, TimeProvider.System).Last("scorer", ExperimentRuns.Purpose)!;
        Assert.Equal([(One.ToString(), Outcome.Passed), (Two.ToString(), Outcome.Failed)], stored.Results.Select(r => (r.SampleId, r.Outcome)).OrderByDescending(r => r.Item1));
        Assert.InRange(stored.Duration, TimeSpan.FromSeconds(19), TimeSpan.FromSeconds(20)); // as long as it was
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private static Experiment Experiment(params ExperimentRun[] runs) => new(Guid.Parse("c5a524e4-30d5-433c-954b-c0acdb15cbc2"), "exp-1", "leads", new JsonObject { ["revision_id"] = "r7" }, runs);

    private static ExperimentRun Run(Guid example, long second, string? output, IReadOnlyList<ExperimentScore> scores, string? error = null)
    {
        var root = Row(second, SpanRole.Other, $$"""{"end_time":1,{{(output is null ? "" : $"\"outputs\":{output},")}}{{(error is null ? "" : $"\"error\":\"{error}\",")}}"id":"x","trace_id":"x"}""");
        return new ExperimentRun(example, root, [root, Row(second, SpanRole.Model, """{"outputs":{"usage_metadata":{"total_tokens":5}},"id":"y","trace_id":"x"}""")], scores);
    }

    private static SpanRow Row(long second, SpanRole role, string body) => new(
        new TraceId((UInt128)second), new SpanId((UInt128)second), null, new SpanSource("exp-1", null, "langsmith", "{}"), "agent", role, second * 1_000_000_000, 7_000_000, null, null, SpanFormat.LangSmith, Encoding.UTF8.GetBytes(body));
}
