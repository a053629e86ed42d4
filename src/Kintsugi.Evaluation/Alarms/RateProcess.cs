namespace Kintsugi.Evaluation.Alarms;

/// <summary>The evidence, hour by hour since a deployment, that some signature's rate has risen: may be looked at whenever, for as long as one likes.</summary>
/// <remarks>
/// <para>For each signature and each rate ratio ρ of 1.5, 2, 3, 5, 10 the likelihood ratio of the counts so far, negative binomial at ρ times the usual rate
/// against the usual rate; the e-value is the mean over ratios and signatures. An average of e-values is one, whatever the dependence
/// (Vovk and Wang 2021, Ann. Stat. 49, 1736–1754). The usual rate of an hour is the mean of the matched hours of the history, carried over by the day's
/// profile, plus one standard error; its dispersion the larger of what its own hours and the other signatures' show.</para>
/// <para>Guarantee (Ville 1939): P(the e-value ever reaches 1/alpha) ≤ alpha, if given the past each hour's count is a Poisson mixture of at most the usual mean and
/// of no more dispersion (in the convex order) than the usual gamma: the ratio is increasing and convex in the count, so lower and steadier rates only lower it.
/// A ratio that is cut at some height is lower still, and keeps the guarantee: then no single hour, an outage of the world, decides.
/// Unlike <see cref="DeploymentAlarm"/> it rests on that model and on its estimate: outages that the history did not have break it. It starts anew with each deployment.</para>
/// </remarks>
public sealed class RateProcess
{
    private static readonly double[] Ratios = [1.5, 2, 3, 5, 10];

    // [of the day's 24 hours][signature]
    private readonly IReadOnlyList<NegativeBinomial[]> _usual;
    private readonly string[] _signatures;
    private readonly double[][] _logs; // [signature][ratio]
    private readonly double _mostOfAnHour; // logarithm

    private RateProcess(IReadOnlyList<NegativeBinomial[]> usual, string[] signatures, double[][] logs, double mostOfAnHour) =>
        (_usual, _signatures, _logs, _mostOfAnHour) = (usual, signatures, logs, mostOfAnHour);

    /// <summary>At least 0, on average at most 1 while nothing rises; an alarm at or above 1/alpha.</summary>
    public double EValue => _logs.Average(Mean);

    /// <summary>The signatures by the evidence of each alone, strongest first: e-values of their own.</summary>
    public IReadOnlyList<(string Signature, double EValue)> BySignature =>
        [.. _signatures.Zip(_logs, (signature, logs) => (signature, EValue: Mean(logs))).OrderByDescending(s => s.EValue).ThenBy(s => s.signature, StringComparer.Ordinal)];

    /// <param name="history">Hours before the deployment, whole days of them, at least one.</param>
    /// <param name="mostOfAnHour">Above 1: what one hour multiplies the evidence by at most.</param>
    /// <exception cref="ArgumentException">Some hour of the day has no matched hour in the history.</exception>
    public static RateProcess Start(IReadOnlyList<HourCounts> history, double mostOfAnHour = double.PositiveInfinity)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(mostOfAnHour, 1);
        var table = ErrorTable.Of(history, []);
        FillNovel(table, history);
        var day = new DayProfile(history);
        List<NegativeBinomial[]> usual = [];
        for (var hour = 0; hour < 24; hour++)
        {
            var columns = Enumerable.Range(0, history.Count).Where(column => history[column].Matches(hour)).ToList();
            if (columns.Count == 0) throw new ArgumentException($"The history has no hour near {hour}:00 UTC. Give whole days.", nameof(history));
            var factors = columns.ConvertAll(column => day.At(history[column].TimeOfDay) / day.At(hour)); // the hour to come has factor 1
            var sums = table.Rows.Select(row => CountSums.Of(columns.Select((column, i) => (row[column], factors[i])))).ToList();
            var pooled = NegativeBinomial.DispersionOfOthers(sums);
            usual.Add([.. sums.Select((s, i) => Usual(s, pooled[i]))]);
        }

        return new RateProcess(usual, [.. table.Signatures], [.. table.Rows.Select(_ => new double[Ratios.Length])], Math.Log(mostOfAnHour));
    }

    /// <summary>The evidence after one hour more. Signatures that at most one hour of the history has count together as <see cref="HourCounts.Novel"/>.</summary>
    public RateProcess After(HourCounts hour)
    {
        ArgumentNullException.ThrowIfNull(hour);
        var usual = _usual[hour.TimeOfDay];
        var rows = Enumerable.Range(0, _signatures.Length).ToDictionary(row => _signatures[row], StringComparer.Ordinal);
        var counts = new int[_signatures.Length];
        foreach (var (signature, count) in hour.Errors)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            counts[rows.GetValueOrDefault(signature, rows[HourCounts.Novel])] += count;
        }

        return new RateProcess(_usual, _signatures,
            [.. _logs.Select((logs, row) => logs.Select((log, i) => log + Math.Min(usual[row].LogRatio(counts[row], Ratios[i]), _mostOfAnHour)).ToArray())], _mostOfAnHour);
    }

    // An hour to come counts as novel what at most one hour of the history has. For an hour of the history that is what at most one *other* hour has.
    private static void FillNovel(ErrorTable table, IReadOnlyList<HourCounts> history)
    {
        var occurs = ErrorTable.HoursOf(history);
        var novel = table.Rows[table.Signatures.ToList().IndexOf(HourCounts.Novel)];
        for (var hour = 0; hour < novel.Length; hour++) novel[hour] = history[hour].Errors.Where(e => e.Value > 0 && occurs[e.Key] <= 2).Sum(e => e.Value);
    }

    private static NegativeBinomial Usual(CountSums sums, double pooled)
    {
        var fit = NegativeBinomial.Fit(sums, pooled);
        return fit with { Mean = fit.Mean + Math.Sqrt((fit.Mean + (fit.Dispersion * fit.Mean * fit.Mean)) / sums.Hours) };
    }

    private static double Mean(double[] logs) => logs.Average(Math.Exp);
}
