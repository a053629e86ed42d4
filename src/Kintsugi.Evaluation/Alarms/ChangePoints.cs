using MathNet.Numerics.Statistics;

namespace Kintsugi.Evaluation.Alarms;

/// <summary>A place in a series after which its values come from another distribution.</summary>
/// <param name="Index">Of the first value after the change.</param>
/// <param name="Before">Median of the stretch before it, back to the change before or the beginning; in the unit of the series.</param>
/// <param name="After">Median of the stretch after it.</param>
/// <param name="PValue">Of this change within the stretch in which it was found.</param>
public sealed record ChangePoint(int Index, double Before, double After, double PValue);

/// <summary>Slow changes of a series: latency, cost, a score, one value an hour or a day.</summary>
/// <remarks>
/// <para>E-divisive (Matteson and James 2014, J. Am. Stat. Assoc. 109, 334–345): the series is cut where the energy distance between both sides, weighted by
/// mn/(m + n), is largest; the cut stands if that is more than all but alpha of the values that permutations of the stretch give; then both sides likewise.
/// Changes of spread and of form count too, not only of the level. Variants that judge the best cut by a t-test are faster, but a t-test does not know that
/// the cut was chosen; permutations do.</para>
/// <para>Guarantee: in a series of exchangeable values (independent and alike) P(any change point) ≤ alpha exactly. Neighbouring values that resemble each other,
/// such as hours of one day, break it: give values far enough apart, or differences from the same hour of the week before. A change is seen only
/// after several values: this is for trends, not for the hour after a deployment.</para>
/// </remarks>
public static class ChangePoints
{
    /// <summary>Values needed on either side of a change.</summary>
    public const int ShortestStretch = 5;

    /// <summary>The longest series; average longer ones first. The work is quadratic.</summary>
    public const int LongestSeries = 1000;

    private const int Permutations = 199;

    /// <param name="series">Finite values in the order of time, at most 1,000.</param>
    /// <param name="random">Seeded by the caller, so that a finding can be repeated.</param>
    /// <returns>In the order of time; empty for fewer than ten values.</returns>
    /// <exception cref="ArgumentException">The series is too long, or a value is not finite.</exception>
    public static IReadOnlyList<ChangePoint> Find(IReadOnlyList<double> series, double alpha, Random random)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        if (series.Count > LongestSeries) throw new ArgumentException($"The series has {series.Count} values; at most {LongestSeries} are compared. Average it over longer times first.", nameof(series));
        if (!series.All(double.IsFinite)) throw new ArgumentException("A value of the series is not finite.", nameof(series));

        var cuts = new SortedDictionary<int, double>();
        var stretches = new Stack<(int From, int To)>([(0, series.Count)]);
        while (stretches.TryPop(out var stretch))
        {
            double[] values = [.. series.Skip(stretch.From).Take(stretch.To - stretch.From)];
            if (BestCut(values) is not { } best || PValue(values, best.Distance, alpha, random) is not { } pValue) continue;
            cuts[stretch.From + best.At] = pValue;
            stretches.Push((stretch.From, stretch.From + best.At));
            stretches.Push((stretch.From + best.At, stretch.To));
        }

        int[] ends = [0, .. cuts.Keys, series.Count];
        return [.. cuts.Select((cut, i) => new ChangePoint(cut.Key, Median(ends[i], cut.Key), Median(cut.Key, ends[i + 2]), cut.Value))];

        double Median(int from, int to) => series.Skip(from).Take(to - from).Median();
    }

    /// <summary>Where the two sides are farthest apart, and how far: mn/(m + n) · (2·mean|x − y| − mean|x − x′| − mean|y − y′|).</summary>
    internal static (int At, double Distance)? BestCut(double[] values)
    {
        var n = values.Length;
        if (n < 2 * ShortestStretch) return null;

        // toLeft[i]: distances of value i to those before it; toRight[i]: to those after it. Moving a value over the cut moves these between the three sums.
        var toLeft = new double[n];
        var toRight = new double[n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var distance = Math.Abs(values[i] - values[j]);
                toLeft[i] += distance;
                toRight[j] += distance;
            }
        }

        double left = 0, right = toLeft.Sum(), between = 0;
        (int At, double Distance)? best = null;
        for (var cut = 1; cut <= n - ShortestStretch; cut++)
        {
            left += toLeft[cut - 1];
            right -= toRight[cut - 1];
            between += toRight[cut - 1] - toLeft[cut - 1];
            if (cut < ShortestStretch) continue;
            double m = cut, rest = n - cut;
            var distance = m * rest / n * ((2 * between / (m * rest)) - (2 * left / (m * (m - 1))) - (2 * right / (rest * (rest - 1))));
            if (best is null || distance > best.Value.Distance) best = (cut, distance);
        }

        return best;
    }

    // Null as soon as enough permutations are as far apart that the p-value must exceed alpha.
    private static double? PValue(double[] values, double distance, double alpha, Random random)
    {
        var most = Math.Floor((alpha * (Permutations + 1)) + 1e-9) - 1;
        var shuffled = values.ToArray();
        var asFar = 0;
        for (var i = 0; i < Permutations && asFar <= most; i++)
        {
            random.Shuffle(shuffled);
            // Sums in another order differ in their last digits; ties must count.
            if (BestCut(shuffled)!.Value.Distance >= distance - (1e-9 * Math.Abs(distance))) asFar++;
        }

        return asFar > most ? null : (1.0 + asFar) / (Permutations + 1);
    }
}
