using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

/// <summary>Seeded slices of the simulations under bench/: limits are the claim plus three standard errors.</summary>
public class GuaranteeTests
{
    private static readonly GateSettings Settings = new(0.95, 0.05, 0.10, 0.05, 3);

    [Fact]
    public void Unchanged_agents_are_called_regressed_in_at_most_five_percent() =>
        Assert.InRange(Share(1000, 1, Agents.Golden(60), Agents.Golden(60), 1, c => ConditionalTest.PValueOfRise(c) <= 0.05), 0, 0.071);

    [Theory]
    [InlineData(24, 5, false)]
    [InlineData(60, 5, true)]
    [InlineData(100, 1, false)]
    public void Unchanged_agents_are_called_regressed_in_at_most_five_percent_by_all_questions_waves_and_blocks_together(int n, int cached, bool isFast)
    {
        var random = new Random(8);
        var gate = new SimulatedGate(new GateSettings(0.91, 0.05, 0.10, 0.05, 3) { BySlice = true, HasCritical = true }, cached, isFast: isFast);

        var alarms = Enumerable.Range(0, 2_000).Count(_ => gate.Deploy(SimulatedAgent.A.Draw(n, 1, random, Fifths, n / 10), random).Kind == VerdictKind.Regressed);

        Assert.InRange(alarms / 2_000.0, 0, 0.065);
    }

    [Fact]
    public void A_tenth_of_the_samples_that_broke_outright_is_found_when_it_is_a_slice()
    {
        var random = new Random(9);
        var gate = new SimulatedGate(new GateSettings(null, 0.05, 0.10, 0.05, 3) { BySlice = true });

        var found = Enumerable.Range(0, 200).Count(_ => gate.Deploy(
            [.. SimulatedAgent.A.Draw(100, 1, random).Select((s, i) => i < 10 ? s with { After = 0.9 + (0.1 * s.After), Slices = ["broken"] } : s with { Slices = Fifths(i) })], random).Kind == VerdictKind.Regressed);

        Assert.InRange(found / 200.0, 0.9, 1);
    }

    [Fact]
    public void A_course_that_ends_early_saves_runs_and_never_adds_any()
    {
        var random = new Random(10);
        var gate = new SimulatedGate(Settings with { Floor = null });

        List<SimulatedDeployment> ends = [.. Enumerable.Range(0, 200).Select(_ => gate.Deploy(SimulatedAgent.A.Draw(100, 5, random), random))];

        Assert.All(ends, end => Assert.InRange(end.Runs, 100, end.PlannedRuns));
        Assert.InRange(ends.Sum(e => e.Runs) / (double)ends.Sum(e => e.PlannedRuns), 0.3, 0.95);
    }

    [Fact]
    public void A_threefold_rise_of_failure_odds_on_100_samples_is_seen_in_four_of_five() =>
        Assert.InRange(
            Share(500, 2, Agents.Golden(100), Agents.AtOdds(Agents.Golden(100), 3), 1, c => ConditionalTest.PValueOfRise(c) <= 0.05), 0.79, 1);

