namespace Kintsugi.Evaluation.Alarms;

/// <summary>Counts of an hour whose rate itself varies from hour to hour: Poisson with a gamma distributed rate.</summary>
/// <param name="Mean">Errors an hour, above 0.</param>
/// <param name="Dispersion">The squared coefficient of variation of the rate, above 0: the variance is mean + dispersion · mean².</param>
internal readonly record struct NegativeBinomial(double Mean, double Dispersion)
{
    /// <summary>Hardly more than Poisson, and hardly less than a rate that is nearly always 0.</summary>
    private const double Least = 0.02, Most = 5;

    /// <summary>By moments from counts of other hours; half an error is added, so that no mean is 0.</summary>
    /// <param name="pooled">What the other signatures show: the larger of both is taken, as a moment of few counts is often too small by far.</param>
    public static NegativeBinomial Fit(double sum, double sumOfSquares, int hours, double pooled)
    {
        var mean = sum / hours;
        var own = mean > 0 && hours > 1 ? (((sumOfSquares - (sum * mean)) / (hours - 1)) - mean) / (mean * mean) : 0;
        return new NegativeBinomial((sum + 0.5) / hours, Math.Clamp(Math.Max(own, pooled), Least, Most));
    }

    /// <summary>For each row the dispersion that the other rows show together: Σ(variance − mean) / Σ mean².</summary>
    public static double[] DispersionOfOthers(IReadOnlyList<int[]> rows)
    {
        var excess = new double[rows.Count];
        var squares = new double[rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            double n = rows[row].Length, sum = 0, sumOfSquares = 0;
            foreach (double x in rows[row]) (sum, sumOfSquares) = (sum + x, sumOfSquares + (x * x));
            squares[row] = sum / n * (sum / n);
            excess[row] = n > 1 ? ((sumOfSquares - (sum * sum / n)) / (n - 1)) - (sum / n) : 0;
        }

        double allExcess = excess.Sum(), allSquares = squares.Sum();
        return [.. excess.Zip(squares, (e, s) => allSquares - s <= 1e-9 ? Least : Math.Clamp((allExcess - e) / (allSquares - s), Least, Most))];
    }

    /// <returns>−ln P(X ≥ <paramref name="count"/>), at least 0.</returns>
    public double Surprise(int count)
    {
        if (count <= 0) return 0;
        double size = 1 / Dispersion, share = Mean / (Mean + size), below = 0;
        var mass = Math.Exp(-size * Math.Log(1 + (Mean / size)));
        var k = 0;
        for (; k < count && below < 1 - 1e-6; k++)
        {
            below += mass;
            mass *= share * (k + size) / (k + 1);
        }

        if (k == count && below < 1 - 1e-6) return -Math.Log(1 - below);

        // Far out the tail is summed from its own first term; the terms fall at least as fast as a geometric series, which bounds the rest.
        var log = LogMass(count);
        double tail = 1, term = 1;
        for (k = count; term > 1e-12 * tail && k < count + 10_000; k++)
        {
            term *= share * (k + size) / (k + 1);
            tail += term;
        }

        return -(log + Math.Log(tail));
    }

    /// <returns>ln of P(count) at <paramref name="ratio"/> times the mean, over P(count) at the mean.</returns>
    public double LogRatio(int count, double ratio)
    {
        var size = 1 / Dispersion;
        return (count * Math.Log(ratio)) + ((count + size) * Math.Log((size + Mean) / (size + (ratio * Mean))));
    }

    private double LogMass(int count)
    {
        var size = 1 / Dispersion;
        return MathNet.Numerics.SpecialFunctions.GammaLn(count + size) - MathNet.Numerics.SpecialFunctions.GammaLn(size)
            - MathNet.Numerics.SpecialFunctions.FactorialLn(count) + (count * Math.Log(Mean / (Mean + size))) - (size * Math.Log(1 + (Mean / size)));
    }
}
