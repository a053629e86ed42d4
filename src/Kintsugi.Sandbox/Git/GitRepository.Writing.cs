using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Sandbox.Git;

public sealed partial class GitRepository
{
    /// <summary>Merges two commits three ways, in memory of ours.</summary>
    /// <exception cref="GitException">They share no history.</exception>
    public async Task<MergeOutcome> MergeAsync(string ours, string theirs, CancellationToken cancellationToken)
    {
        var output = await TryOwnAsync(
            ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", GitFormat.Id(ours), GitFormat.Id(theirs)], cancellationToken);
        if (output.Code is not (0 or 1) || output.Output.Length == 0)
            throw Failed("merge-tree", output);
        var (tree, conflicts) = GitFormat.Merge(output.Output);
        return output.Code == 0 ? new MergeOutcome(tree, []) : new MergeOutcome(null, conflicts);
    }

    /// <summary>Makes a commit and puts it, with whatever of its objects the user's repository lacks, there. No branch names it yet.</summary>
    /// <param name="parents">The first is the one that the branch was at.</param>
    /// <param name="author">`Name &lt;mail&gt;`; committer too.</param>
    /// <returns>The commit's id, the same for the same arguments.</returns>
    /// <exception cref="GitException">The author is not of that form, or a tree or parent is missing.</exception>
    public async Task<string> CommitAsync(
        string tree, IReadOnlyList<string> parents, string message, string author, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (AuthorPattern().Match(author) is not { Success: true } match)
            throw new GitException($"'{author}' is not an author: write `Name <mail>`.");
        var (name, mail) = (match.Groups[1].Value, match.Groups[2].Value);
        var offset = at.Offset;
        var zone = (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hhmm", CultureInfo.InvariantCulture);
        var date = string.Create(CultureInfo.InvariantCulture, $"@{at.ToUnixTimeSeconds()} {zone}");
        string[] variables =
        [
            $"GIT_AUTHOR_NAME={name}", $"GIT_AUTHOR_EMAIL={mail}", $"GIT_AUTHOR_DATE={date}",
            $"GIT_COMMITTER_NAME={name}", $"GIT_COMMITTER_EMAIL={mail}", $"GIT_COMMITTER_DATE={date}",
        ];
        var commit = (await CheckedAsync(
            [.. _own, "commit-tree", .. parents.SelectMany(parent => (string[])["-p", GitFormat.Id(parent)]), "-F", "-", GitFormat.Id(tree)], variables, Encoding.UTF8.GetBytes(message), cancellationToken)).Line;

        var wanted = Encoding.ASCII.GetBytes($"{commit}\n{string.Concat(parents.Select(parent => $"^{parent}\n"))}");
        var pack = await CheckedAsync([.. _own, "pack-objects", "--quiet", "--revs", "--stdout"], [], wanted, cancellationToken);
        await CheckedAsync([.. _users, "unpack-objects", "-q"], [], pack.Output, cancellationToken);
        return commit;
    }

    /// <summary>Lets a new branch name a commit of the user's repository. HEAD, index and work tree stay as they are.</summary>
    /// <returns>False if the branch exists at another commit; true if it was made, or is there already.</returns>
    /// <exception cref="GitException">The name is not one a branch can have, another branch's name stands in its way, or the branch is checked out and yet to be born.</exception>
    public async Task<bool> CreateBranchAsync(string branch, string commit, CancellationToken cancellationToken)
    {
        var reference = "refs/heads/" + branch;
        var form = await GitProgram.RunAsync([.. _own, "check-ref-format", reference], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        if (form.Code != 0 || branch.StartsWith('-') || branch == "HEAD" || branch.Contains('\0', StringComparison.Ordinal))
            throw new GitException($"'{branch}' cannot be the name of a branch.");
        if (await BranchAsync(reference, cancellationToken) is { } existing)
            return existing == commit;
        if (await IsCheckedOutAsync(reference, cancellationToken))
            throw new GitException($"The branch '{branch}' is checked out and has no commit: check out another one first.");

        return await PointAsync(reference, commit, new string('0', commit.Length), cancellationToken);
    }

    /// <summary>Lets a branch that names <paramref name="from"/> name another commit of the user's repository. HEAD, index and work tree stay as they are.</summary>
    /// <returns>False if the branch names neither of the two.</returns>
    /// <exception cref="GitException">The branch is checked out: its work tree would no longer be at it.</exception>
    public async Task<bool> MoveBranchAsync(string branch, string from, string commit, CancellationToken cancellationToken)
    {
        var reference = "refs/heads/" + branch;
        if (await IsCheckedOutAsync(reference, cancellationToken))
            throw new GitException($"The branch '{branch}' is checked out: check out another one first.");
        return await PointAsync(reference, commit, GitFormat.Id(from), cancellationToken);
    }

    private async Task<bool> PointAsync(string reference, string commit, string from, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(
            [.. _users, "update-ref", "--no-deref", "--create-reflog", reference, GitFormat.Id(commit), from], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        if (output.Code == 0)
            return true;

        // Another process may have been there in between: what stands there now decides.
        return await BranchAsync(reference, cancellationToken) is { } now ? now == commit : throw Failed("update-ref", output);
    }

    private async Task<string?> BranchAsync(string reference, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(
            [.. _users, "rev-parse", "--verify", "--quiet", "--end-of-options", reference], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        return output.Code == 0 ? output.Line : null;
    }

    private async Task<bool> IsCheckedOutAsync(string reference, CancellationToken cancellationToken)
    {
        var output = await CheckedAsync([.. _users, "worktree", "list", "--porcelain", "-z"], [], cancellationToken);
        return Encoding.UTF8.GetString(output.Output).Split('\0').Contains("branch " + reference, StringComparer.Ordinal);
    }

    [GeneratedRegex("^([^<>\\n\\0]+) <([^<>\\s\\0]*)>$")]
    private static partial Regex AuthorPattern();
}
