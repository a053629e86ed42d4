using MathNet.Numerics;

namespace Kintsugi.Evaluation.Alarms;

/// <summary>Counts of an hour whose rate itself varies from hour to hour: Poisson with a gamma distributed rate.</summary>
/// <param name="Mean">Errors an hour, above 0.</param>
/// <param name="Dispersion">The squared coefficient of variation of the rate, above 0: the variance is mean + dispersion · mean².</param>
internal readonly record struct NegativeBinomial(double Mean, double Dispersion)
{
    /// <summary>Hardly more than Poisson, and hardly less than a rate that is nearly always 0.</summary>
    private const double Least = 0.02, Most = 5;

    /// <summary>By moments, for an hour of factor 1; half an error is added, so that no mean is 0.</summary>
    /// <param name="pooled">What the other signatures show: the larger of both is taken, as a moment of few counts is often too small by far.</param>
    public static NegativeBinomial Fit(CountSums sums, double pooled)
    {
        var (excess, squares) = sums.Excess();
        return new NegativeBinomial((sums.Counts + 0.5) / sums.Factors, Bounded(excess, squares, pooled));
    }

    /// <summary>For each signature the dispersion that the others show together: Σ excess variance / Σ squared mean.</summary>
    public static double[] DispersionOfOthers(IReadOnlyList<CountSums> signatures)
    {
        var moments = signatures.Select(s => s.Excess()).ToList();
        double allExcess = moments.Sum(m => m.Excess), allSquares = moments.Sum(m => m.Squares);
        return [.. moments.Select(m => Bounded(allExcess - m.Excess, allSquares - m.Squares, Least))];
    }

    private static double Bounded(double excess, double squares, double atLeast) =>
        Math.Clamp(squares <= 1e-9 ? atLeast : Math.Max(atLeast, excess / squares), Least, Most);

    /// <returns>−ln P(X ≥ <paramref name="count"/>), in [0, 745]: where the probability is less than any double, as if it were the smallest.</returns>
    public double Surprise(int count)
    {
        if (count <= 0) return 0;
        var size = 1 / Dispersion;
        return -Math.Log(Math.Clamp(SpecialFunctions.BetaRegularized(count, size, Mean / (Mean + size)), double.Epsilon, 1));
    }

    /// <returns>ln of P(count) at <paramref name="ratio"/> times the mean, over P(count) at the mean.</returns>
    public double LogRatio(int count, double ratio)
    {
        var size = 1 / Dispersion;
        return (count * Math.Log(ratio)) + ((count + size) * Math.Log((size + Mean) / (size + (ratio * Mean))));
    }
}
