using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Models.Gateway;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Evaluation.Running;

/// <summary>What advises is shown and decides nothing; what decides and cannot judge takes the sample out of the comparison.</summary>
public class AdviceTests
{
    private const string Echo = """
        for q in questions():
            say(q, q["input"])
        """;

    [Fact]
    public async Task Advice_is_kept_beside_the_outcome_and_does_not_decide_it()
    {
        var result = await RunAsync(new ScriptedScorer("exact", passes: true), new ScriptedScorer("judge", passes: false, advises: true));

        Assert.Equal(Outcome.Passed, result.Outcome);
        Assert.Equal([("exact", false), ("judge", true)], result.Scores.Select(s => (s.Scorer, s.Advisory)));
    }

    [Fact]
    public async Task An_adviser_that_cannot_judge_spoils_nothing()
    {
        var result = await RunAsync(new ScriptedScorer("exact", passes: false), new ScriptedScorer("judge", passes: null, advises: true));

        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.Contains("Without advice: Scorer 'judge': overloaded", Assert.Single(result.Trajectory.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_judge_that_decides_and_cannot_takes_the_sample_out_even_if_another_failed_it()
    {
        var result = await RunAsync(new ScriptedScorer("exact", passes: false), new ScriptedScorer("judge", passes: null));

        Assert.Equal((Outcome.World, "Scorer 'judge': overloaded"), (result.Outcome, result.WorldFault));
    }

    [Fact]
    public async Task A_sample_that_only_advisers_judge_is_neither_passed_nor_failed()
    {
        var result = await RunAsync(new ScriptedScorer("judge", passes: true, advises: true));

        Assert.Equal((Outcome.World, "judge_advises: only judges that advise judge this sample"), (result.Outcome, result.WorldFault));
    }

    [Fact]
    public async Task What_judging_cost_is_part_of_the_runs_cost()
    {
        await using var service = await StubService.StartAsync(StubService.Says("fine"));
        await using var rig = RunningRig.Of(Echo, service.Url);

        var run = await rig.RunAsync(RunningRig.Numbers(1), [new AskingScorer(rig.Gateway)], TestContext.Current.CancellationToken);

        Assert.Equal((1, 1, 1100L), (run.Cost.AgentRuns, run.Cost.ModelCalls, run.Cost.Tokens));
        Assert.Equal(run.Cost, run.Results[0].Cost);
    }

    private static async Task<SampleResult> RunAsync(params IScorer[] scorers)
    {
        await using var rig = RunningRig.Of(Echo);
        return Assert.Single((await rig.RunAsync(RunningRig.Numbers(1), scorers, TestContext.Current.CancellationToken)).Results);
    }

    /// <param name="passes">Null for one that cannot judge.</param>
    private sealed class ScriptedScorer(string name, bool? passes, bool advises = false) : IScorer
    {
        public string Name => name;

        public string Hash => name;

        public bool Gates(Sample sample) => !advises;

        public ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken) => passes is { } passed
            ? ValueTask.FromResult(new Score(name, passed ? 1 : 0, passed, "") { Advisory = advises })
            : throw new ScorerException(name, "overloaded");
    }

    private sealed class AskingScorer(ModelGateway gateway) : IScorer
    {
        public string Name => "asks";

        public string Hash => "asks";

        public async ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken)
        {
            var said = await gateway.AskAsync(GatewayRig.Ask(), answer.Calls.As("agent"), cancellationToken);
            return new Score(Name, 1, said.Status == 200, JsonSerializer.Serialize(said.Status));
        }
    }
}
