using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Running;

public class AcceptedTargetsTests
{
    /// <summary>Passes an answer whose `tier` is the target's, and whose `score` is within 5 of it.</summary>
    private sealed class TierScorer : IScorer
    {
        public string Name => "tier";

        public string Hash => "";

        public ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken)
        {
            var (wanted, given) = (answer.Sample.Target!.Value, answer.Output);
            var same = wanted.TryGetProperty("tier", out var tier) && given.GetProperty("tier").GetString() == tier.GetString() && Math.Abs(given.GetProperty("score").GetInt32() - wanted.GetProperty("score").GetInt32()) <= 5;
            return ValueTask.FromResult(new Score(Name, same ? 1 : 0, same, same ? "It is right." : "It is wrong."));
        }
    }

    private static Sample Sample(string id) => new(id, Json("1"), Json("""{"tier":"hot","score":90}"""), [], null, false, false, "");

    private static SampleResult Run(string id, int epoch, string? output, Outcome outcome = Outcome.Failed) =>
        new(id, epoch, outcome, output is null ? null : Json(output), output is null ? new AgentError("KeyError", "x") : null, null, [], TimeSpan.Zero, RunCost.None, Trajectory.Empty);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();

    private static async Task<AcceptedTarget?> AcceptAsync(params SampleResult[] runs) =>
        (await AcceptedTargets.OfAsync([Sample("a")], runs, [new TierScorer()], TestContext.Current.CancellationToken)).SingleOrDefault();

    [Fact]
    public async Task What_is_answered_every_time_becomes_the_target_as_far_as_the_target_spoke()
    {
        var accepted = await AcceptAsync(Run("a", 1, """{"tier":"warm","score":50,"why":"because"}"""), Run("a", 2, """{"tier":"warm","score":50,"why":"so"}"""));

        Assert.Equal("""{"tier":"warm","score":50}""", accepted!.Target!.Value.GetRawText());
    }

    [Fact]
    public async Task Answers_that_the_scorers_take_for_one_are_one()
    {
        var accepted = await AcceptAsync(Run("a", 1, """{"tier":"warm","score":46}"""), Run("a", 2, """{"tier":"warm","score":50}"""), Run("a", 3, """{"tier":"warm","score":54}"""));

        Assert.Equal(50, accepted!.Target!.Value.GetProperty("score").GetInt32());
    }

    [Fact]
    public async Task A_sample_that_disagrees_with_itself_stays()
    {
        var either = await AcceptAsync(Run("a", 1, """{"tier":"warm","score":50}"""), Run("a", 2, """{"tier":"cold","score":50}"""));
        var sometimes = await AcceptAsync(Run("a", 1, """{"tier":"warm","score":50}"""), Run("a", 2, """{"tier":"hot","score":90}""", Outcome.Passed));

        Assert.Equal((null, "is answered otherwise from run to run: it disagrees with itself"), (either!.Target, either.Why));
        Assert.Equal((null, "passes 1 of 2 runs: it disagrees with itself"), (sometimes!.Target, sometimes.Why));
    }

    [Fact]
    public async Task A_sample_that_was_not_asked_enough_or_gave_no_answer_stays()
    {
        Assert.Contains("the world failed", (await AcceptAsync(Run("a", 1, """{"tier":"warm","score":50}"""), Run("a", 2, null, Outcome.World)))!.Why, StringComparison.Ordinal);
        Assert.Equal("fails without an answer", (await AcceptAsync(Run("a", 1, null), Run("a", 2, null)))!.Why);
        Assert.Equal("is answered without any of the fields that its target has", (await AcceptAsync(Run("a", 1, "{}"), Run("a", 2, "{}")))!.Why);
    }

    [Fact]
    public async Task A_sample_that_passes_is_none_of_them() => Assert.Null(await AcceptAsync(Run("a", 1, """{"tier":"hot","score":90}""", Outcome.Passed)));
}
