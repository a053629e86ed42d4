using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>What more it takes to see the planned rise of the odds with some probability.</summary>
/// <param name="Power">The probability wanted.</param>
/// <param name="MoreSamples">Like these; 0 when it is reached, null when so little is seen that it cannot be foretold.</param>
/// <param name="MoreEpochs">Of the candidate; null also when the baseline's runs are too few for any number of them.</param>
public sealed record PowerNeed(double Power, int? MoreSamples, int? MoreEpochs);

/// <param name="Tags">As of <see cref="SliceVerdict"/>.</param>
/// <param name="DetectableRise">The smallest rise of the failure rate on each sample of the slice, and on no other, that the slice's own test sees with probability 0.8; null when it sees none.</param>
public sealed record SlicePower(IReadOnlyList<string> Tags, int Samples, double? DetectableRise);

/// <summary>What the first block of a plan finds.</summary>
/// <param name="IsSimulated">By the gate itself on simulated candidates (one standard error is 0.03 of a probability); else by normal approximation.</param>
/// <param name="Odds">Of the gate.</param>
/// <param name="FoundAtOdds">P(regressed) of a candidate whose failure odds rose by <paramref name="Odds"/> on every sample.</param>
/// <param name="DetectableOdds">The smallest rise of failure odds that is found with probability 0.8, up to 50; null when none is.</param>
/// <param name="DetectableRise">The smallest rise of the failure rate, the same on every sample as far as it goes, in (0, 1]; null when none is.</param>
/// <param name="Needs">For 0.8 and 0.9.</param>
public sealed record PowerReport(
    bool IsSimulated, double Odds, double FoundAtOdds, double? DetectableOdds, double? DetectableRise, IReadOnlyList<PowerNeed> Needs, IReadOnlyList<SlicePower> Slices);

/// <summary>What a dataset can detect, for planning and `dataset check`; approximate, unlike the tests.</summary>
public static class Power
{
    private const int MostSimulated = 200;
    private const int Draws = 200;
    private const int Seed = 20_260_402;
    private const double MostOdds = 50;

    private const double Wanted = 0.8;

