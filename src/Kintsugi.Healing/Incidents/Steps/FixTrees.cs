using Kintsugi.Healing.Repair;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>A mended head, brought to the tip of the target branch.</summary>
/// <param name="Tree">Null when it conflicts with what the tip has become.</param>
internal sealed record ComposedFix(Commit Tip, string? Tree, IReadOnlyList<string> Conflicts);

/// <summary>Composes fixes; deterministic, so that a fix lost with its scratch directory is made again, the same to the byte.</summary>
internal static class FixTrees
{
    /// <summary>Head without some hunks.</summary>
    public static async Task<string> RestoredAsync(IncidentState state, HealContext context, IReadOnlyList<int> restore, CancellationToken cancellationToken) =>
        await NetDiffs.WithoutAsync(await NetDiffs.ReadAsync(state, context, cancellationToken), restore, context, cancellationToken);

    /// <summary>Head with files as somebody wrote them.</summary>
    public static Task<string> WrittenAsync(HealContext context, IReadOnlyList<WrittenFile> files, CancellationToken cancellationToken) =>
        context.Git.WriteTreeAsync(context.Head.Tree, [.. files.Select(f => f.ToEdit())], cancellationToken);

    /// <summary>Head as the last attempt mended it.</summary>
    public static Task<string> LastMendedAsync(IncidentState state, HealContext context, CancellationToken cancellationToken) =>
        state.Attempts[^1].Attempt.Writing is { } writing
            ? WrittenAsync(context, writing.Files, cancellationToken)
            : RestoredAsync(state, context, state.RestoredBy(state.Attempts.Count - 1)!, cancellationToken);

    /// <summary>The commit that a fix is for. At a forge that is what the forge was last seen to have, as long as the version that is looked at is in it.</summary>
    public static async Task<Commit> TipAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        if ((context.Review?.Base ?? state.TargetBranch) is not { } branch) return context.Head;
        if (context.Review is not null
            && await context.Git.TryResolveAsync($"refs/remotes/origin/{branch}", cancellationToken) is { } remote
            && await context.Git.IsAncestorAsync(context.Head.Id, remote.Id, cancellationToken)) return remote;
        return await context.Git.TryResolveAsync($"refs/heads/{branch}", cancellationToken) ?? context.Head;
    }

    /// <param name="mended">Tree of a mended head.</param>
    public static async Task<ComposedFix> ComposeAsync(Commit tip, string mended, HealContext context, CancellationToken cancellationToken)
    {
        if (tip.Tree == context.Head.Tree) return new ComposedFix(tip, mended, []);
        var commit = await context.Git.CommitAsync(mended, [context.Head.Id], "kintsugi: fix before the merge", "Kintsugi <kintsugi@localhost>", context.Head.At, cancellationToken);
        var merged = await context.Git.MergeAsync(tip.Id, commit, cancellationToken);
        return new ComposedFix(tip, merged.Tree, merged.Conflicts);
    }
}
