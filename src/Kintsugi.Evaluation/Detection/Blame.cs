using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>A sample that is worse by its own fresh pairs.</summary>
/// <param name="PValue">One-sided sign test of it alone, not adjusted for the others.</param>
/// <param name="Worse">Pairs in which only the candidate failed.</param>
/// <param name="Discordant">Pairs in which exactly one side failed.</param>
public sealed record BlamedSample(string SampleId, double PValue, int Worse, int Discordant);

/// <summary>Which samples are to blame for a confirmed rise.</summary>
/// <remarks>
/// If a sample did not change, each of its discordant pairs has the candidate on the failing side with probability ½: the exact sign test, which is McNemar's. Over
/// the samples, Benjamini and Hochberg (1995, J. R. Stat. Soc. B 57, 289–300) bound the expected share of unchanged samples among those blamed by q, the samples being
/// independent. Only fresh pairs count: the runs that made a sample suspicious favour it. When the confirmation stops depends on all samples together, so a sample's p-value
/// is not quite that of a fixed number of pairs; simulated, the share stays well below q, because p-values of so few pairs are coarse.
/// </remarks>
public static class Blame
{
    /// <param name="rounds">Of the confirmation.</param>
    /// <param name="q">In (0, 1).</param>
    /// <returns>The most telling first; empty where no sample shows it by itself, which does not doubt the confirmation.</returns>
    public static IReadOnlyList<BlamedSample> Of(IReadOnlyList<IReadOnlyList<PairOutcome>> rounds, double q = 0.1)
    {
        ArgumentNullException.ThrowIfNull(rounds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(q);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(q, 1);
        List<BlamedSample> tested =
        [
            .. rounds.SelectMany(r => r).GroupBy(p => p.SampleId, StringComparer.Ordinal)
                .Select(pairs => Tested(pairs.Key, pairs.Count(p => p.CandidateFailed && !p.BaselineFailed), pairs.Count(p => p.CandidateFailed != p.BaselineFailed)))
                .OrderBy(s => s.PValue).ThenBy(s => s.SampleId, StringComparer.Ordinal),
        ];
        return [.. tested.Take(tested.Index().LastOrDefault(s => s.Item.PValue <= q * (s.Index + 1) / tested.Count, (Index: -1, Item: null!)).Index + 1)];
    }

    private static BlamedSample Tested(string id, int worse, int discordant) =>
        new(id, worse == 0 ? 1 : 1 - Binomial.CDF(0.5, discordant, worse - 1), worse, discordant);
}
