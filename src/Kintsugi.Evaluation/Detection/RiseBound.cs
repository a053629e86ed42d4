using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>An upper confidence bound of the absolute rise of the failure rate, candidate minus baseline, on these samples.</summary>
/// <remarks>
/// <para>Construction: outcomes (x of N candidate runs, y of M baseline runs failed) are ordered by Newcombe's hybrid score bound (1998, Stat. Med. 17,
/// 873–890, method 10), and the bound is the largest rise δ at which an outcome that is ordered no higher than the observed one still has probability above β
/// for *some* baseline rate: an exact unconditional inversion (Chan and Zhang 1999, Biometrics 55, 1202–1209), so the cover is at least 1 − β
/// whatever the baseline rate. The supremum is taken on a grid of the rate, even on the arcsine scale.</para>
/// <para>Each sample weighs the same (<see cref="EffectiveRuns"/>), so that the cover is higher still; failures are rounded against the candidate.</para>
/// </remarks>
public static class RiseBound
{
    private const int GridPoints = 32;
    private const double Resolution = 2e-4;

    /// <returns>In [−1, 1]; 1 when no sample is comparable.</returns>
    public static double Upper(IReadOnlyList<SampleCounts> counts, double error)
    {
        var (candidate, baseline) = Sides(counts);
        return Upper(candidate.Failures, candidate.Runs, baseline.Failures, baseline.Runs, error);
    }

    /// <summary>The bound from totals, as if all runs of a side were of one sample.</summary>
    public static double Upper(int candidateFailures, int candidateRuns, int baselineFailures, int baselineRuns, double error)
    {
        ThrowIfNoError(error);
        if (candidateRuns == 0 || baselineRuns == 0) return 1;
        var region = new Region(candidateFailures, candidateRuns, baselineFailures, baselineRuns, error);

        // The probability of the region falls as the rise grows; start from the score bound, which is close, and close in from both sides.
        double low = Math.Max(-1, region.Score - 0.02), high = 1;
        if (region.Largest(low) <= error) low = -1;
        for (var step = 0.01; ; step *= 2)
        {
            var probe = Math.Clamp(region.Score + step, -1, 1);
            if (probe >= 1) break;
            if (region.Largest(probe) <= error)
            {
                high = probe;
                break;
            }

            low = probe;
        }

        while (high - low > Resolution)
        {
            var middle = (low + high) / 2;
            if (region.Largest(middle) <= error) high = middle;
            else low = middle;
        }

        return high;
    }

    /// <summary>Whether the bound is no higher than <paramref name="rise"/>: a tenth of the work of finding it, and the same answer but for the 2e-4 to which it is found.</summary>
    /// <param name="rise">In (−1, 1).</param>
    public static bool Excludes(int candidateFailures, int candidateRuns, int baselineFailures, int baselineRuns, double rise, double error)
    {
        ThrowIfNoError(error);
        return candidateRuns > 0 && baselineRuns > 0
            && new Region(candidateFailures, candidateRuns, baselineFailures, baselineRuns, error).Largest(rise) <= error;
    }

    internal static (EffectiveRuns Candidate, EffectiveRuns Baseline) Sides(IReadOnlyList<SampleCounts> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var compared = counts.Where(c => c.Comparable).ToList();
        compared.ForEach(c => c.ThrowIfImpossible());
        return (EffectiveRuns.OfCandidate(compared, roundsFailuresUp: true), EffectiveRuns.OfBaseline(compared, roundsFailuresUp: false));
    }

