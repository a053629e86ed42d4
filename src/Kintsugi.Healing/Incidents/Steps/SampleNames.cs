using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Samples as a sentence names them; held-out ones are told by their number alone.</summary>
internal static class SampleNames
{
    /// <param name="most">Names before the rest is counted.</param>
    public static string Of(IReadOnlyList<string> ids, IReadOnlyList<Sample> samples, int most) => Of(ids, samples.Where(s => s.HeldOut).Select(s => s.Id), most);

    /// <param name="heldOut">Ids that may not be named.</param>
    public static string Of(IReadOnlyList<string> ids, IEnumerable<string> heldOut, int most)
    {
        var hidden = heldOut.ToHashSet(StringComparer.Ordinal);
        List<string> visible = [.. ids.Where(id => !hidden.Contains(id))];
        List<string> words = [.. visible.Take(most)];
        if (visible.Count > most) words.Add($"{visible.Count - most} more");
        if (visible.Count < ids.Count) words.Add($"{ids.Count - visible.Count} held out");
        return string.Join(", ", words);
    }
}
