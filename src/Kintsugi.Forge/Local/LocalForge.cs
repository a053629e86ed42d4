using Kintsugi.Sandbox.Git;

namespace Kintsugi.Forge.Local;

/// <summary>Proposes in the user's own repository: one commit on one branch; HEAD, index and work tree are never touched.</summary>
public sealed class LocalForge(GitRepository git)
{
    private const int MostCommitsOnTop = 100;

    /// <summary>
    /// Makes the branch, or adopts it when an earlier run of the same incident made it; calling it again changes nothing. A branch whose fix was merged,
    /// and is needed again, goes on to the new one; one that is at <see cref="BranchRequest.After"/> gets another commit.
    /// </summary>
    /// <exception cref="BranchTakenException">Somebody else's branch has the name.</exception>
    /// <exception cref="GitException">Git refuses: no such tree or parent, a name no branch can have.</exception>
    /// <exception cref="ArgumentException">Subject or fingerprint is not one line.</exception>
    public async Task<ProposedBranch> ProposeAsync(BranchRequest request, CancellationToken cancellationToken)
    {
        var message = CommitWords.Message(request);
        var there = await StandAsync(request, cancellationToken);
        var fate = there?.Fate(request);
        if (fate == BranchFate.Adopt) return there!.Adopted(request);
        var commit = await git.CommitAsync(request.Tree, fate is { } goesOn ? there!.Parents(goesOn, request) : [request.Parent], message, CommitWords.Author, CommitWords.Date(request), cancellationToken);
        var isThere = there is null
            ? await git.CreateBranchAsync(request.Branch, commit, cancellationToken)
            : await git.MoveBranchAsync(request.Branch, there.Id, commit, cancellationToken);
        if (isThere) return new ProposedBranch(request.Branch, commit, Adopted: false);

        // Another process made or moved the branch in between; it may be a run of this very incident.
        return await StandAsync(request, cancellationToken) is { } now && now.Fate(request) == BranchFate.Adopt ? now.Adopted(request) : throw new BranchTakenException(request.Branch);
    }

    /// <returns>Null where there is no such branch.</returns>
    private async Task<BranchTip?> StandAsync(BranchRequest request, CancellationToken cancellationToken)
    {
        if (await git.TryResolveAsync("refs/heads/" + request.Branch, cancellationToken) is not { } tip) return null;
        var message = await git.MessageAsync(tip.Id, cancellationToken);
        var carries = CommitWords.Carries(message, request.FingerprintTrailer);
        var above = await git.FirstParentAsync(request.Parent, tip.Id, [], cancellationToken);
        return new BranchTip(
            tip.Id, tip.Tree == request.Tree, carries && CommitWords.IsOurs(message, await git.CommitterAsync(tip.Id, cancellationToken)), carries, await CarriesAsync(above, request, cancellationToken),
            IsInParent: await git.IsAncestorAsync(tip.Id, request.Parent, cancellationToken), HasParent: await git.IsAncestorAsync(request.Parent, tip.Id, cancellationToken));
    }

    /// <summary>A person may have gone on from our commit: then it is further down, and the branch is theirs to finish.</summary>
    private async Task<bool> CarriesAsync(IReadOnlyList<Commit> commits, BranchRequest request, CancellationToken cancellationToken)
    {
        foreach (var commit in commits.Take(MostCommitsOnTop))
            if (CommitWords.Carries(await git.MessageAsync(commit.Id, cancellationToken), request.FingerprintTrailer)) return true;
        return false;
    }
}
