using CsCheck;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

/// <summary>Datasets so small that every outcome with the same failures in all can be tried.</summary>
internal static class SmallCases
{
    private static readonly string[] Tags = ["a", "b", "c"];

    public static Gen<List<SampleCounts>> Counts =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 3], Gen.Double.Unit, Gen.Double.Unit, Gen.Int[0, 7], Gen.Bool, (cached, runs, before, after, tags, critical) => new SampleCounts(
            "s", (int)Math.Round(before * cached), cached, (int)Math.Round(after * runs), runs)
        { Slices = [.. Tags.Where((_, t) => (tags >> t & 1) == 1)], IsCritical = critical })
        .List[1, 5].Select(counts => counts.Select((c, i) => c with { SampleId = $"s{i}" }).ToList());

    /// <summary>P(holds) over the candidate's share of each sample's failures: hypergeometric at odds 1, Fisher's non-central above, each written from binomial coefficients.</summary>
    public static double Probability(List<SampleCounts> counts, double odds, Func<List<SampleCounts>, bool> holds)
    {
        return Over(0, 1, [.. counts]);

        double Over(int at, double weight, List<SampleCounts> outcome)
        {
            if (at == counts.Count) return holds(outcome) ? weight : 0;
            var (cached, runs, failures) = (counts[at].BaselineRuns, counts[at].CandidateRuns, counts[at].BaselineFailures + counts[at].CandidateFailures);
            var shares = Enumerable.Range(0, runs + 1).Where(y => failures - y >= 0 && failures - y <= cached).ToList();
            var all = shares.Sum(Weight);
            return shares.Sum(y => Over(at + 1, weight * Weight(y) / all, [.. outcome[..at], counts[at] with { BaselineFailures = failures - y, CandidateFailures = y }, .. outcome[(at + 1)..]]));

            double Weight(int y) => Choose(runs, y) * Choose(cached, failures - y) * Math.Pow(odds, y);
        }
    }

    private static double Choose(int n, int k) => k == 0 ? 1 : Choose(n - 1, k - 1) * n / k;
}
