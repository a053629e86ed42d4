using CsCheck;
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

    [Fact]
    public void One_critical_sample_that_breaks_outright_is_a_regression_however_many_others_are_well()
    {
        var counts = Alike(200, new("", 0, 5, 0, 1)).Select((c, i) => i >= 10
            ? c with { BaselineFailures = i % 2 }
            : c with { IsCritical = true, CandidateRuns = 5, CandidateFailures = i == 3 ? 5 : 0 }).ToList();

        var verdict = Gate.Judge(counts, 200, Settings with { HasCritical = true });

        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.Equal(["s03"], verdict.BrokenCritical); // p = 1 / C(10, 5) = 1/252 ≤ 0.005
        Assert.Equal(VerdictKind.Healthy, Gate.Judge([.. counts.Select(c => c with { IsCritical = false })], 200, Settings with { HasCritical = true }).Kind);
    }

    [Fact]
    public void Nothing_is_healthy_where_a_critical_sample_could_not_be_compared()
    {
        List<SampleCounts> counts = [.. Alike(60, new("", 0, 5, 0, 5))];
        Assert.Equal(VerdictKind.Healthy, Gate.Judge(counts, 60, Settings).Kind);
        counts[7] = counts[7] with { IsCritical = true, CandidateRuns = 0, IsSpoiled = true };

        var verdict = Gate.Judge(counts, 60, Settings with { HasCritical = true });

        Assert.Equal(VerdictKind.Insufficient, verdict.Kind);
        Assert.StartsWith("1 of 1 critical samples could not be compared", verdict.Statement, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_healthy_where_a_critical_sample_fails_every_run_and_too_few_ran_to_show_it()
    {
        List<SampleCounts> counts = [.. Alike(60, new("", 0, 1, 0, 3))];
        counts[7] = counts[7] with { IsCritical = true, CandidateFailures = 3 };

        var verdict = Gate.Judge(counts, 60, Settings with { HasCritical = true });

        Assert.Equal(VerdictKind.Insufficient, verdict.Kind);
        Assert.Contains("baseline_runs", verdict.More, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_healthy_where_the_world_spoiled_a_whole_slice()
    {
        List<SampleCounts> counts = [.. Alike(60, new("", 0, 5, 0, 5)).Select((c, i) => c with { Slices = [i < 4 ? "pay" : "other"] })];
        for (var i = 0; i < 4; i++) counts[i] = counts[i] with { CandidateRuns = 0, IsSpoiled = true };

        var verdict = Gate.Judge(counts, 60, Settings with { BySlice = true });

        Assert.Equal(VerdictKind.Insufficient, verdict.Kind);
        Assert.Contains("slice pay", verdict.Statement, StringComparison.Ordinal);
    }

    [Fact]
    public void One_critical_sample_that_broke_is_found_beside_others_that_are_flaky()
    {
        List<SampleCounts> counts =
        [
            new("broken", 0, 5, 5, 5) { IsCritical = true },
            .. Enumerable.Range(0, 9).Select(i => new SampleCounts($"flaky{i}", 2, 5, i % 3 == 0 ? 1 : 2, 5) { IsCritical = true }),
            .. Enumerable.Range(0, 50).Select(i => new SampleCounts($"well{i}", 0, 5, 0, 2)),
        ];

        var verdict = Gate.Judge(counts, counts.Count, Settings with { HasCritical = true });

        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.Equal(["broken"], verdict.BrokenCritical);
    }

    [Fact]
    public void A_statement_counts_the_critical_samples_that_broke_and_names_none_because_they_may_be_held_out()
    {
        var counts = Alike(60, new("", 0, 5, 0, 2)).Select((c, i) => i < 12 ? c with { IsCritical = true, CandidateFailures = i < 8 ? 1 : 0 } : c with { BaselineFailures = 1 }).ToList();

        var verdict = Gate.Judge(counts, 60, Settings with { HasCritical = true });

        Assert.Equal(8, verdict.BrokenCritical.Count);
        Assert.StartsWith("8 of 12 critical samples broke (p", verdict.Statement, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_to_a_slice_that_a_better_whole_hides_is_a_regression_that_names_the_slice()
    {
        var counts = Enumerable.Range(0, 100).Select(i => i < 20
            ? new SampleCounts($"s{i:00}", 0, 5, i % 2, 1) { Slices = ["refunds"] }
            : new SampleCounts($"s{i:00}", 3, 5, 0, 1) { Slices = ["other"] }).ToList();

        var verdict = Gate.Judge(counts, 100, Settings with { BySlice = true });

        Assert.True(verdict.CandidateRate > verdict.BaselineRate);
        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.Contains("in the slice refunds", verdict.Statement, StringComparison.Ordinal);
    }

    [Fact]
    public void Critical_samples_that_run_more_often_do_not_drag_an_unchanged_agent_below_the_floor()
    {
        // A tenth of the samples fail two runs in five on either side, the others never: 96 % pass. By runs the candidate would pass 200 × 0.6 + 360 of 560: 86 %.
        var counts = Alike(400, new("", 0, 5, 0, 1)).Select((c, i) => i % 10 > 0 ? c : c with { IsCritical = true, BaselineFailures = 2, CandidateFailures = 2, CandidateRuns = 5 }).ToList();

        Assert.False(Gate.Judge(counts, 400, Settings with { Floor = 0.92, HasCritical = true }).FloorBroken);
        Assert.True(Gate.Judge([.. counts.Select(c => c.IsCritical ? c with { CandidateFailures = 5 } : c with { CandidateFailures = c.SampleId[^1] == '1' ? 1 : 0 })], 400, Settings with { Floor = 0.92 }).FloorBroken);
    }

    [Fact]
    public void An_alarm_is_what_the_verdict_calls_regressed() =>
        Gen.Select(SmallCases.Counts, Gen.Int[1, 5]).Sample(
            (counts, every) => Gate.IsRegressed(counts, counts.Count, Composite, every) == (Gate.Judge(counts, counts.Count, Composite, every).Kind == VerdictKind.Regressed),
            seed: "0000000000005", iter: 200);

    [Fact]
    public void Over_every_way_in_which_the_failures_could_fall_at_most_alpha_is_called_regressed() =>
        Gen.Select(SmallCases.Counts, Gen.Int[1, 5]).Sample(
            (counts, every) => Assert.InRange(SmallCases.Probability(counts, 1, outcome => Gate.IsRegressed(outcome, counts.Count, Composite, every)), 0, Composite.Alpha + 1e-9),
            seed: "0000000000006", iter: 300);

    // A large alpha, so that even five samples can alarm.
    private static readonly GateSettings Composite = new(null, 0.4, 0.10, 0.05, 3) { BySlice = true, HasCritical = true };

    private static List<SampleCounts> Alike(int n, SampleCounts one) =>
        [.. Enumerable.Range(0, n).Select(i => one with { SampleId = $"s{i:00}" })];
}
