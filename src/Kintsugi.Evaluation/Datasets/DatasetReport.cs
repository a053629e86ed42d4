using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>What `dataset check` says of a dataset; what it can detect is computed by detection and shown beside it.</summary>
/// <param name="LeastRuns">Agent runs of one evaluation with the gate's fewest epochs; <paramref name="MostRuns"/> with its most.</param>
/// <param name="ByTag">Tag to counts, the most frequent first; a sample counts under each of its tags, one without under the empty tag.</param>
public sealed record DatasetReport(
    int Samples, int HeldOut, int Critical, int Families, int LeastRuns, int MostRuns, IReadOnlyList<TagCount> ByTag, IReadOnlyList<string> Warnings)
{
    public static DatasetReport Describe(Dataset dataset, GateDefinition gate)
    {
        var tags = dataset.Samples
            .SelectMany(s => s.Tags.DefaultIfEmpty(""), (s, tag) => (Tag: tag, s.HeldOut))
            .GroupBy(t => t.Tag, StringComparer.Ordinal)
            .Select(g => new TagCount(g.Key, g.Count(), g.Count(t => t.HeldOut)))
            .OrderByDescending(t => t.Samples).ThenBy(t => t.Tag, StringComparer.Ordinal)
            .ToList();
        return new DatasetReport(
            dataset.Samples.Count,
            dataset.HeldOut.Count(),
            dataset.Samples.Count(s => s.Critical),
            dataset.Samples.Select(s => s.Family).OfType<string>().Distinct(StringComparer.Ordinal).Count(),
            dataset.Samples.Count * gate.MinEpochs,
            dataset.Samples.Count * gate.MaxEpochs,
            tags,
            [.. dataset.Warnings, .. Doubles(dataset), .. Unwatched(tags)]);
    }

    private static IEnumerable<string> Doubles(Dataset dataset) => dataset.Samples
        .GroupBy(s => s.Hash, StringComparer.Ordinal)
        .Where(g => g.Count() > 1)
        .Take(5)
        .Select(g => $"The samples {string.Join(", ", g.Take(5).Select(s => $"'{s.Id}'"))} have equal input and target. Keep one; repetitions are what epochs are for.");

    private static IEnumerable<string> Unwatched(List<TagCount> tags) => tags
        .Where(t => t.Tag.Length > 0 && t.Samples >= 4 && t.HeldOut == 0)
        .Take(5)
        .Select(t => $"None of the {t.Samples} samples tagged '{t.Tag}' is held out: a fix is not verified there. Mark one with \"split\":\"held_out\".");
}

/// <summary>How many samples carry a tag.</summary>
public sealed record TagCount(string Tag, int Samples, int HeldOut);