    [Fact]
    public void A_threefold_rise_of_failure_odds_is_excluded_in_at_most_beta() =>
        Assert.InRange(
            Share(1000, 3, Agents.Golden(60), Agents.AtOdds(Agents.Golden(60), 3), 2, c => ConditionalTest.PValueOfExclusion(c, 3) <= 0.10), 0, 0.129);

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.03)]
    [InlineData(0.4)]
    public void The_bound_of_the_rise_covers_it(double rate)
    {
        var before = Enumerable.Repeat(rate, 40).ToArray();
        var after = Enumerable.Repeat(rate + 0.06, 40).ToArray();

        Assert.InRange(Share(200, 4, before, after, 3, c => RiseBound.Upper(c, 0.10) < 0.06), 0, 0.164);
    }

    [Fact]
    public void Healthy_agents_are_called_healthy_within_five_epochs_on_60_samples()
    {
        Assert.InRange(Share(100, 5, Agents.Green(60), Agents.Green(60), 5, Healthy), 0.97, 1);
        Assert.InRange(Share(100, 6, Agents.Golden(60), Agents.Golden(60), 5, Healthy), 0.82, 1);
    }

    [Fact]
    public void The_plan_takes_as_few_epochs_as_make_a_candidate_like_the_baseline_healthy()
    {
        var steady = EpochPlan.Plan(Agents.Run(new double[60], new double[60], 5, 0, new Random(7)), 1, 5, Settings);
        var noisy = EpochPlan.Plan(Agents.Run(Agents.Golden(60), Agents.Golden(60), 5, 0, new Random(7)), 1, 5, Settings);

        Assert.InRange(steady.First.Epochs, 1, 2);
        Assert.InRange(noisy.First.Epochs, 3, 5);
        Assert.True(steady.HealthyShare >= 0.9);
        Assert.Equal(Settings.Alpha, steady.First.Settings.Alpha + steady.Second!.Settings.Alpha, 12);
    }

    [Fact]
    public void Confirmation_tells_a_real_rise_from_none()
    {
        int confirmed = 0, mistaken = 0;
        for (var run = 0; run < 200; run++)
        {
            var random = new Random(run);
            var worse = Agents.AtOdds(Agents.Golden(100), 3);
            confirmed += Confirmed(Agents.Golden(100), worse, worse, random) ? 1 : 0;
            mistaken += Confirmed(Agents.Golden(100), worse, Agents.Golden(100), random) ? 1 : 0;
        }

        Assert.InRange(confirmed, 170, 200);
        Assert.InRange(mistaken, 0, 19);
    }

    [Fact]
    public void A_fix_that_changes_nothing_is_no_recovery_and_one_that_mends_is()
    {
        Assert.True(Recovery.Shown([new("a", 5, 5, 0, 5), new("b", 4, 5, 0, 5)]));
        Assert.False(Recovery.Shown([new("a", 5, 5, 5, 5), new("b", 4, 5, 4, 5)]));
    }

    [Fact]
    public void Acceptance_passes_a_perfect_fix_fails_a_bad_one_and_says_when_it_cannot_tell()
    {
        Assert.Equal(AcceptanceKind.Pass, Acceptance.Judge([.. Alike(24, 0, 5)], 3, 0.05, 0.10 / 3).Kind);
        Assert.Equal(AcceptanceKind.Fail, Acceptance.Judge([.. Alike(24, 2, 5)], 3, 0.05, 0.10 / 3).Kind);
        Assert.Equal(AcceptanceKind.Undecided, Acceptance.Judge([.. Alike(4, 0, 1)], 3, 0.05, 0.10 / 3).Kind);
    }

    [Fact]
    public void More_samples_detect_a_smaller_rise()
    {
        Assert.True(Power.Detectable(400, 5, 1) < Power.Detectable(100, 5, 1));
        Assert.InRange(Power.Detectable(100, 5, 1), 0.05, 0.10);
        Assert.Equal(1, Power.Detectable(1, 1, 1));
    }

    private static IReadOnlyList<string> Fifths(int i) => [$"fifth{i % 5}"];

    private static bool Healthy(IReadOnlyList<SampleCounts> counts) => Gate.Judge(counts, counts.Count, Settings).Kind == VerdictKind.Healthy;

    private static IEnumerable<SampleCounts> Alike(int n, int failures, int runs) =>
        Enumerable.Range(0, n).Select(i => new SampleCounts($"{i}", 0, 5, failures, runs));

    private static bool Confirmed(double[] before, double[] seen, double[] now, Random random)
    {
        var plan = Confirmation.Choose(Agents.Run(before, seen, 5, 1, random), [], isCriticalBroken: false, random);
        var rounds = new List<IReadOnlyList<PairOutcome>>();
        for (; ; )
        {
            rounds.Add([.. plan.Samples.Select(id =>
            {
                var i = int.Parse(id[1..], System.Globalization.CultureInfo.InvariantCulture);
                return new PairOutcome(id, random.NextDouble() < before[i], random.NextDouble() < now[i]);
            })]);
            var decision = Confirmation.Decide(plan, rounds);
            if (decision.Kind != ConfirmationKind.Continue) return decision.Kind == ConfirmationKind.Confirmed;
        }
    }

    private static double Share(int trials, int seed, double[] before, double[] after, int epochs, Func<IReadOnlyList<SampleCounts>, bool> holds)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, trials).Count(_ => holds(Agents.Run(before, after, 5, epochs, random))) / (double)trials;
    }
}
