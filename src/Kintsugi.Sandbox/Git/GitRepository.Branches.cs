namespace Kintsugi.Sandbox.Git;

public sealed partial class GitRepository
{
    private const string Branches = "refs/heads/";

    /// <summary>The branch that a fix of a version is for, without `refs/heads/`: the one that the revision names, else the one that is checked out if it
    /// holds the version. Null when neither is: the fix then stands on the version itself.</summary>
    /// <param name="revision">What <paramref name="commit"/> was asked for as.</param>
    public async Task<string?> BranchOfAsync(string revision, string commit, CancellationToken cancellationToken)
    {
        var named = await GitProgram.RunAsync(
            [.. _users, "rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", revision], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        if (named.Code == 0 && named.Line.StartsWith(Branches, StringComparison.Ordinal)) return named.Line[Branches.Length..];
        return await CurrentBranchAsync(cancellationToken) is { } current
            && await TryResolveAsync(Branches + current, cancellationToken) is { } tip
            && await IsAncestorAsync(commit, tip.Id, cancellationToken) ? current : null;
    }

    /// <summary>The branch that is checked out, without `refs/heads/`; null when head is detached.</summary>
    private async Task<string?> CurrentBranchAsync(CancellationToken cancellationToken)
    {
        var answer = await GitProgram.RunAsync([.. _users, "symbolic-ref", "--quiet", "HEAD"], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        return answer.Code == 0 && answer.Line.StartsWith(Branches, StringComparison.Ordinal) ? answer.Line[Branches.Length..] : null;
    }
}
