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
/// Lan and DeMets (1983), Biometrika 70, 659–663; Jennison and Turnbull (2000), Group Sequential Methods. The samples between two looks are added by their
/// <see cref="Cell"/>; tails below 1e-20 that are cut from long sums count as spent, so both errors stay upper bounds.
/// </remarks>
public static class SequentialTest
{
    private const int Many = 10_000;
    private const int MostLooks = 200;

    /// <param name="counts">Samples in the order in which they ran, both sides of each.</param>
    /// <exception cref="ArgumentException">More samples than the plan has, odds that are not positive, or counts that cannot be.</exception>
    /// <remarks>Above 10,000 planned samples there are at most 200 looks, which costs no power that could be measured: O'Brien and Fleming's boundary hardly moves between them.</remarks>
    public static SequentialOutcome Decide(IReadOnlyList<SampleCounts> counts, SequentialPlan plan)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.LookEvery, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plan.Odds);
        if (counts.Count > plan.Samples) throw new ArgumentException($"{counts.Count} samples ran, and {plan.Samples} were planned.", nameof(counts));
        var lookEvery = plan.Samples > Many ? Math.Max(plan.LookEvery, (plan.Samples + MostLooks - 1) / MostLooks) : plan.LookEvery;
        Paths nothing = new(1), risen = new(plan.Odds);
        List<SequentialLook> looks = [];
        for (int from = 0, failures = 0, to; from < counts.Count; from = to)
        {
            to = Math.Min(from + lookEvery, plan.Samples);
            if (to > counts.Count) break;
            var wave = new List<SampleCounts>(to - from);
            for (var i = from; i < to; i++)
            {
                counts[i].ThrowIfImpossible();
                if (counts[i].Informative) wave.Add(counts[i]);
            }

            failures += ConditionalTest.Observed(wave);
            var cells = Cell.Count(wave);
            nothing.Add(cells);
            risen.Add(cells);
            var share = (double)to / plan.Samples;
            var shown = nothing.CutFrom(Spending.Spent(plan.Spending, share, plan.Alpha));
            risen.Leave(shown);
            var excluded = failures < shown && plan.MayExclude ? risen.CutBelow(Spending.Spent(plan.Spending, share, plan.Beta)) : 0;
            looks.Add(new SequentialLook(to, failures, shown, excluded, nothing.Spent, risen.Spent));
            if (failures >= shown) return new SequentialOutcome(SequentialKind.Rise, looks);
            if (failures < excluded) return new SequentialOutcome(SequentialKind.Excluded, looks);
        }

        return new SequentialOutcome(SequentialKind.Undecided, looks);
    }

    /// <summary>The distribution of the failures over the paths that have not stopped, and what those that stopped have spent.</summary>
    private sealed class Paths(double odds)
    {
        private readonly Dictionary<Cell, CountDistribution> shares = [];
        private CountDistribution going = CountDistribution.Zero;
        private double cut;

        public double Spent => cut + going.Lost;

        public void Add(IReadOnlyList<KeyValuePair<Cell, int>> cells)
        {
            var wave = CountDistribution.Zero;
            foreach (var (cell, times) in cells)
            {
                if (!shares.TryGetValue(cell, out var share)) shares[cell] = share = cell.Share(odds);
                wave = CountDistribution.Sum(wave, CountDistribution.Repeat(share, times));
            }

            going = CountDistribution.Sum(going, wave);
        }

        /// <returns>The smallest count that stops.</returns>
        public int CutFrom(double allowed)
        {
            var left = going.Mass.Length;
            var tail = 0.0;
            for (var budget = allowed - Spent; left > 0 && tail + going.Mass[left - 1] <= budget; left--) tail += going.Mass[left - 1];
            cut += tail;
            Leave(going.From + left);
            return going.From + left;
        }

        /// <returns>The smallest count that goes on.</returns>
        public int CutBelow(double allowed)
        {
            var first = 0;
            var head = 0.0;
            for (var budget = allowed - Spent; first < going.Mass.Length && head + going.Mass[first] <= budget; first++) head += going.Mass[first];
            cut += head;
            going = going.Within(going.From + first, int.MaxValue);
            return going.From;
        }

        public void Leave(int below) => going = going.Within(0, below);
    }
}