    private static void ThrowIfNoError(double error)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(error);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(error, 1);
    }

    /// <summary>The outcomes ordered no higher than the one seen: for each y of the m baseline runs that failed, up to some x of the n candidate runs.</summary>
    private sealed class Region
    {
        private readonly int n;
        private readonly int m;
        private readonly double z;

        // 0 where it is not known yet: of a million samples only those near a grid rate are asked for.
        private readonly int[] edgePlus2;

        public Region(int x, int n, int y, int m, double error)
        {
            (this.n, this.m) = (n, m);
            z = Normal.InvCDF(0, 1, 1 - error);
            Score = Of(x, y, Down(y));
            edgePlus2 = new int[m + 1];
        }

        /// <summary>Of the outcome seen.</summary>
        public double Score { get; }

        /// <summary>The region's largest probability over the baseline's rate.</summary>
        public double Largest(double rise)
        {
            var largest = 0.0;
            double from = Math.Asin(Math.Sqrt(Math.Max(0, -rise))), to = Math.Asin(Math.Sqrt(Math.Min(1, 1 - rise)));
            for (var i = 0; i <= GridPoints; i++)
            {
                var sine = Math.Sin(from + ((to - from) * i / GridPoints));
                var rate = sine * sine;
                largest = Math.Max(largest, Probability(Math.Clamp(rate + rise, 0, 1), rate));
            }

            return largest;
        }

        private double Probability(double candidateRate, double baselineRate)
        {
            // Nine standard deviations to either side hold all but 1e-18.
            var (firstY, baseline) = Window(m, baselineRate);
            var (firstX, candidate) = Window(n, candidateRate);
            double probability = 0, cumulative = 0;
            var x = firstX - 1;
            for (var i = 0; i < baseline.Length; i++)
            {
                var edge = Edge(firstY + i);
                for (; x < edge && x + 1 - firstX < candidate.Length; x++) cumulative += candidate[x + 1 - firstX];
                if (edge >= firstX) probability += baseline[i] * cumulative;
            }

            return probability;
        }

        /// <returns>The largest x whose score is no higher than the one seen; −1 where there is none. It grows with y.</returns>
        private int Edge(int y)
        {
            if (edgePlus2[y] != 0) return edgePlus2[y] - 2;
            var down = Down(y);
            var x = -1;
            if (y > 0 && edgePlus2[y - 1] != 0)
            {
                for (x = edgePlus2[y - 1] - 2; x < n && IsIn(x + 1);) x++;
            }
            else
            {
                for (var beyond = n + 1; beyond - x > 1;)
                {
                    var middle = (x + beyond) / 2;
                    if (IsIn(middle)) x = middle;
                    else beyond = middle;
                }
            }

            edgePlus2[y] = x + 2;
            return x;

            bool IsIn(int candidate) => Of(candidate, y, down) <= Score + 1e-12;
        }

        // Newcombe's method 10: the score intervals of both rates, their half-widths towards each other added as squares.
        private double Of(int x, int y, double down)
        {
            var p = (double)x / n;
            var up = RateInterval.Wilson(x, n, z, p).High - p;
            return p - ((double)y / m) + Math.Sqrt((up * up) + (down * down));
        }

        private double Down(int y)
        {
            var q = (double)y / m;
            return q - RateInterval.Wilson(y, m, z, q).Low;
        }
    }

    private static (int First, double[] Mass) Window(int runs, double rate)
    {
        if (rate <= 0) return (0, [1.0]);
        if (rate >= 1) return (runs, [1.0]);
        var spread = (9 * Math.Sqrt(runs * rate * (1 - rate))) + 20;
        var first = (int)Math.Max(0, Math.Floor((runs * rate) - spread));
        var last = (int)Math.Min(runs, Math.Ceiling((runs * rate) + spread));
        var mass = new double[last - first + 1];
        var mode = Math.Clamp((int)((runs + 1) * rate), first, last);
        mass[mode - first] = Math.Exp(
            SpecialFunctions.BinomialLn(runs, mode) + (mode * Math.Log(rate)) + ((runs - mode) * Math.Log(1 - rate)));
        var odds = rate / (1 - rate);
        for (var k = mode + 1; k <= last; k++) mass[k - first] = mass[k - 1 - first] * odds * (runs - k + 1) / k;
        for (var k = mode - 1; k >= first; k--) mass[k - first] = mass[k + 1 - first] * (k + 1) / (odds * (runs - k));
        return (first, mass);
    }
}
