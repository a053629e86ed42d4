using System.Runtime.InteropServices;

namespace Kintsugi.Evaluation.Detection;

/// <summary>One part of the dataset held against the baseline by itself.</summary>
/// <param name="Tags">What marks it: several when they mark the same samples.</param>
/// <param name="Samples">That could be compared.</param>
/// <param name="BaselineRate">Pass rate, each sample weighing the same.</param>
/// <param name="PValue">Of a rise of the failure rate, by <see cref="ConditionalTest"/>.</param>
/// <param name="Level">What the p-value must not exceed to show a rise; 0 when so few failures could not have shown one however they fell.</param>
public sealed record SliceVerdict(IReadOnlyList<string> Tags, int Samples, double BaselineRate, double CandidateRate, double PValue, double Level)
{
    public string Name => string.Join(", ", Tags);

    public bool Rose => PValue <= Level;
}

/// <summary>Damage that the whole would hide: <see cref="ConditionalTest"/> on every slice, the error of all of them together bounded.</summary>
/// <remarks>
/// A slice whose failures in all are too few to show anything cannot raise a false alarm either, so it takes nothing from the others (Tarone 1990, Biometrics 46, 515–522). That is known
/// from the failures in all, which the test holds fixed, so that Holm's correction (1979, Scand. J. Stat. 6, 65–70) over those that remain keeps
/// P(any unchanged slice rose) ≤ share exactly, however the slices overlap.
/// </remarks>
public static class SliceTests
{
    /// <param name="share">Of alpha, for all slices.</param>
    /// <returns>Every slice that is a part of the samples and not all of them, by name.</returns>
    public static IReadOnlyList<SliceVerdict> Judge(IReadOnlyList<SampleCounts> counts, double share)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var compared = counts.Where(c => c.Comparable).ToList();
        var slices = Slices(compared);
        var cells = slices.ConvertAll(s => Cell.Count(s.Samples));
        var least = cells.ConvertAll(ConditionalTest.LeastPValueOfRise);
        var testable = Testable(least, share);
        var values = slices.Select((s, i) => ConditionalTest.PValueOfRise(cells[i], ConditionalTest.Observed(s.Samples))).ToList();
        var levels = Levels(values, least.ConvertAll(p => p <= share / testable), share);
        return [.. slices.Select((s, i) => new SliceVerdict(
            s.Tags, s.Samples.Count, 1 - s.Samples.Average(c => c.BaselineRate), 1 - s.Samples.Average(c => c.CandidateRate), values[i], levels[i]))];
    }

    /// <summary>The samples of every slice, by the slice's tags; slices of the same samples are one.</summary>
    internal static List<(IReadOnlyList<string> Tags, List<SampleCounts> Samples)> Slices(IReadOnlyList<SampleCounts> compared)
    {
        var samples = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < compared.Count; i++)
        {
            foreach (var slice in compared[i].Slices)
            {
                ref var members = ref CollectionsMarshal.GetValueRefOrAddDefault(samples, slice, out _);
                members ??= [];
                if (members is not [.., var last] || last != i) members.Add(i);
            }
        }

        return
        [
            .. samples.Where(s => s.Value.Count < compared.Count)
                .GroupBy(s => s.Value, s => s.Key, SameSamples.Instance)
                .Select(same => ((IReadOnlyList<string>)[.. same.Order(StringComparer.Ordinal)], same.Key.ConvertAll(i => compared[i])))
                .OrderBy(s => s.Item1[0], StringComparer.Ordinal),
        ];
    }

    /// <returns>A tag all of whose samples that have a baseline were spoiled by the world; null when there is none.</returns>
    internal static string? Spoiled(IReadOnlyList<SampleCounts> counts) => counts
        .Where(c => c.BaselineRuns > 0).SelectMany(c => c.Slices, (c, slice) => (slice, c.IsSpoiled))
        .GroupBy(c => c.slice, c => c.IsSpoiled, StringComparer.Ordinal).Where(g => g.All(spoiled => spoiled)).Select(g => g.Key).Order(StringComparer.Ordinal).FirstOrDefault();

    /// <returns>The fewest slices that share may be divided among so that no more than these can reach their part.</returns>
    private static int Testable(List<double> least, double share)
    {
        var among = 1;
        while (least.Count(p => p <= share / among) > among) among++;
        return among;
    }

    private static double[] Levels(List<double> values, List<bool> isTestable, double share)
    {
        var levels = new double[values.Count];
        var left = isTestable.Count(t => t);
        foreach (var i in Enumerable.Range(0, values.Count).Where(i => isTestable[i]).OrderBy(i => values[i]))
        {
            levels[i] = share / left;
            if (values[i] <= levels[i]) left--; // what is not shown ends the steps: all after it keep its level, and their p-values are higher
        }

        return levels;
    }

    private sealed class SameSamples : IEqualityComparer<List<int>>
    {
        public static readonly SameSamples Instance = new();

        public bool Equals(List<int>? x, List<int>? y) => CollectionsMarshal.AsSpan(x).SequenceEqual(CollectionsMarshal.AsSpan(y));

        public int GetHashCode(List<int> samples) => HashCode.Combine(samples.Count, samples[0], samples[^1]);
    }
}
