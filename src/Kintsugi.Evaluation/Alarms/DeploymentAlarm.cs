namespace Kintsugi.Evaluation.Alarms;

/// <summary>A signature that occurs more often than in the hours before the deployment.</summary>
/// <param name="Signature">A hash, or <see cref="HourCounts.Novel"/>.</param>
/// <param name="Usual">Mean errors an hour in the reference hours.</param>
/// <param name="PValue">Adjusted for the number of signatures.</param>
public sealed record SuspectSignature(string Signature, int Errors, double Usual, double PValue);

/// <param name="PValue">In (0, 1]: small shows that some signature has risen. 1 / (1 + references) is the smallest there is.</param>
/// <param name="References">Matched hours that were compared with; 49 are a week.</param>
/// <param name="Suspects">The most suspicious first; empty without an alarm.</param>
/// <param name="NovelSignatures">Those of the judged hour that no other hour has, sorted; they count together as <see cref="HourCounts.Novel"/>.</param>
public sealed record DeploymentVerdict(
    bool Alarm, double PValue, int References, IReadOnlyList<SuspectSignature> Suspects, IReadOnlyList<string> NovelSignatures);

/// <summary>Whether an hour after a deployment has more errors of some kind than the hours of the week before it: the max statistic over matched hours.</summary>
/// <remarks>
/// <para>Reference hours are those of the history whose time of day is within three hours. Each hour, the judged one and the references alike, gets for
/// each signature the surprise −ln P(X ≥ count) of its count under a negative binomial fitted to the *other* hours, whose mean follows the day (the
/// total of all signatures at that time, again of other hours), and its statistic W is the largest of them. The p-value is the rank of the judged hour's W:
/// (1 + #{references with W ≥ its W}) / (1 + references). The negative binomial only chooses what is looked at; the guarantee does not rest on it.</para>
/// <para>Guarantee: if the hours are exchangeable but for a day that they share, P(alarm) ≤ alpha over all signatures together, however they depend on each other
/// and however over-dispersed they are; exactly for a day that is known, and it is estimated, from about 35 hours a time of day. Adjusted p-values per
/// signature are Westfall and Young's single step (1993, Resampling-Based Multiple Testing), valid for each signature where the others' rise does not
/// touch it. Not guaranteed: after an outage longer than an hour, under a trend
/// or a jump of the traffic, or where a weekend is judged by weekdays: these break the exchangeability.</para>
/// </remarks>
public static class DeploymentAlarm
{
    /// <param name="history">Hours before the deployment, whole days of them, all of the old version. More days make finer p-values.</param>
    /// <param name="current">One hour after it.</param>
    /// <param name="alpha">In (0, 1): false alarms a deployment. Below 1 / (1 + references) there is never an alarm.</param>
    public static DeploymentVerdict Judge(IReadOnlyList<HourCounts> history, HourCounts current, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(current);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        var references = history.Where(h => h.Matches(current.TimeOfDay)).ToList();
        if (references.Count == 0) return new DeploymentVerdict(false, 1, 0, [], Novel(history, current));

        List<HourCounts> hours = [.. references, current];
        var table = ErrorTable.Of(hours, history.Where(h => !h.Matches(current.TimeOfDay)));
        var day = new DayProfile([.. history, current]);
        var (largest, ofCurrent) = Surprises(table, Relative(hours.ConvertAll(h => day.At(h.TimeOfDay, without: h))));
        var pValue = Rank(largest, ofCurrent.Max());
        var alarm = pValue <= alpha;
        return new DeploymentVerdict(alarm, pValue, references.Count, alarm ? Suspects(table, largest, ofCurrent, alpha) : [], Novel(history, current));
    }

    private static double[] Relative(List<double> expected)
    {
        var mean = expected.Average();
        return [.. expected.Select(e => e / mean)];
    }

    // The largest surprise of each hour, the judged one last, and the judged hour's surprise for each signature.
    private static (double[] Largest, double[] OfCurrent) Surprises(ErrorTable table, double[] factors)
    {
        var largest = new double[factors.Length];
        var ofCurrent = new double[table.Rows.Count];
        var sums = table.Rows.Select(row => CountSums.Of(row.Zip(factors))).ToList();
        var pooled = NegativeBinomial.DispersionOfOthers(sums);
        for (var row = 0; row < table.Rows.Count; row++)
        {
            // What is novel comes of many signatures, whose noise averages out: only its own hours say how much is left.
            if (table.Signatures[row] == HourCounts.Novel) pooled[row] = 0;
            for (var hour = 0; hour < factors.Length; hour++)
            {
                var count = table.Rows[row][hour];
                if (count == 0) continue;
                var usual = NegativeBinomial.Fit(sums[row].Without(count, factors[hour]), pooled[row]);
                var surprise = (usual with { Mean = usual.Mean * factors[hour] }).Surprise(count);
                largest[hour] = Math.Max(largest[hour], surprise);
                if (hour == factors.Length - 1) ofCurrent[row] = surprise;
            }
        }

        return (largest, ofCurrent);
    }

    // Equal surprises differ in their last digits where sums were taken in another order: they must count as equal, or the rank is too good.
    private static double Rank(double[] largest, double surprise) =>
        (1.0 + largest.Take(largest.Length - 1).Count(w => w >= surprise - 1e-9)) / largest.Length;

    private static List<SuspectSignature> Suspects(ErrorTable table, double[] largest, double[] ofCurrent, double alpha) =>
        [.. from row in Enumerable.Range(0, table.Rows.Count)
            let pValue = Rank(largest, ofCurrent[row])
            where pValue <= alpha
            orderby ofCurrent[row] descending
            select new SuspectSignature(table.Signatures[row], table.Rows[row][^1], table.Rows[row].Take(largest.Length - 1).Average(), pValue)];

    private static List<string> Novel(IReadOnlyList<HourCounts> history, HourCounts current) =>
        [.. current.Errors.Where(error => error.Value > 0 && history.All(h => h.Of(error.Key) == 0)).Select(error => error.Key).Order(StringComparer.Ordinal)];
}
