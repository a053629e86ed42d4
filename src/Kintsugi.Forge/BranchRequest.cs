namespace Kintsugi.Forge;

/// <summary>A verified tree that is to wait for a person on a branch.</summary>
/// <param name="Branch">From <see cref="BranchNames.For"/>.</param>
/// <param name="Tree">The repository's whole tree with the fix.</param>
/// <param name="Parent">The commit that the fix was verified on.</param>
/// <param name="Subject">One line.</param>
/// <param name="FingerprintTrailer">What the commit's `Kintsugi-Fingerprint:` says: by it a later run, or another machine, knows the branch as its own.</param>
/// <param name="At">Date of author and committer, so that two runs make the same commit.</param>
public sealed record BranchRequest(
    string Branch, string Tree, string Parent, string Subject, string Body, string FingerprintTrailer, DateTimeOffset At)
{
    /// <summary>The commit of ours that this one follows on the branch, for another attempt; null for the first. A branch that is elsewhere by then is somebody's, and stays there.</summary>
    public string? After { get; init; }

    /// <summary>What the branch was at when its pull request was merged, by squashing perhaps: whoever made it, its work is done, and a commit of ours may follow. Null for none.</summary>
    public string? Done { get; init; }
}

/// <summary>The branch on which a fix waits.</summary>
/// <param name="Commit">Its tip: the commit asked for, or what an earlier run or a person has made of it since.</param>
/// <param name="Adopted">Whether it was there already.</param>
/// <param name="IsAsked">Whether its tip has the tree that was asked for; else an earlier run, or a person, put another there.</param>
/// <param name="IsOurs">Whether its tip is a commit of ours, as we made it; else a person's.</param>
public sealed record ProposedBranch(string Branch, string Commit, bool Adopted, bool IsAsked = true, bool IsOurs = true);

/// <summary>A branch of the name we need exists and no commit of ours is on it, so it is left alone.</summary>
public sealed class BranchTakenException(string branch)
    : Exception($"The branch '{branch}' exists and does not carry this incident's fix. It was left as it is: rename or delete it, then run again.");
