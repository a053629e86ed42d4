using System.Text.RegularExpressions;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Forge.Local;

/// <summary>Proposes in the user's own repository: one commit on one branch; HEAD, index and work tree are never touched.</summary>
public sealed partial class LocalForge(GitRepository git)
{
    private const string TrailerKey = "Kintsugi-Fingerprint: ";
    private const string Author = "Kintsugi <kintsugi@localhost>"; // a machine made it; the person who merges it signs the merge
    private const int MostCommitsOnTop = 100;

    /// <summary>
    /// Makes the branch, or adopts it when an earlier run of the same incident made it; calling it again changes nothing. A branch whose fix was merged,
    /// and is needed again, goes on to the new one.
    /// </summary>
    /// <exception cref="BranchTakenException">Somebody else's branch has the name.</exception>
    /// <exception cref="GitException">Git refuses: no such tree or parent, a name no branch can have.</exception>
    /// <exception cref="ArgumentException">Subject or fingerprint is not one line.</exception>
    public async Task<ProposedBranch> ProposeAsync(BranchRequest request, CancellationToken cancellationToken)
    {
        if (!FingerprintWord().IsMatch(request.FingerprintTrailer)) throw new ArgumentException("The fingerprint must be one word of ASCII.", nameof(request));
        if (request.Subject.AsSpan().ContainsAny('\n', '\r') || string.IsNullOrWhiteSpace(request.Subject)) throw new ArgumentException("The subject must be one line.", nameof(request));

        var tip = await TipAsync(request, cancellationToken);
        if (tip is not null && await AdoptAsync(request, tip, cancellationToken) is { } existing) return existing;
        var commit = await git.CommitAsync(request.Tree, request.Parent, Message(request), Author, request.At, cancellationToken);
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

    /// <returns>Null when the branch holds nothing but a fix of this incident that was merged already.</returns>
    private async Task<ProposedBranch?> AdoptAsync(BranchRequest request, Commit tip, CancellationToken cancellationToken)
    {
        // A person may have gone on from our commit: then it is further down, and the branch is theirs to finish.
        var commits = await git.FirstParentAsync(request.Parent, tip.Id, [], cancellationToken);
        foreach (var commit in commits.Take(MostCommitsOnTop))
        {
            if (Carries(await git.MessageAsync(commit.Id, cancellationToken), request.FingerprintTrailer)) return new ProposedBranch(request.Branch, tip.Id, Adopted: true);
        }
        if (commits.Count == 0 && Carries(await git.MessageAsync(tip.Id, cancellationToken), request.FingerprintTrailer)) return null;
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
