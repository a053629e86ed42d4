namespace Kintsugi.Healing.Review;

/// <summary>Where a fix waits for a person.</summary>
/// <param name="Kind"><see cref="LocalBranch"/> or <see cref="PullRequest"/>.</param>
/// <param name="Url">Of the pull request; empty for a local review.</param>
/// <param name="Verification">`full`, `partial`, or <see cref="AnotherFix"/>.</param>
public sealed record Proposal(string Kind, string Branch, string Commit, string Url, string Verification)
{
    /// <summary>A branch of the user's own repository.</summary>
    public const string LocalBranch = "branch";

    /// <summary>A pull request, or a merge request.</summary>
    public const string PullRequest = "pull_request";

    /// <summary>The verification of a branch that holds what an earlier run, or a person, put there, and not what was verified here.</summary>
    public const string AnotherFix = "none";
}
