using System.Net;
using Kintsugi.Forge.Wire;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Forge.GitHub;

public sealed partial class GitHubForge
{
    private const string WritesContents = "`Contents: write`";
    private const int MostRaces = 5;

    public Task<ProposedBranch> PutBranchAsync(BranchRequest request, IReadOnlyList<TreeEdit> changes, CancellationToken cancellationToken)
    {
        var message = CommitWords.Message(request);
        return GuardAsync(WritesContents, async () =>
        {
            var parent = await _api.TryGetAsync<WireGitCommit>($"git/commits/{request.Parent}", cancellationToken)
                ?? throw new ForgeException($"{_repository} does not know the commit {request.Parent} on which the fix was verified: push it first, then run again.");
            for (var race = 0; race < MostRaces; race++)
            {
                var tip = await TipAsync(request.Branch, cancellationToken);
                var there = tip is null ? null : await StandAsync(request, tip, cancellationToken);
                var fate = there?.Fate(request);
                if (fate == BranchFate.Adopt) return there!.Adopted(request);
                var commit = await CommitAsync(request, message, parent.Tree.Sha, fate is { } goesOn ? there!.Parents(goesOn, request) : [request.Parent], changes, cancellationToken);
                if (await PointAsync(request.Branch, tip, commit, cancellationToken)) return new ProposedBranch(request.Branch, commit, Adopted: false);
            }
            throw new ForgeException($"{_repository}: the branch '{request.Branch}' moves on faster than it can be followed. Run again.");
        });
    }

    /// <returns>Null where there is no such branch.</returns>
    private async Task<string?> TipAsync(string branch, CancellationToken cancellationToken) =>
        (await _api.TryGetAsync<WireRef>($"git/ref/{"heads/" + branch}", cancellationToken))?.Object.Sha;

    private async Task<BranchTip> StandAsync(BranchRequest request, string tip, CancellationToken cancellationToken)
    {
        var commit = await _api.GetAsync<WireGitCommit>($"git/commits/{tip}", cancellationToken);
        var ahead = await CompareAsync(request.Parent, tip, cancellationToken);
        var carries = CommitWords.Carries(commit.Message, request.FingerprintTrailer);
        return new BranchTip(
            tip, commit.Tree.Sha == request.Tree, carries && CommitWords.IsOurs(commit.Message, commit.Committer?.Email), carries,
            ahead.Commits.Any(above => CommitWords.Carries(above.Commit.Message, request.FingerprintTrailer)), IsInParent: ahead.AheadBy == 0, HasParent: ahead.Status is "ahead" or "identical");
    }

    /// <summary>The first 100 commits that one has and the other has not, oldest first.</summary>
    private Task<WireComparison> CompareAsync(string lower, string upper, CancellationToken cancellationToken) =>
        _api.GetAsync<WireComparison>($"compare/{lower + "..." + upper}", cancellationToken, ("per_page", "100"));

    /// <summary>Puts blobs, tree and commit there: objects that nobody sees until a branch names them, and that are the same however often they are sent.</summary>
    private async Task<string> CommitAsync(
        BranchRequest request, string message, string baseTree, IReadOnlyList<string> parents, IReadOnlyList<TreeEdit> changes, CancellationToken cancellationToken)
    {
        var items = new List<WireTreeItem>();
        foreach (var change in changes) items.Add(await ItemAsync(change, cancellationToken));
        var tree = items.Count == 0 ? baseTree : (await _api.PostAsync<WireObject>($"git/trees", new { base_tree = baseTree, tree = items }, cancellationToken)).Sha;
        if (tree != request.Tree)
            throw new ForgeException($"{_repository} made the tree {tree} of the fix, which is not the one that was verified ({request.Tree}). Nothing was proposed: heal again.");
        var by = new { name = CommitWords.AuthorName, email = CommitWords.AuthorMail, date = CommitWords.Date(request).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture) };
        return (await _api.PostAsync<WireObject>($"git/commits", new { message, tree, parents, author = by, committer = by }, cancellationToken)).Sha;
    }

    private async Task<WireTreeItem> ItemAsync(TreeEdit change, CancellationToken cancellationToken)
    {
        var isSubmodule = change.Mode == "160000";
        var sha = change.Content switch
        {
            null => null,
            { } commit when isSubmodule => System.Text.Encoding.ASCII.GetString(commit.Span),
            { } content => (await _api.PostAsync<WireObject>($"git/blobs", new { content = Convert.ToBase64String(content.Span), encoding = "base64" }, cancellationToken)).Sha,
        };
        return new WireTreeItem(change.Path, change.Mode, isSubmodule ? "commit" : "blob", sha);
    }

    /// <summary>Makes the branch, or moves it on; never by force.</summary>
    /// <returns>False where somebody was quicker.</returns>
    private async Task<bool> PointAsync(string branch, string? tip, string commit, CancellationToken cancellationToken)
    {
        try
        {
            if (tip is null) await _api.PostAsync<WireRef>($"git/refs", new { @ref = "refs/heads/" + branch, sha = commit }, cancellationToken);
            else await _api.PatchAsync<WireRef>($"git/refs/{"heads/" + branch}", new { sha = commit, force = false }, cancellationToken);
            return true;
        }
        catch (LostAnswerException)
        {
            return await TipAsync(branch, cancellationToken) == commit;
        }
        catch (ForgeRefusal refusal) when (refusal.Status is HttpStatusCode.UnprocessableEntity or HttpStatusCode.Conflict
            && (refusal.Says("already exists") || refusal.Says("fast forward") || refusal.Says("fast-forward") || refusal.Says("does not exist")))
        {
            return false;
        }
    }
}
