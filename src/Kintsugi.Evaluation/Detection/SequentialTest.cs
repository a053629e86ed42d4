namespace Kintsugi.Evaluation.Detection;

/// <summary>How an error is spent over the looks; both spend all of it by the last.</summary>
public enum SpendingKind
{
    /// <summary>Little at first: the usual choice of a gate.</summary>
    OBrienFleming = 0,

    /// <summary>Evenly: sooner on large effects.</summary>
    Pocock = 1,
}

/// <param name="Alpha">P(<see cref="SequentialKind.Rise"/> | nothing changed) is at most this.</param>
/// <param name="Beta">P(<see cref="SequentialKind.Excluded"/> | failure odds rose by <paramref name="Odds"/> or more) is at most this.</param>
/// <param name="MayExclude">Whether the test may stop because the rise is excluded.</param>
/// <param name="Samples">All that may run. The last look is after the last of them; by then both errors are spent.</param>
/// <param name="LookEvery">Samples between looks; at <paramref name="Samples"/> there is one look, and the test is <see cref="ConditionalTest"/>.</param>
public sealed record SequentialPlan(double Alpha, double Beta, double Odds, SpendingKind Spending, bool MayExclude, int Samples, int LookEvery = 1);

public enum SequentialKind
{
    /// <summary>Neither is shown yet, or, after the last sample, at all.</summary>
    Undecided = 0,

    /// <summary>A rise of the failure rate is shown.</summary>
    Rise = 1,

    /// <summary>A rise of the planned odds is excluded.</summary>
    Excluded = 2,
}

/// <summary>The state of the test at one look.</summary>
/// <param name="Samples">That have run.</param>
/// <param name="Failures">Of the candidate on informative samples.</param>
/// <param name="RiseAt">The fewest failures that show a rise; more than there can be where none would yet.</param>
/// <param name="ExcludedBelow">Fewer failures than this exclude the rise; 0 where none would yet.</param>
public sealed record SequentialLook(int Samples, int Failures, int RiseAt, int ExcludedBelow, double AlphaSpent, double BetaSpent);

/// <param name="Looks">Up to the one at which the test stopped.</param>
public sealed record SequentialOutcome(SequentialKind Kind, IReadOnlyList<SequentialLook> Looks);

/// <summary>The exact conditional group-sequential test: <see cref="ConditionalTest"/> with a look after every sample, or after every few.</summary>
/// <remarks>
/// Given each sample's failures in all, the candidate's share of them has a known distribution, if nothing changed and under any odds. Two distributions of the
/// candidate's failures over the paths that have not stopped are carried along, and at each look their tails are cut off as far as the spending
/// function allows: paths in the upper tail of the first stop with a rise, paths in the lower tail of the second with its exclusion. The exclusion does not bind:
/// its paths stay in the first distribution, so alpha holds for whoever goes on. Both errors are exact for any number of samples of any difficulty.
/// Assumed: samples independent, in an order that does not depend on their outcomes, the world the same on both sides.
/// Lan and DeMets (1983), Biometrika 70, 659–663; Jennison and Turnbull (2000), Group Sequential Methods. Additions grow with the square of the samples.
/// </remarks>
public static class SequentialTest
{
    /// <param name="counts">Samples in the order in which they ran, both sides of each.</param>
    /// <exception cref="ArgumentException">More samples than the plan has, odds that are not positive, or counts that cannot be.</exception>
    public static SequentialOutcome Decide(IReadOnlyList<SampleCounts> counts, SequentialPlan plan)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.LookEvery, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plan.Odds);
        if (counts.Count > plan.Samples) throw new ArgumentException($"{counts.Count} samples ran, and {plan.Samples} were planned.", nameof(counts));
        Tail nothing = new(), risen = new();
        var failures = 0;
        List<SequentialLook> looks = [];
        foreach (var (i, sample) in counts.Index())
        {
            sample.ThrowIfImpossible();
            if (sample.Informative)
            {
                nothing.Add(ConditionalTest.Share(sample, 1));
                risen.Add(ConditionalTest.Share(sample, plan.Odds));
                failures += sample.CandidateFailures;
            }

            if ((i + 1) % plan.LookEvery != 0 && i + 1 != plan.Samples) continue;
            var share = (i + 1.0) / plan.Samples;
            var shown = nothing.CutUpper(Spending.Spent(plan.Spending, share, plan.Alpha));
            risen.Clear(shown);
            var excluded = failures < shown && plan.MayExclude ? risen.CutLower(Spending.Spent(plan.Spending, share, plan.Beta)) : 0;
            looks.Add(new SequentialLook(i + 1, failures, shown, excluded, nothing.Spent, risen.Spent));
            if (failures >= shown) return new SequentialOutcome(SequentialKind.Rise, looks);
            if (failures < excluded) return new SequentialOutcome(SequentialKind.Excluded, looks);
        }

        return new SequentialOutcome(SequentialKind.Undecided, looks);
    }

    /// <summary>The distribution of the failures over the paths that have not stopped, and what those that stopped have spent.</summary>
    private sealed class Tail
    {
        private double[] mass = [1.0];

        public double Spent { get; private set; }

        // The share starts above 0 where the sample failed more often in all than its baseline ran.
        public void Add((int From, double[] Mass) share)
        {
            var sum = new double[mass.Length + share.From + share.Mass.Length - 1];
            for (var j = 0; j < share.Mass.Length; j++)
            {
                for (var k = 0; k < mass.Length; k++) sum[k + share.From + j] += mass[k] * share.Mass[j];
            }

            mass = sum;
        }

        /// <returns>The smallest count that stops.</returns>
        public int CutUpper(double allowed)
        {
            var from = mass.Length;
            var cut = 0.0;
            for (var budget = allowed - Spent; from > 0 && cut + mass[from - 1] <= budget; from--) cut += mass[from - 1];
            Spent += cut;
            Clear(from);
            return from;
        }

        /// <returns>The smallest count that goes on.</returns>
        public int CutLower(double allowed)
        {
            var to = 0;
            var cut = 0.0;
            for (var budget = allowed - Spent; to < mass.Length && cut + mass[to] <= budget; to++) cut += mass[to];
            Spent += cut;
            Array.Clear(mass, 0, to);
            return to;
        }

        public void Clear(int from) => Array.Clear(mass, from, mass.Length - from);
    }
}
