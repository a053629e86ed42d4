namespace Kintsugi.Healing.Review;

/// <summary>Where a fix waits for a person.</summary>
/// <param name="Kind"><see cref="LocalBranch"/> or <see cref="PullRequest"/>.</param>
/// <param name="Url">Of the pull request; empty for a local review.</param>
public sealed record Proposal(string Kind, string Branch, string Commit, string Url, string Verification)
{
    /// <summary>A branch of the user's own repository.</summary>
    public const string LocalBranch = "branch";

    /// <summary>A pull request, or a merge request.</summary>
    public const string PullRequest = "pull_request";
}
