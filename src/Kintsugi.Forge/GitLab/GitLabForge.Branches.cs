using System.Net;
using System.Security.Cryptography;
using System.Text;
using Kintsugi.Forge.Wire;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Forge.GitLab;

public sealed partial class GitLabForge
{
    private const int MostRaces = 5;
    private const string SigningCommitter = "GitLab";

    /// <remarks>
    /// GitLab makes a commit from changes of files, dates it itself and gives it one parent: so its id is its own, and another attempt holds what was pushed
    /// since without naming it as a parent. That the tree is the one asked for is checked afterwards: nobody has it in a pull request by then.
    /// </remarks>
    public Task<ProposedBranch> PutBranchAsync(BranchRequest request, IReadOnlyList<TreeEdit> changes, CancellationToken cancellationToken)
    {
        var message = CommitWords.Message(request);
        if (changes.FirstOrDefault(change => change.Content is not null && change.Mode is not ("100644" or "100755")) is { } special)
            throw new ForgeException($"{_project}: GitLab's API cannot make '{special.Path}' of mode {special.Mode}. Propose it by hand.");
        return GuardAsync(async () =>
        {
            if (await _api.TryGetAsync<LabCommit>($"repository/commits/{request.Parent}", cancellationToken) is null)
                throw new ForgeException($"{_project} does not know the commit {request.Parent} on which the fix was verified: push it first, then run again.");
            for (var race = 0; race < MostRaces; race++)
            {
                var tip = await TipAsync(request.Branch, cancellationToken);
                var there = tip is null ? null : await StandAsync(request, tip, cancellationToken);
                var fate = there?.Fate(request);
                if (fate == BranchFate.Adopt) return there!.Adopted(request);
                if (fate == BranchFate.Restart) await _api.DeleteAsync($"repository/branches/{request.Branch}", cancellationToken); // GitLab starts a branch anew only where there is none
                if (await CommitAsync(request, message, fate == BranchFate.Follow ? there!.Id : null, changes, cancellationToken) is not { } commit) continue;
                if (await TreeAsync(commit, cancellationToken) is var tree && tree != request.Tree)
                    throw new ForgeException($"{_project} made the tree {tree} of the fix, which is not the one that was verified ({request.Tree}). Delete the branch '{request.Branch}', and heal again.");
                return new ProposedBranch(request.Branch, commit, Adopted: false);
            }
            throw new ForgeException($"{_project}: the branch '{request.Branch}' moves on faster than it can be followed. Run again.");
        });
    }

    private async Task<LabCommit?> TipAsync(string branch, CancellationToken cancellationToken) =>
        (await _api.TryGetAsync<LabBranch>($"repository/branches/{branch}", cancellationToken))?.Commit;

    private async Task<BranchTip> StandAsync(BranchRequest request, LabCommit tip, CancellationToken cancellationToken)
    {
        var ahead = await AheadAsync(request.Parent, tip.Id, cancellationToken);
        var carries = CommitWords.Carries(tip.Message, request.FingerprintTrailer);
        return new BranchTip(
            tip.Id, await TreeAsync(tip.Id, cancellationToken) == request.Tree, carries && await IsOursAsync(tip, cancellationToken), carries,
            ahead.Any(commit => CommitWords.Carries(commit.Message, request.FingerprintTrailer)), IsInParent: ahead.Count == 0,
            HasParent: (await AheadAsync(tip.Id, request.Parent, cancellationToken)).Count == 0);
    }

    /// <summary>Whether a commit is as we made it. Its committer is our user; or GitLab itself, where that signs what is made by its API.</summary>
    private async Task<bool> IsOursAsync(LabCommit commit, CancellationToken cancellationToken) =>
        commit.AuthorEmail == CommitWords.AuthorMail && CommitWords.HasTrailer(commit.Message) && (commit.CommitterName == SigningCommitter || commit.CommitterName == (await UserAsync(cancellationToken)).Name);

    private async Task<IReadOnlyList<LabCommit>> AheadAsync(string lower, string upper, CancellationToken cancellationToken) =>
        (await _api.GetAsync<LabComparison>($"repository/compare?from={lower}&to={upper}", cancellationToken)).Commits;

