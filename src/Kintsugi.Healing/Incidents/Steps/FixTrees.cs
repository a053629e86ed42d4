using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Head without some hunks, brought to the tip of the target branch.</summary>
/// <param name="Tree">Null when it conflicts with what the tip has become.</param>
internal sealed record ComposedFix(Commit Tip, string? Tree, IReadOnlyList<string> Conflicts);

/// <summary>Composes fixes; deterministic, so that a fix lost with its scratch directory is made again, the same to the byte.</summary>
internal static class FixTrees
{
    public static async Task<ComposedFix> ComposeAsync(IncidentState state, HealContext context, IReadOnlyList<int> restore, CancellationToken cancellationToken)
    {
        var tip = state.TargetBranch is { } branch
            ? await context.Git.TryResolveAsync($"refs/heads/{branch}", cancellationToken) ?? context.Head
            : context.Head;
        return await ComposeOnAsync(tip, context, restore, cancellationToken);
    }

    public static async Task<ComposedFix> ComposeOnAsync(Commit tip, HealContext context, IReadOnlyList<int> restore, CancellationToken cancellationToken)
    {
        var diff = await NetDiffs.ReadAsync(context, cancellationToken);
        var tree = await NetDiffs.WithoutAsync(diff, restore, context, cancellationToken);
        if (tip.Tree == context.Head.Tree) return new ComposedFix(tip, tree, []);
        var mended = await context.Git.CommitAsync(tree, context.Head.Id, "kintsugi: fix before the merge", "Kintsugi <kintsugi@localhost>", context.Head.At, cancellationToken);
        var merged = await context.Git.MergeAsync(tip.Id, mended, cancellationToken);
        return new ComposedFix(tip, merged.Tree, merged.Conflicts);
    }
}
