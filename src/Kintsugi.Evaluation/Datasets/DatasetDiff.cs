using System.Text.Json;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>One part of a sample that differs.</summary>
/// <param name="Part">`input`, `target`, `tags`, `family`, `critical` or `split`.</param>
/// <param name="Before">Null where it had none.</param>
/// <param name="After">Null where it has none.</param>
public sealed record SampleChange(string Part, JsonElement? Before, JsonElement? After);

/// <param name="Changes">At least one.</param>
public sealed record ChangedSample(string Id, IReadOnlyList<SampleChange> Changes);

/// <summary>What lies between two versions of a dataset, by sample id. A change of spelling that says the same is none.</summary>
public sealed record DatasetDiff(IReadOnlyList<SampleDraft> Added, IReadOnlyList<SampleDraft> Removed, IReadOnlyList<ChangedSample> Changed)
{
    /// <param name="before">Each with its own id.</param>
    /// <param name="after">Each with its own id.</param>
    public static DatasetDiff Of(IReadOnlyList<SampleDraft> before, IReadOnlyList<SampleDraft> after)
    {
        var then = before.ToDictionary(s => s.Id!, StringComparer.Ordinal);
        var now = after.Select(s => s.Id!).ToHashSet(StringComparer.Ordinal);
        return new DatasetDiff(
            [.. after.Where(s => !then.ContainsKey(s.Id!))],
            [.. before.Where(s => !now.Contains(s.Id!))],
            [.. after.Where(s => then.ContainsKey(s.Id!)).Select(s => new ChangedSample(s.Id!, [.. Changes(then[s.Id!], s)])).Where(c => c.Changes.Count > 0)]);
    }

    private static IEnumerable<SampleChange> Changes(SampleDraft then, SampleDraft now) =>
        new[]
        {
            new SampleChange("input", then.Input, now.Input), new SampleChange("target", then.Target, now.Target), new SampleChange("tags", Json(then.Tags), Json(now.Tags)),
            new SampleChange("family", Json(then.Family), Json(now.Family)), new SampleChange("critical", Json(then.Critical), Json(now.Critical)), new SampleChange("split", Json(then.Split), Json(now.Split)),
        }.Where(c => CanonicalJson.Hash(c.Before) != CanonicalJson.Hash(c.After));

    private static JsonElement? Json<T>(T value) => value is null ? null : JsonSerializer.SerializeToElement(value);
}
