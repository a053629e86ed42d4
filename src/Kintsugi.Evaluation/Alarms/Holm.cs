namespace Kintsugi.Evaluation.Alarms;

/// <summary>P-values adjusted so that among all of them a false one at most alpha appears with probability at most alpha, whatever their dependence
/// (Holm 1979, Scand. J. Stat. 6, 65–70).</summary>
internal static class Holm
{
    /// <returns>In the order given, each at least as large as before and at most 1.</returns>
    public static double[] Adjust(IReadOnlyList<double> pValues)
    {
        var adjusted = new double[pValues.Count];
        var largest = 0.0;
        foreach (var (i, rank) in Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i]).Select((i, rank) => (i, rank)))
            adjusted[i] = largest = Math.Max(largest, Math.Min(1, (pValues.Count - rank) * pValues[i]));
        return adjusted;
    }
}
