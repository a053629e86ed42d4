using System.Runtime.InteropServices;
using MathNet.Numerics;

namespace Kintsugi.Evaluation.Detection;

/// <summary>What the conditional test holds fixed of one sample: its runs on either side, and its failures in all.</summary>
internal readonly record struct Cell(int BaselineRuns, int CandidateRuns, int Failures)
{
    /// <summary>The candidate's failures under an odds ratio: Fisher's non-central hypergeometric distribution.</summary>
    public CountDistribution Share(double odds)
    {
        var from = Math.Max(0, Failures - BaselineRuns);
        var logs = new double[Math.Min(CandidateRuns, Failures) - from + 1];
        for (var k = 0; k < logs.Length; k++)
            logs[k] = SpecialFunctions.BinomialLn(CandidateRuns, from + k) + SpecialFunctions.BinomialLn(BaselineRuns, Failures - from - k) + ((from + k) * Math.Log(odds));
        var largest = logs.Max();
        var mass = Array.ConvertAll(logs, log => Math.Exp(log - largest));
        var total = mass.Sum();
        return new CountDistribution(from, Array.ConvertAll(mass, m => m / total), 0);
    }

    /// <summary>Log of the probability that as many of the failures as can be are the candidate's, if nothing changed.</summary>
    public double LogOfMost
    {
        get
        {
            var most = Math.Min(CandidateRuns, Failures);
            return SpecialFunctions.BinomialLn(CandidateRuns, most) + SpecialFunctions.BinomialLn(BaselineRuns, Failures - most)
                - SpecialFunctions.BinomialLn(BaselineRuns + CandidateRuns, Failures);
        }
    }

    /// <summary>How many of the comparable samples are of each kind, in one order whatever that of the samples: sums over them have the same bits.</summary>
    public static List<KeyValuePair<Cell, int>> Count(IEnumerable<SampleCounts> counts)
    {
        var cells = new Dictionary<Cell, int>();
        foreach (var c in counts)
        {
            c.ThrowIfImpossible();
            if (c.Comparable) CollectionsMarshal.GetValueRefOrAddDefault(cells, c.Cell, out _)++;
        }

        return [.. cells.OrderBy(c => (c.Key.CandidateRuns, c.Key.BaselineRuns, c.Key.Failures))];
    }
}
