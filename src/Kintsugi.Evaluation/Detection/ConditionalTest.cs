namespace Kintsugi.Evaluation.Detection;

/// <summary>The exact conditional test of a rise of the failure odds, over samples of any difficulty.</summary>
/// <remarks>
/// If the candidate behaves like the baseline on sample i, its m runs and the K baseline runs are exchangeable: given their S failures in all,
/// the candidate's share y is hypergeometric whatever the sample's own failure rate. Under a common failure odds ratio θ it is Fisher's
/// non-central hypergeometric, P(y) ∝ C(m, y)·C(K, S − y)·θ^y. The statistic is T = Σ y; its distribution is the convolution over samples,
/// equal cells (K, m, S) taken together. With K = m = 1 this is the exact one-sided McNemar test. Assumed: samples independent, the world the
/// same on both sides. Fisher (1935), J. R. Stat. Soc. 98, 39–82; Cox and Snell (1989), Analysis of Binary Data, §2.
/// </remarks>
public static class ConditionalTest
{
    /// <returns>P(T ≥ t) if nothing changed, in (0, 1]: small shows a rise. 1 when no sample is informative.</returns>
    public static double PValueOfRise(IReadOnlyList<SampleCounts> counts) => Distribution(counts, 1).UpperTail(Observed(counts));

    /// <returns>P(T ≤ t) if failure odds rose by <paramref name="odds"/>, in (0, 1]: small excludes a rise of that size or more. At odds 1
    /// this is the p-value of a fall.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Odds are not positive and finite.</exception>
    public static double PValueOfExclusion(IReadOnlyList<SampleCounts> counts, double odds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(odds);
        if (!double.IsFinite(odds)) throw new ArgumentOutOfRangeException(nameof(odds), odds, "Must be finite.");
        return Distribution(counts, odds).LowerTail(Observed(counts));
    }

    /// <summary>P(at least as many samples' candidate runs disagree with each other as did) if nothing changed: small shows an agent that
    /// has become less steady than its baseline. Exact by the same exchangeability.</summary>
    public static double PValueOfUnsteadiness(IReadOnlyList<SampleCounts> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var mixed = counts.Count(c => c.CandidateFailures > 0 && c.CandidateFailures < c.CandidateRuns);
        var sum = CountDistribution.Zero;
        foreach (var (cell, times) in Cell.Count(counts))
        {
            var share = cell.Share(1);
            var agreeing = 0.0;
            for (var k = 0; k < share.Mass.Length; k++)
            {
                if (share.From + k == 0 || share.From + k == cell.CandidateRuns) agreeing += share.Mass[k];
            }

            sum = CountDistribution.Sum(sum, CountDistribution.Repeat(new(0, [agreeing, 1 - agreeing], 0), times));
        }

        return sum.UpperTail(mixed);
    }

    /// <param name="failures">Of the candidate in all.</param>
    internal static double PValueOfRise(IReadOnlyList<KeyValuePair<Cell, int>> cells, int failures) => Distribution(cells, 1).UpperTail(failures);

    /// <summary>The smallest p-value of a rise that samples with so many failures in all can give: that of all failures that can be the candidate's being the candidate's.</summary>
    internal static double LeastPValueOfRise(IReadOnlyList<KeyValuePair<Cell, int>> cells) => Math.Exp(cells.Sum(c => c.Value * c.Key.LogOfMost));

    internal static int Observed(IReadOnlyList<SampleCounts> counts) => counts.Where(c => c.Comparable).Sum(c => c.CandidateFailures);

    private static CountDistribution Distribution(IReadOnlyList<SampleCounts> counts, double odds)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return Distribution(Cell.Count(counts), odds);
    }

    private static CountDistribution Distribution(IReadOnlyList<KeyValuePair<Cell, int>> cells, double odds) => cells
        .Select(cell => CountDistribution.Repeat(cell.Key.Share(odds), cell.Value))
        .OrderBy(part => part.Mass.Length) // wide sums cost most, so they are left for last
        .Aggregate(CountDistribution.Zero, CountDistribution.Sum);
}
