namespace Kintsugi.Evaluation.Alarms;

/// <summary>Sums over the hours of one signature, from which one hour can be taken out again. An hour of factor f expects f times the mean.</summary>
internal readonly record struct CountSums(int Hours, double Counts, double SquaredCounts, double CountsByFactor, double Factors, double SquaredFactors)
{
    public static CountSums Of(IEnumerable<(int Count, double Factor)> hours) => hours.Aggregate(default(CountSums), (sums, h) => sums.Add(h.Count, h.Factor, 1));

    public CountSums Without(int count, double factor) => Add(count, factor, -1);

    /// <summary>The variance beyond Poisson's per hour of factor 1, and the squared mean; their ratio is the dispersion of the rate. Zero for fewer than two hours.</summary>
    public (double Excess, double Squares) Excess()
    {
        if (Hours < 2) return (0, 0);
        var mean = Counts / Factors;
        var residuals = SquaredCounts - (2 * mean * CountsByFactor) + (mean * mean * SquaredFactors);
        return (((residuals * Hours / (Hours - 1)) - Counts) / SquaredFactors, mean * mean);
    }

    private CountSums Add(double count, double factor, int times) => new(
        Hours + times, Counts + (times * count), SquaredCounts + (times * count * count), CountsByFactor + (times * count * factor),
        Factors + (times * factor), SquaredFactors + (times * factor * factor));
}
