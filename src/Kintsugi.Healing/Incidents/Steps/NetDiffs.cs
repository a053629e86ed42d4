using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Triage;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The net diff of an agent between base and head: only files that make up a version; gold, tests and documents stay as head has them.</summary>
internal sealed record NetDiff(IReadOnlyList<FileChange> Changes, IReadOnlyList<Hunk> Hunks, IReadOnlyList<Component> Components)
{
    /// <summary>The component that a hunk belongs to.</summary>
    public Component ComponentOf(Hunk hunk) => Components[hunk.Change];
}

/// <summary>Reads net diffs and turns sets of hunks into trees.</summary>
internal static class NetDiffs
{
    /// <summary>Lines of one hunk that the log and the reports keep.</summary>
    private const int LongestView = 200;

    public static Task<NetDiff> ReadAsync(HealContext context, CancellationToken cancellationToken) =>
        ReadAsync(context.Base, context.Head, context, cancellationToken);

    /// <summary>The net diff in the hunks that the incident's log speaks of.</summary>
    /// <exception cref="StorageFormatException">The log speaks of others, since another version of kintsugi cut them.</exception>
    public static async Task<NetDiff> ReadAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var diff = await ReadAsync(context, cancellationToken);
        return state.Diff!.Hunks.Select(h => (h.File, h.Header)).SequenceEqual(diff.Hunks.Select(h => (h.File, h.Header)))
            ? diff
            : throw new StorageFormatException(
                $"The change of incident '{state.Incident}' was taken apart by another version of kintsugi, and into other hunks. End it by `kintsugi incident cancel {state.Incident}`; then `kintsugi heal` begins anew.");
    }

    public static async Task<NetDiff> ReadAsync(Commit old, Commit @new, HealContext context, CancellationToken cancellationToken)
    {
        List<FileChange> changes = [];
        List<Component> components = [];
        foreach (var changed in await context.Git.DiffAsync(old.Tree, @new.Tree, cancellationToken))
        {
            var component = new[] { changed.New, changed.Old }.OfType<TreeFile>()
                .Select(f => context.Files.ComponentOf(f.Path)).FirstOrDefault(c => c is not null);
            if (component is null) continue;
            changes.Add(new FileChange(await SideAsync(changed.Old, context, cancellationToken), await SideAsync(changed.New, context, cancellationToken)));
            components.Add(component.Value);
        }
        return new NetDiff(changes, Hunks.Of(changes), components);
    }

    /// <summary>The tree of head without <paramref name="drop"/>, which was composed before.</summary>
    /// <exception cref="InvalidOperationException">The rest cannot stand beside each other.</exception>
    public static async Task<string> WithoutAsync(NetDiff diff, IReadOnlyCollection<int> drop, HealContext context, CancellationToken cancellationToken) =>
        await TryWithoutAsync(diff, drop, context, cancellationToken)
        ?? throw new InvalidOperationException($"Head without the hunks {string.Join(", ", drop)} would hold two files at one path.");

    /// <summary>The tree of head without <paramref name="drop"/>.</summary>
    /// <returns>Null when the rest cannot stand beside each other: that says nothing about the regression.</returns>
    public static async Task<string?> TryWithoutAsync(NetDiff diff, IReadOnlyCollection<int> drop, HealContext context, CancellationToken cancellationToken)
    {
        if (Composition.Without(diff.Changes, diff.Hunks, drop.ToHashSet()) is not { } edits) return null;
        return edits.Count == 0 ? context.Head.Tree : await context.Git.WriteTreeAsync(context.Head.Tree, edits, cancellationToken);
    }

    public static HunkView View(NetDiff diff, Hunk hunk) => new(
        hunk.Index, hunk.File, hunk.Header, Cut(hunk.Removed), Cut(hunk.Added), diff.ComponentOf(hunk));

    private static IReadOnlyList<string> Cut(IReadOnlyList<string> lines) =>
        lines.Count <= LongestView ? lines : [.. lines.Take(LongestView), $"… {lines.Count - LongestView} more lines"];

    private static async Task<FileSide?> SideAsync(TreeFile? file, HealContext context, CancellationToken cancellationToken) => file switch
    {
        null => null,
        { Mode: "160000" } => new FileSide(file.Path, file.Mode, System.Text.Encoding.ASCII.GetBytes(file.Blob)),
        _ => new FileSide(file.Path, file.Mode, await context.Git.ReadBlobAsync(file.Blob, cancellationToken)),
    };
}
