using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Healing.Triage;

/// <summary>Hunks that are one rename: of a file, edited in place, and linked by a name that was lost or gained.</summary>
/// <remarks>
/// A version with half a rename starts, in most languages, and fails where the other half is used. So the search would hold each hunk of it needed, as with any one of them back head is bad,
/// and would put all of it into the culprit. Prose is left out: there a word may come in twice by chance, and half of it is a version as good as any.
/// </remarks>
public static class Renames
{
    /// <returns>Groups of at least two indices, in ascending order; no index is in two of them.</returns>
    public static IReadOnlyList<IReadOnlyList<int>> Of(IReadOnlyList<HunkView> hunks)
    {
        ArgumentNullException.ThrowIfNull(hunks);
        List<List<HunkView>> groups = [];
        foreach (var hunk in hunks.Where(h => h.Component is Component.Code or Component.Tool or Component.Schema && h.Removed.Count > 0 && h.Removed.Count == h.Added.Count))
        {
            var linked = groups.Where(group => group.Exists(other => AreOne(other, hunk))).ToList();
            groups = [.. groups.Except(linked), [.. linked.SelectMany(group => group), hunk]];
        }
        return [.. groups.Where(group => group.Count > 1).Select(group => (IReadOnlyList<int>)[.. group.Select(h => h.Index).Order()])];
    }

    private static bool AreOne(HunkView a, HunkView b) =>
        a.File == b.File && a.Removed.Zip(a.Added).Any(mine => b.Removed.Zip(b.Added).Any(other => LineLikeness.RenameAlike(mine, other)));
}
