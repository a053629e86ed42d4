using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class GateTests
{
    private static readonly GateSettings Settings = new(0.95, 0.05, 0.10, 0.05, 3);

    [Fact]
    public void An_agent_that_never_fails_is_healthy_by_margin()
    {
        var verdict = Gate.Judge(Alike(60, new("", 0, 5, 0, 5)), 60, Settings);

        Assert.Equal(VerdictKind.Healthy, verdict.Kind);
        Assert.Equal("a rise above 5 points is excluded, error ≤ 10 %", verdict.Statement);
        Assert.InRange(verdict.RiseUpperBound, 0, 0.02);
        Assert.Null(verdict.OddsExclusionP);
    }

    [Fact]
    public void Samples_that_turn_from_passing_to_failing_are_a_regression_and_named()
    {
        var counts = Alike(40, new("", 0, 5, 0, 3)).Select((c, i) => i < 6 ? c with { CandidateFailures = 3 } : c).ToList();

        var verdict = Gate.Judge(counts, 40, Settings);

        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.Equal(counts.Take(6).Select(c => c.SampleId).Order(StringComparer.Ordinal), verdict.SuspectSamples);
    }

    [Fact]
    public void Half_of_the_samples_lost_is_the_limit_of_comparison()
    {
        Assert.Equal(VerdictKind.Incomparable, Gate.Judge(Alike(29, new("", 0, 5, 0, 5)), 60, Settings).Kind);
        Assert.NotEqual(VerdictKind.Incomparable, Gate.Judge(Alike(30, new("", 0, 5, 0, 5)), 60, Settings).Kind);
    }

    [Fact]
    public void A_handful_of_samples_run_once_is_insufficient_and_says_what_more_would_decide()
    {
        var verdict = Gate.Judge(Alike(5, new("", 0, 5, 0, 1)), 5, Settings);

        Assert.Equal(VerdictKind.Insufficient, verdict.Kind);
        Assert.Contains("candidate runs", verdict.More, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_that_now_disagree_with_themselves_without_a_rise_are_flaky()
    {
        // Half of the samples always failed and half always passed; now each of them goes either way, and the total is what it was.
        var counts = Enumerable.Range(0, 20).Select(i => new SampleCounts($"s{i:00}", i % 2 == 0 ? 5 : 0, 5, 2, 4)).ToList();

        Assert.Equal(VerdictKind.Flaky, Gate.Judge(counts, 20, Settings with { Odds = 1.2 }).Kind);
    }

    private static List<SampleCounts> Alike(int n, SampleCounts one) =>
        [.. Enumerable.Range(0, n).Select(i => one with { SampleId = $"s{i:00}" })];
}
