namespace Kintsugi.Healing.Repair;

/// <summary>Candidates of which each does best on some sample: what one of them has learnt is not lost because another is better on the whole.</summary>
/// <remarks>The choice of parents of GEPA: Agrawal et al. (2025), arXiv 2507.19457, algorithm 2.</remarks>
public static class ParetoFront
{
    /// <summary>The candidates that are best somewhere and that none of the others dominates.</summary>
    /// <param name="scores">By candidate, then by sample; finite, as many for each.</param>
    /// <returns>Each with the number of samples on which nobody scores higher, in the order of candidates; of equals the first alone. Empty without samples.</returns>
    /// <exception cref="ArgumentException">A candidate has another number of scores than the first, or one that is not finite.</exception>
    public static IReadOnlyList<(int Candidate, int BestOn)> Of(IReadOnlyList<IReadOnlyList<double>> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Any(row => row.Count != scores[0].Count || !row.All(double.IsFinite)))
            throw new ArgumentException("Every candidate has one finite score a sample.", nameof(scores));
        var samples = Enumerable.Range(0, scores.Count == 0 ? 0 : scores[0].Count).ToList();
        List<double> best = [.. samples.Select(s => scores.Max(row => row[s]))];
        return [.. Enumerable.Range(0, scores.Count)
            .Where(c => !Enumerable.Range(0, scores.Count).Any(other => Dominates(other, c)))
            .Select(c => (Candidate: c, BestOn: samples.Count(s => scores[c][s].Equals(best[s]))))
            .Where(c => c.BestOn > 0)];

        bool Dominates(int one, int other) => one != other
            && samples.TrueForAll(s => scores[one][s] >= scores[other][s])
            && (one < other || samples.Exists(s => scores[one][s] > scores[other][s]));
    }

    /// <summary>Draws a parent, each of the front in proportion to the number of samples on which it is best.</summary>
    /// <param name="front">Not empty.</param>
    public static int Draw(IReadOnlyList<(int Candidate, int BestOn)> front, Random random)
    {
        ArgumentNullException.ThrowIfNull(front);
        ArgumentNullException.ThrowIfNull(random);
        var at = random.Next(front.Sum(c => c.BestOn));
        foreach (var (candidate, bestOn) in front)
            if ((at -= bestOn) < 0) return candidate;
        throw new ArgumentException("The front is empty.", nameof(front));
    }
}