    /// <param name="baseline">What the plan was made from; candidate counts are ignored.</param>
    /// <remarks>
    /// Failure rates are drawn from the posterior that <see cref="EpochPlan"/> draws them from, candidates from rates so much worse, and the gate judges the first block. Up to 200 samples that takes well
    /// under a second. Above, the conditional statistic's mean and variance are taken as normal at the posterior's mean rates, for the test over all samples
    /// alone. Needs are extrapolated: the statistic's distance from its null grows as √samples, and as √(mK/(m + K)) in the epochs m. A second block, where the first decides nothing, finds a little more.
    /// </remarks>
    public static PowerReport Of(IReadOnlyList<SampleCounts> baseline, EpochPlan plan)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(plan);
        var candidates = new Candidates(baseline, plan.First);
        var odds = plan.First.Settings.Odds;
        var found = candidates.Found(rate => AtOdds(rate, odds));
        return new PowerReport(
            candidates.AreSimulated, odds, found,
            Least(1, MostOdds, steps: 8, theta => candidates.Found(rate => AtOdds(rate, theta))),
            Least(0, 1, steps: 8, rise => candidates.Found(rate => Math.Min(1, rate + rise))),
            [candidates.Need(0.8, found), candidates.Need(0.9, found)],
            candidates.Slices());
    }

    /// <summary>The smallest rise of the failure rate, the same on every sample, that the gate sees with probability 0.8.</summary>
    /// <param name="samples">At least 1.</param>
    /// <param name="failureRate">The baseline's, in [0, 1).</param>
    /// <returns>In (0, 1 − failureRate]; 1 when even an agent that always fails would not be seen.</returns>
    /// <remarks>Normal approximation of the one-sided test of two rates. Unlike samples are told apart better than this says, effects confined to a few samples worse.</remarks>
    public static double Detectable(int samples, int baselineRuns, int epochs, double failureRate = 0.05, double alpha = 0.05)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(baselineRuns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(failureRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(failureRate, 1);
        double low = 0, high = 1 - failureRate;
        if (Of(high) < Wanted) return 1;
        for (var step = 0; step < 40; step++)
        {
            var middle = (low + high) / 2;
            if (Of(middle) >= Wanted) high = middle;
            else low = middle;
        }

        return high;

        double Of(double rise)
        {
            double n = (double)samples * epochs, m = (double)samples * baselineRuns, worse = failureRate + rise;
            var pooled = ((worse * n) + (failureRate * m)) / (n + m);
            var still = Math.Sqrt(pooled * (1 - pooled) * ((1 / n) + (1 / m)));
            var moved = Math.Sqrt((worse * (1 - worse) / n) + (failureRate * (1 - failureRate) / m));

            // A count moves in whole failures: the test has half of one less to show.
            var excess = rise - (0.5 / n) + (Normal.InvCDF(0, 1, alpha) * still);
            return moved == 0 ? (excess > 0 ? 1 : 0) : Normal.CDF(0, 1, excess / moved);
        }
    }

    /// <returns>The least size that is found with probability 0.8, by bisection; null when the most is not.</returns>
    private static double? Least(double none, double most, int steps, Func<double, double> found)
    {
        if (found(most) < Wanted) return null;
        var low = none;
        for (; steps > 0; steps--)
        {
            var middle = none == 0 ? (low + most) / 2 : Math.Sqrt(low * most); // points halve by their difference, odds by their ratio
            if (found(middle) >= Wanted) most = middle;
            else low = middle;
        }

        return most;
    }

    private static double AtOdds(double rate, double odds) => odds * rate / (1 - rate + (odds * rate));

    /// <summary>Candidates of one block, of agents that the baseline may have come from.</summary>
    private sealed class Candidates
    {
        private readonly List<SampleCounts> known;
        private readonly EpochBlock block;
        private readonly BlockCourse course;

        /// <summary>By draw, then by sample; the posterior's means alone where nothing is simulated.</summary>
        private readonly double[][] rates;

        public Candidates(IReadOnlyList<SampleCounts> baseline, EpochBlock block)
        {
            known = [.. baseline.Where(c => c.BaselineRuns > 0)];
            this.block = block;
            course = BlockCourse.Of(block, Math.Max(1, known.Count), 1, isFast: false);
            AreSimulated = known.Count is > 0 and <= MostSimulated;
            var (a, b) = known.Count == 0 ? (1, 1) : EpochPlan.Prior(known);
            var random = new Random(Seed);
            rates = AreSimulated
                ? [.. Enumerable.Range(0, Draws).Select(_ => known.Select(c => Beta.Sample(random, a + c.BaselineFailures, b + c.BaselineRuns - c.BaselineFailures)).ToArray())]
                : [[.. known.Select(c => (a + c.BaselineFailures) / (a + b + c.BaselineRuns))]];
        }

        public bool AreSimulated { get; }

        public double Found(Func<double, double> worse) => known.Count == 0 ? 0
            : AreSimulated ? Simulated([.. Enumerable.Range(0, known.Count)], worse, counts => Gate.IsRegressed(counts, counts.Count, block.Settings, course.LookEvery))
            : Approximated([.. Enumerable.Range(0, known.Count)], worse, block.Settings.Shares.Global);

        public IReadOnlyList<SlicePower> Slices()
        {
            if (!block.Settings.BySlice) return [];
            var index = known.Index().ToDictionary(c => c.Item.SampleId, c => c.Index, StringComparer.Ordinal);
            var slices = SliceTests.Slices(known);
            var level = block.Settings.Shares.Slices / Math.Max(1, slices.Count); // Holm's first step, as if all of them could show something
            return [.. slices.Select(s => new SlicePower(s.Tags, s.Samples.Count, Least(0, 1, steps: 7, rise => Seen([.. s.Samples.Select(c => index[c.SampleId])], rise))))];

            double Seen(int[] members, double rise) => AreSimulated
                ? Simulated(members, rate => Math.Min(1, rate + rise), counts => ConditionalTest.PValueOfRise(counts) <= level)
                : Approximated(members, rate => Math.Min(1, rate + rise), level);
        }

        public PowerNeed Need(double wanted, double found)
        {
            if (found >= wanted) return new PowerNeed(wanted, 0, 0);
            var z = Normal.InvCDF(0, 1, 1 - block.Settings.Shares.Global);
            var seen = z + Normal.InvCDF(0, 1, Math.Clamp(found, 0.5 / Draws, 1 - (0.5 / Draws)));
            if (known.Count == 0 || seen < 0.1) return new PowerNeed(wanted, null, null); // the null hypothesis would be found as often
            var times = Math.Pow((z + Normal.InvCDF(0, 1, wanted)) / seen, 2);
            var (m, cached) = ((double)block.Epochs, known.Average(c => c.BaselineRuns));
            var information = times * m * cached / (m + cached);
            int? epochs = information >= cached ? null : (int)Math.Ceiling((information * cached / (cached - information)) - m);
            return new PowerNeed(wanted, (int)Math.Ceiling(known.Count * (times - 1)), epochs);
        }

        private double Simulated(int[] members, Func<double, double> worse, Func<IReadOnlyList<SampleCounts>, bool> alarms)
        {
            var random = new Random(Seed); // the same luck for every size of damage, so that more of it is found no less often but by chance
            var found = 0;
            foreach (var draw in rates)
            {
                var order = members.ToArray();
                random.Shuffle(order);
                found += alarms([.. order.Select(i => Run(known[i], worse(draw[i]), random))]) ? 1 : 0;
            }

            return (double)found / rates.Length;
        }

        // T minus its mean given the failures in all is Σ (K·y − m·b)/(K + m).
        private double Approximated(int[] members, Func<double, double> worse, double alpha)
        {
            double mean = 0, still = 0, moved = 0;
            foreach (var i in members)
            {
                double m = Epochs(known[i]), cached = known[i].BaselineRuns, before = rates[0][i], after = worse(before);
                var pooled = ((m * after) + (cached * before)) / (m + cached);
                mean += m * cached / (m + cached) * (after - before);
                still += m * cached / (m + cached) * pooled * (1 - pooled);
                moved += ((cached * cached * m * after * (1 - after)) + (m * m * cached * before * (1 - before))) / ((m + cached) * (m + cached));
            }

            // A count moves in whole failures: the test has half of one less to show.
            var excess = mean - 0.5 + (Normal.InvCDF(0, 1, alpha) * Math.Sqrt(still));
            return moved == 0 ? (excess > 0 ? 1 : 0) : Normal.CDF(0, 1, excess / Math.Sqrt(moved));
        }

        private SampleCounts Run(SampleCounts sample, double rate, Random random) =>
            sample with { CandidateFailures = Binomial.Sample(random, rate, Epochs(sample)), CandidateRuns = Epochs(sample) };

        private int Epochs(SampleCounts sample) => course.EpochsOf(sample.IsCritical, isDecided: false);
    }
}