    /// <param name="after">The branch's tip; null to make the branch.</param>
    /// <returns>Null where nobody knows, or somebody was quicker.</returns>
    private async Task<string?> CommitAsync(BranchRequest request, string message, string? after, IReadOnlyList<TreeEdit> changes, CancellationToken cancellationToken)
    {
        var edits = after is null ? changes : await FromAsync(after, request.Parent, changes, cancellationToken);
        var actions = new List<object>();
        foreach (var edit in edits) actions.AddRange(await ActionsAsync(edit, after ?? request.Parent, cancellationToken));
        try
        {
            return (await _api.PostAsync<LabCommit>(
                $"repository/commits",
                new
                {
                    branch = request.Branch,
                    start_sha = after is null ? request.Parent : null,
                    commit_message = message,
                    author_name = CommitWords.AuthorName,
                    author_email = CommitWords.AuthorMail,
                    actions,
                },
                cancellationToken)).Id;
        }
        catch (LostAnswerException)
        {
            return null;
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.BadRequest && (refusal.Says("already exists") || refusal.Says("changed in the meantime") || refusal.Says("doesn't exist")))
        {
            return null;
        }
    }

    /// <summary>What one action each says; the file's last commit is named, so that a branch that has moved on is refused.</summary>
    private async Task<IReadOnlyList<object>> ActionsAsync(TreeEdit edit, string start, CancellationToken cancellationToken)
    {
        var there = await _api.TryGetAsync<LabFileHead>($"repository/files/{edit.Path}?ref={start}", cancellationToken);
        if (edit.Content is not { } content) return there is null ? [] : [new { action = "delete", file_path = edit.Path, last_commit_id = there.LastCommitId }];
        var encoded = Convert.ToBase64String(content.Span);
        var runs = edit.Mode == "100755";
        return there is null
            ? [new { action = "create", file_path = edit.Path, content = encoded, encoding = "base64", execute_filemode = runs }]
            : [new { action = "update", file_path = edit.Path, content = encoded, encoding = "base64", last_commit_id = there.LastCommitId }, new { action = "chmod", file_path = edit.Path, execute_filemode = runs }];
    }

    /// <summary>What leads from one commit to another with changes.</summary>
    private async Task<IReadOnlyList<TreeEdit>> FromAsync(string from, string parent, IReadOnlyList<TreeEdit> changes, CancellationToken cancellationToken)
    {
        var were = (await FilesAsync(from, recursive: true, cancellationToken)).ToDictionary(file => file.Path);
        var wanted = (await FilesAsync(parent, recursive: true, cancellationToken)).ToDictionary(file => file.Path);
        var edits = new List<TreeEdit>();
        var changed = changes.Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var file in wanted.Values.Where(file => !changed.Contains(file.Path) && (!were.TryGetValue(file.Path, out var was) || (was.Id, was.Mode) != (file.Id, file.Mode))))
            edits.Add(new TreeEdit(file.Path, file.Mode, await _api.BytesAsync($"repository/blobs/{file.Id}/raw", cancellationToken)));
        edits.AddRange(were.Keys.Where(path => !wanted.ContainsKey(path) && !changed.Contains(path)).Select(path => new TreeEdit(path, "100644", null)));
        return [.. edits, .. changes];
    }

    private async Task<IReadOnlyList<LabFile>> FilesAsync(string commit, bool recursive, CancellationToken cancellationToken) =>
        [.. (await _api.ListAsync<LabFile>($"repository/tree?ref={commit}&recursive={(recursive ? "true" : "false")}", cancellationToken)).Where(file => !recursive || file.Type != "tree")];

    /// <summary>The id of a commit's tree, which GitLab does not say: it is the digest of what stands at its top.</summary>
    private async Task<string> TreeAsync(string commit, CancellationToken cancellationToken)
    {
        var entries = (await FilesAsync(commit, recursive: false, cancellationToken)).OrderBy(file => file.Type == "tree" ? file.Path + "/" : file.Path, StringComparer.Ordinal); // git's own order
        byte[] content = [.. entries.SelectMany(file => (byte[])[.. Encoding.UTF8.GetBytes($"{file.Mode.TrimStart('0')} {file.Path}\0"), .. Convert.FromHexString(file.Id)])];
        byte[] tree = [.. Encoding.ASCII.GetBytes($"tree {content.Length}\0"), .. content];
#pragma warning disable CA5350 // git's own
        return Convert.ToHexStringLower(commit.Length == 64 ? SHA256.HashData(tree) : SHA1.HashData(tree));
#pragma warning restore CA5350
    }
}
