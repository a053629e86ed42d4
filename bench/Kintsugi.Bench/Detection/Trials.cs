using System.Globalization;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Bench.Detection;

/// <summary>Seeded trials in two halves, each with its own random numbers, on two cores: the same figures on every machine.</summary>
internal static class Trials
{
    private const int Parts = 2;

    /// <param name="part">Does so many trials and adds what it counts to the figures.</param>
    public static double[] Sum(int trials, int seed, int figures, Action<int, Random, double[]> part)
    {
        var sums = new double[Parts][];
        Parallel.For(0, Parts, i =>
        {
            sums[i] = new double[figures];
            part((trials + i) / Parts, new Random((Parts * seed) + i), sums[i]);
        });
        return [.. Enumerable.Range(0, figures).Select(f => sums.Sum(s => s[f]))];
    }

    /// <summary>Percent, with one standard error in brackets.</summary>
    public static string Percent(double count, double of)
    {
        var share = count / of;
        return string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} ({100 * Math.Sqrt(share * (1 - share) / of):0.00})");
    }

    /// <summary>Upper end of the 95 % interval, in percent.</summary>
    public static double UpperPercent(double count, double of) => 100 * RateInterval.ClopperPearson((int)count, (int)of, 0.05).High;
}
