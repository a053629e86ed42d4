using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>Intervals of one rate from failures in runs. All results lie in [0, 1].</summary>
public static class RateInterval
{
    /// <summary>Clopper and Pearson (1934), Biometrika 26, 404–413: covers with at least 1 − <paramref name="error"/>, half of it a side.</summary>
    /// <remarks>For runs of unlike samples too: the total of unlike Bernoulli runs has lighter tails than the binomial of their mean
    /// (Hoeffding 1956, Ann. Math. Stat. 27, 713–721).</remarks>
    public static (double Low, double High) ClopperPearson(int count, int runs, double error) =>
        (Lower(count, runs, error / 2), Upper(count, runs, error / 2));

    /// <summary>One-sided upper Clopper–Pearson bound; 1 when every run counts or none was made.</summary>
    public static double Upper(int count, int runs, double error)
    {
        Check(count, runs, error);
        return count == runs ? 1 : Beta.InvCDF(count + 1, runs - count, 1 - error);
    }

    /// <summary>One-sided lower Clopper–Pearson bound; 0 when no run counts.</summary>
    public static double Lower(int count, int runs, double error)
    {
        Check(count, runs, error);
        return count == 0 ? 0 : Beta.InvCDF(count, runs - count + 1, error);
    }

    /// <summary>Wilson (1927), J. Am. Stat. Assoc. 22, 209–212: covers 1 − <paramref name="error"/> on average, for display.</summary>
    public static (double Low, double High) Wilson(int count, int runs, double error)
    {
        Check(count, runs, error);
        return runs == 0 ? (0, 1) : Wilson(count, runs, Normal.InvCDF(0, 1, 1 - (error / 2)), (double)count / runs);
    }

    internal static (double Low, double High) Wilson(int count, int runs, double z, double rate)
    {
        var centre = rate + (z * z / (2 * runs));
        var half = z * Math.Sqrt((rate * (1 - rate) / runs) + (z * z / (4.0 * runs * runs)));
        var scale = 1 + (z * z / runs);
        return (count == 0 ? 0 : Math.Max(0, (centre - half) / scale), count == runs ? 1 : Math.Min(1, (centre + half) / scale));
    }

    private static void Check(int count, int runs, double error)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, runs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(error);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(error, 1);
    }
}
