using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>An upper confidence bound of the absolute rise of the failure rate, candidate minus baseline, on these samples.</summary>
/// <remarks>
/// <para>Construction: outcomes (x of N candidate runs, y of M baseline runs failed) are ordered by Newcombe's hybrid score bound (1998, Stat. Med. 17,
/// 873–890, method 10), and the bound is the largest rise δ at which an outcome that is ordered no higher than the observed one still has probability above β
/// for *some* baseline rate: an exact unconditional inversion (Chan and Zhang 1999, Biometrics 55, 1202–1209), so the cover is at least 1 − β
/// whatever the baseline rate. The supremum is taken on a grid of the rate, even on the arcsine scale.</para>
/// <para>Each sample weighs the same. Runs within unlike samples total with less variance than the binomial of the mean rate (Hoeffding 1956),
/// so the cover is higher still. Where samples have unequal runs, N = n²/Σ(1/mᵢ), rounded down, and failures are rounded against the candidate.</para>
/// </remarks>
public static class RiseBound
{
    private const int GridPoints = 32;
    private const double Resolution = 2e-4;

    /// <returns>In [−1, 1]; 1 when no sample is comparable.</returns>
    public static double Upper(IReadOnlyList<SampleCounts> counts, double error)
    {
        ArgumentNullException.ThrowIfNull(counts);
        double candidateRate = 0, baselineRate = 0, candidateInverse = 0, baselineInverse = 0;
        var n = 0;
        foreach (var c in counts.Where(c => c.Comparable))
        {
            c.ThrowIfImpossible();
            n++;
            candidateRate += c.CandidateRate;
            baselineRate += c.BaselineRate;
            candidateInverse += 1.0 / c.CandidateRuns;
            baselineInverse += 1.0 / c.BaselineRuns;
        }

        if (n == 0) return 1;
        var candidateRuns = Runs(n, candidateInverse);
        var baselineRuns = Runs(n, baselineInverse);
        return Upper(
            Math.Min(candidateRuns, (int)Math.Ceiling((candidateRate / n * candidateRuns) - 1e-6)), candidateRuns,
            (int)Math.Floor((baselineRate / n * baselineRuns) + 1e-6), baselineRuns, error);

        static int Runs(int n, double inverse) => (int)Math.Floor(((double)n * n / inverse) + 1e-6);
    }

    /// <summary>The bound from totals, as if all runs of a side were of one sample.</summary>
    public static double Upper(int candidateFailures, int candidateRuns, int baselineFailures, int baselineRuns, double error)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(error);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(error, 1);
        if (candidateRuns == 0 || baselineRuns == 0) return 1;
        var z = Normal.InvCDF(0, 1, 1 - error);
        var seen = Score(candidateFailures, candidateRuns, baselineFailures, baselineRuns, z);
        var edge = Edge(seen, candidateRuns, baselineRuns, z);

        // The probability of the region falls as the rise grows; start from the score bound, which is close, and close in from both sides.
        double low = Math.Max(-1, seen - 0.02), high = 1;
        if (Largest(edge, candidateRuns, baselineRuns, low) <= error) low = -1;
        for (var step = 0.01; ; step *= 2)
        {
            var probe = Math.Clamp(seen + step, -1, 1);
            if (probe >= 1) break;
            if (Largest(edge, candidateRuns, baselineRuns, probe) <= error)
            {
                high = probe;
                break;
            }

            low = probe;
        }

        while (high - low > Resolution)
        {
            var middle = (low + high) / 2;
            if (Largest(edge, candidateRuns, baselineRuns, middle) <= error) high = middle;
            else low = middle;
        }

        return high;
    }

    private static double Score(int x, int n, int y, int m, double z)
    {
        double p = (double)x / n, q = (double)y / m;
        var up = RateInterval.Wilson(x, n, z, p).High - p;
        var down = q - RateInterval.Wilson(y, m, z, q).Low;
        return p - q + Math.Sqrt((up * up) + (down * down));
    }

    // For each y the largest x whose score is no higher than the one seen; −1 where there is none. It grows with y.
    private static int[] Edge(double seen, int n, int m, double z)
    {
        var edge = new int[m + 1];
        var x = -1;
        for (var y = 0; y <= m; y++)
        {
            while (x < n && Score(x + 1, n, y, m, z) <= seen + 1e-12) x++;
            edge[y] = x;
        }

        return edge;
    }

    private static double Largest(int[] edge, int n, int m, double rise)
    {
        var largest = 0.0;
        double from = Math.Asin(Math.Sqrt(Math.Max(0, -rise))), to = Math.Asin(Math.Sqrt(Math.Min(1, 1 - rise)));
        for (var i = 0; i <= GridPoints; i++)
        {
            var sine = Math.Sin(from + ((to - from) * i / GridPoints));
            var rate = sine * sine;
            largest = Math.Max(largest, Probability(edge, n, m, Math.Clamp(rate + rise, 0, 1), rate));
        }

        return largest;
    }

    private static double Probability(int[] edge, int n, int m, double candidateRate, double baselineRate)
    {
        // Nine standard deviations to either side hold all but 1e-18.
        var (firstY, baseline) = Window(m, baselineRate);
        var (firstX, candidate) = Window(n, candidateRate);
        double probability = 0, cumulative = 0;
        var x = firstX - 1;
        for (var i = 0; i < baseline.Length; i++)
        {
            for (; x < edge[firstY + i] && x + 1 - firstX < candidate.Length; x++) cumulative += candidate[x + 1 - firstX];
            if (edge[firstY + i] >= firstX) probability += baseline[i] * cumulative;
        }

        return probability;
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
