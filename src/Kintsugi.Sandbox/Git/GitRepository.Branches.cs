namespace Kintsugi.Sandbox.Git;

public sealed partial class GitRepository
{
    /// <summary>The branch that is checked out, without `refs/heads/`; null when head is detached.</summary>
    public async Task<string?> CurrentBranchAsync(CancellationToken cancellationToken)
    {
        const string Branches = "refs/heads/";
        var answer = await GitProgram.RunAsync([.. _users, "symbolic-ref", "--quiet", "HEAD"], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        return answer.Code == 0 && answer.Line.StartsWith(Branches, StringComparison.Ordinal) ? answer.Line[Branches.Length..] : null;
    }
}
