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
        var tip = await TipAsync(request, cancellationToken);
        if (tip is not null && await AdoptAsync(request, tip, cancellationToken) is { } existing) return existing;
        var parents = await ParentsAsync(request, tip, cancellationToken);
        var commit = await git.CommitAsync(request.Tree, parents, message, CommitWords.Author, CommitWords.Date(request), cancellationToken);
        var isThere = tip is null
            ? await git.CreateBranchAsync(request.Branch, commit, cancellationToken)
            : await git.MoveBranchAsync(request.Branch, tip.Id, commit, cancellationToken);
        if (isThere) return new ProposedBranch(request.Branch, commit, Adopted: false);

        // Another process made the branch in between; it may be a run of this very incident.
        return await TipAsync(request, cancellationToken) is { } now && await AdoptAsync(request, now, cancellationToken) is { } adopted
            ? adopted
            : throw new BranchTakenException(request.Branch);
    }

    private Task<Commit?> TipAsync(BranchRequest request, CancellationToken cancellationToken) =>
        git.TryResolveAsync("refs/heads/" + request.Branch, cancellationToken);

    /// <summary>Another attempt stands on the last one, and on what it was verified on where that is newer.</summary>
    private async Task<IReadOnlyList<string>> ParentsAsync(BranchRequest request, Commit? tip, CancellationToken cancellationToken) =>
        tip is null || tip.Id != request.After ? [request.Parent]
        : await git.IsAncestorAsync(request.Parent, tip.Id, cancellationToken) ? [tip.Id]
        : [tip.Id, request.Parent];

    /// <returns>Null when a commit of ours is to follow: the tip is the attempt before this one, or a fix of this incident that was merged already.</returns>
    private async Task<ProposedBranch?> AdoptAsync(BranchRequest request, Commit tip, CancellationToken cancellationToken)
    {
        if (tip.Id == request.After && tip.Tree != request.Tree) return null;
        // A person may have gone on from our commit: then it is further down, and the branch is theirs to finish.
        var commits = await git.FirstParentAsync(request.Parent, tip.Id, [], cancellationToken);
        foreach (var commit in commits.Take(MostCommitsOnTop))
        {
            if (CommitWords.Carries(await git.MessageAsync(commit.Id, cancellationToken), request.FingerprintTrailer))
                return new ProposedBranch(request.Branch, tip.Id, Adopted: true, IsAsked: tip.Tree == request.Tree);
        }
        if (commits.Count == 0 && CommitWords.Carries(await git.MessageAsync(tip.Id, cancellationToken), request.FingerprintTrailer)) return null;
        throw new BranchTakenException(request.Branch);
    }
}
