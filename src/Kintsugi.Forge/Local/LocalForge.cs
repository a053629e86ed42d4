using System.Text.RegularExpressions;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Forge.Local;

/// <summary>Proposes in the user's own repository: one commit on one branch; HEAD, index and work tree are never touched.</summary>
public sealed partial class LocalForge(GitRepository git)
{
    private const string TrailerKey = "Kintsugi-Fingerprint: ";
    private const string Author = "Kintsugi <kintsugi@localhost>"; // a machine made it; the person who merges it signs the merge
    private const int MostCommitsOnTop = 100;

    /// <summary>Makes the branch, or adopts it when an earlier run of the same incident made it. Calling it again changes nothing.</summary>
    /// <exception cref="BranchTakenException">Somebody else's branch has the name.</exception>
    /// <exception cref="GitException">Git refuses: no such tree or parent, a name no branch can have.</exception>
    /// <exception cref="ArgumentException">Subject or fingerprint is not one line.</exception>
    public async Task<ProposedBranch> ProposeAsync(BranchRequest request, CancellationToken cancellationToken)
    {
        if (!FingerprintWord().IsMatch(request.FingerprintTrailer)) throw new ArgumentException("The fingerprint must be one word of ASCII.", nameof(request));
        if (request.Subject.AsSpan().ContainsAny('\n', '\r') || string.IsNullOrWhiteSpace(request.Subject)) throw new ArgumentException("The subject must be one line.", nameof(request));

        if (await AdoptAsync(request, cancellationToken) is { } existing) return existing;
        var commit = await git.CommitAsync(request.Tree, request.Parent, Message(request), Author, request.At, cancellationToken);
        if (await git.CreateBranchAsync(request.Branch, commit, cancellationToken)) return new ProposedBranch(request.Branch, commit, Adopted: false);

        // Another process made the branch in between; it may be a run of this very incident.
        return await AdoptAsync(request, cancellationToken) ?? throw new BranchTakenException(request.Branch);
    }

    /// <returns>Null when there is no such branch.</returns>
    private async Task<ProposedBranch?> AdoptAsync(BranchRequest request, CancellationToken cancellationToken)
    {
        if (await git.TryResolveAsync("refs/heads/" + request.Branch, cancellationToken) is not { } tip) return null;
        // A person may have gone on from our commit: then it is further down, and the branch is theirs to finish.
        var commits = await git.FirstParentAsync(request.Parent, tip.Id, [], cancellationToken);
        foreach (var commit in commits.Take(MostCommitsOnTop))
        {
            if (Carries(await git.MessageAsync(commit.Id, cancellationToken), request.FingerprintTrailer)) return new ProposedBranch(request.Branch, tip.Id, Adopted: true);
        }
        throw new BranchTakenException(request.Branch);
    }

    private static string Message(BranchRequest request) =>
        $"{request.Subject.Trim()}\n\n{(request.Body.Trim() is { Length: > 0 } body ? body.ReplaceLineEndings("\n") + "\n\n" : "")}{TrailerKey}{request.FingerprintTrailer}\n";

    /// <summary>Only the last paragraph has trailers, so what a body quotes is none.</summary>
    private static bool Carries(string message, string fingerprint) =>
        message.TrimEnd().Split("\n\n")[^1].Split('\n').Contains(TrailerKey + fingerprint, StringComparer.Ordinal);

    [GeneratedRegex("^[!-~]{1,200}$")]
    private static partial Regex FingerprintWord();
}
