using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Triage;

/// <summary>Seeded slices of the simulations: 0.8/0.1 and 0.8/0.2 failing, warm start of 20 new-side and 100 old-side runs.</summary>
public class InferenceTests
{
    [Fact]
    public void The_component_at_fault_is_named_in_about_sixteen_runs()
    {
        var random = new Random(3);
        var (right, runs) = (0, 0);
        const int Incidents = 150;
        for (var incident = 0; incident < Incidents; incident++)
        {
            var hypotheses = ComponentSwap.Hypotheses(5);
            var truth = Draw(ComponentSwap.Prior(5), random);
            var (old, @new) = (Warm(random, 0.1, 100), Warm(random, 0.8, 20));
            var seen = new List<SwapObservation>();
            while (ComponentSwap.Posterior(5, old, @new, seen).Max() < 0.99 && seen.Count < 300)
            {
                var configuration = ComponentSwap.Next(5, old, @new, seen).Configuration;
                seen.Add(new SwapObservation(configuration, random.NextDouble() < (hypotheses[truth].PredictsBad(configuration) ? 0.8 : 0.1)));
            }

            var posterior = ComponentSwap.Posterior(5, old, @new, seen);
            right += posterior[truth] == posterior.Max() ? 1 : 0;
            runs += seen.Count;
        }

        Assert.InRange(right, 0.96 * Incidents, Incidents);
        Assert.InRange((double)runs / Incidents, 10, 18);
    }

    [Fact]
    public void The_breaking_commit_of_128_is_found_in_about_thirty_four_runs()
    {
        var random = new Random(4);
        var (right, runs) = (0, 0);
        const int Incidents = 60;
        var prior = Bisection.Prior([.. Enumerable.Repeat(1.0, 127)], 0);
        for (var incident = 0; incident < Incidents; incident++)
        {
            var culprit = 1 + random.Next(127);
            var (old, @new) = (Warm(random, 0.2, 100), Warm(random, 0.8, 20));
            var seen = new List<BisectObservation>();
            while (Bisection.Posterior(128, prior, old, @new, seen).Max() < 0.95 && seen.Count < 300)
            {
                var commit = Bisection.Next(128, prior, old, @new, seen).Commit;
                seen.Add(new BisectObservation(commit, random.NextDouble() < (commit >= culprit ? 0.8 : 0.2)));
            }

            var posterior = Bisection.Posterior(128, prior, old, @new, seen);
            right += posterior[culprit - 1] == posterior.Max() ? 1 : 0;
            runs += seen.Count;
        }

        Assert.InRange(right, 53, Incidents);
        Assert.InRange((double)runs / Incidents, 25, 40);
    }

    [Fact]
    public void With_one_component_only_that_or_the_world_can_be_the_cause()
    {
        Assert.Equal([SwapCauseKind.Single, SwapCauseKind.External], ComponentSwap.Hypotheses(1).Select(h => h.Kind));
        Assert.Equal(1, ComponentSwap.Prior(1).Sum(), 12);
    }

    [Fact]
    public void A_misfit_is_seldom_told_of_a_listed_cause_and_told_of_one_that_is_not()
    {
        var (old, @new) = (RunPrior.FromRuns(5, 95), RunPrior.FromRuns(19, 1));
        List<SwapObservation> pair = [.. Runs(0b00001, false), .. Runs(0b00011, true), .. Runs(0b11101, false), .. Runs(0b11111, true)];
        List<SwapObservation> oneOrTwoOthers = [.. Runs(0b00001, true), .. Runs(0b00110, true), .. Runs(0b00010, false), .. Runs(0b11010, false), .. Runs(0b00100, false)];

        Assert.Equal(1, ComponentSwap.Fit(5, old, @new, []));
        Assert.Equal(1, ComponentSwap.Fit(5, old, @new, pair));
        Assert.InRange(ComponentSwap.Fit(5, old, @new, oneOrTwoOthers), 0, 0.05);

        static IEnumerable<SwapObservation> Runs(int configuration, bool failed) => Enumerable.Repeat(new SwapObservation(configuration, failed), 3);
    }

    [Theory]
    [InlineData(SwapCauseKind.Single, 0b00100, new[] { 0b11011, 0b00100 }, new[] { false, true })]
    [InlineData(SwapCauseKind.Both, 0b00110, new[] { 0b11001, 0b00110 }, new[] { false, true })]
    [InlineData(SwapCauseKind.Either, 0b00110, new[] { 0b11001, 0b00010, 0b00100 }, new[] { false, true, true })]
    [InlineData(SwapCauseKind.External, 0, new[] { 0 }, new[] { true })]
    public void A_cause_is_proven_by_taking_it_out_and_by_putting_it_in_alone(SwapCauseKind kind, int mask, int[] configurations, bool[] bad)
    {
        var hypothesis = new SwapHypothesis(kind, mask);

        var proofs = ComponentSwap.Proofs(5, hypothesis);

        Assert.Equal(configurations.Zip(bad), proofs);
        Assert.All(proofs, p => Assert.Equal(hypothesis.PredictsBad(p.Configuration), p.Bad));
    }

    [Fact]
    public void Of_ten_thousand_commits_those_without_runs_share_what_is_known()
    {
        var prior = Bisection.Prior([.. Enumerable.Repeat(1.0, 9_999)], 0);

        var posterior = Bisection.Posterior(10_000, prior, RunPrior.FromRuns(0, 100), RunPrior.FromRuns(20, 0), [new(4_000, false), new(6_000, true)]);

        // The break lies in 4,001..6,000 unless one of the two runs was an accident of at most one in fifty.
        Assert.Equal(posterior[4_000], posterior[5_999], 15);
        Assert.InRange(posterior.Skip(4_000).Take(2_000).Sum(), 0.9, 1);
        Assert.Equal(1, posterior.Sum(), 9);
    }

    private static RunPrior Warm(Random random, double rate, int runs)
    {
        var failures = Enumerable.Range(0, runs).Count(_ => random.NextDouble() < rate);
        return RunPrior.FromRuns(failures, runs - failures);
    }

    private static int Draw(IReadOnlyList<double> weights, Random random)
    {
        var left = random.NextDouble() * weights.Sum();
        for (var i = 0; i < weights.Count; i++)
        {
            if ((left -= weights[i]) < 0) return i;
        }

        return weights.Count - 1;
    }
}
