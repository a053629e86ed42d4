namespace Kintsugi.Evaluation.Alarms;

/// <summary>Counts of errors, one row a signature and one column an hour, in which signatures of a single hour are pooled into one row.</summary>
/// <remarks>The pooling treats all hours alike, so hours that were exchangeable before it are so after it; and it bounds what a flood of
/// messages that never repeat can do: it is one row.</remarks>
internal sealed record ErrorTable(IReadOnlyList<string> Signatures, IReadOnlyList<int[]> Rows)
{
    /// <param name="hours">The columns.</param>
    /// <param name="others">Hours that are not compared, in which a signature may be known from.</param>
    public static ErrorTable Of(IReadOnlyList<HourCounts> hours, IEnumerable<HourCounts> others)
    {
        var occurs = HoursOf(hours.Concat(others));
        var rows = new SortedDictionary<string, int[]>(StringComparer.Ordinal) { [HourCounts.Novel] = new int[hours.Count] };
        for (var column = 0; column < hours.Count; column++)
        {
            foreach (var (signature, count) in hours[column].Errors)
            {
                if (count == 0) continue;
                var name = occurs[signature] == 1 ? HourCounts.Novel : signature;
                if (!rows.TryGetValue(name, out var row)) rows[name] = row = new int[hours.Count];
                row[column] += count;
            }
        }

        return new ErrorTable([.. rows.Keys], [.. rows.Values]);
    }

    /// <summary>In how many of the hours each signature occurs.</summary>
    public static Dictionary<string, int> HoursOf(IEnumerable<HourCounts> hours)
    {
        var occurs = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (signature, count) in hours.SelectMany(h => h.Errors))
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            if (count > 0) occurs[signature] = occurs.GetValueOrDefault(signature) + 1;
        }

        return occurs;
    }
}
