namespace Kintsugi.Forge;

/// <summary>What is put before a reviewer.</summary>
/// <param name="Branch">Where the fix is.</param>
/// <param name="Base">The branch it is for.</param>
/// <param name="Body">At most 60,000 characters, everything quoted in it disarmed.</param>
/// <param name="Reviewers">Logins; `org/team` for a team. Those that the forge does not know are left out.</param>
/// <param name="Rewrites">Whether title and body of one that is open already are replaced: it is ours, and shows another attempt now.</param>
public sealed record PullRequestRequest(
    string Branch, string Base, string Title, string Body, IReadOnlyList<string> Labels, IReadOnlyList<string> Reviewers, bool Rewrites)
{
    /// <summary>Commits whose authors are asked too, as far as the forge knows them.</summary>
    public IReadOnlyList<string> AuthorsOf { get; init; } = [];

    /// <summary>Number of one of this branch that has ended and is to be followed by another: merged before the version that is worse, or withdrawn by us. Null for none.</summary>
    public int? After { get; init; }
}

public sealed record PullRequest(int Number, Uri Url, PullRequestState State);

public enum PullRequestState
{
    Open = 0,
    Merged = 1,

    /// <summary>Without being merged.</summary>
    Closed = 2,
}

/// <summary>A pull request with all that happened to it.</summary>
/// <param name="Author">Login of who opened it: us.</param>
/// <param name="Tip">The branch's last commit.</param>
/// <param name="MergedAs">The commit on the base branch that has it; null while it is not merged.</param>
/// <param name="EndedBy">Login of who merged or closed it; null where the forge does not say.</param>
/// <param name="Commits">Oldest first.</param>
/// <param name="Remarks">Comments and reviews of anyone, ours too, oldest first.</param>
/// <param name="Checks">Of <paramref name="Tip"/>, those that have ended, without our own.</param>
public sealed record PullRequestView(
    int Number, Uri Url, PullRequestState State, string Author, string Tip, string? MergedAs, string? EndedBy,
    IReadOnlyList<BranchCommit> Commits, IReadOnlyList<Remark> Remarks, IReadOnlyList<EndedCheck> Checks);

/// <param name="IsOurs">Whether we made it, and nobody amended or rebased it since.</param>
/// <param name="Author">Login, or the name that the commit gives; a stranger's words.</param>
public sealed record BranchCommit(string Id, string Author, bool IsOurs);

/// <summary>Something said under a pull request; a stranger's words.</summary>
/// <param name="Id">`comment:17`, `review:4`: the same as long as it is there.</param>
/// <param name="Key">What <see cref="IForge.PutCommentAsync"/> wrote it under, where its author is the pull request's; null for everyone else's.</param>
/// <param name="Body">At most 20,000 characters.</param>
public sealed record Remark(string Id, string Author, RemarkKind Kind, string Body, string? Key, DateTimeOffset At);

public enum RemarkKind
{
    Comment = 0,
    Approves = 1,
    WantsChanges = 2,
}

/// <summary>Somebody's check of a commit that has ended, well or badly; one that was cancelled says nothing.</summary>
/// <param name="Says">The end of its log, or its summary, as far as the forge shows it; a stranger's words, at most 20,000 characters.</param>
public sealed record EndedCheck(string Name, bool Passed, string Says, Uri? Url);

/// <summary>What we say of a commit.</summary>
/// <param name="Name">One for each agent: `kintsugi / lead-scorer`.</param>
/// <param name="Passed">Null where nothing could be said.</param>
/// <param name="Summary">Markdown, disarmed.</param>
/// <param name="Link">Where more is; null for nowhere.</param>
public sealed record CheckReport(string Commit, string Name, bool? Passed, string Title, string Summary, IReadOnlyList<Annotation> Annotations, Uri? Link = null)
{
    /// <summary>How the names of our checks begin.</summary>
    public const string OwnNames = "kintsugi / ";

    /// <summary>Whether a check is one of ours, or of a job that runs us (docs/ci.md calls it `kintsugi`, the template for GitLab `kintsugi-…`): it is no one else's word on a fix.</summary>
    public static bool IsOwn(string name) => name == "kintsugi" || name.StartsWith(OwnNames, StringComparison.Ordinal) || name.StartsWith("kintsugi-", StringComparison.Ordinal);
}

/// <param name="Path">From the repository's top.</param>
/// <param name="FirstLine">From 1.</param>
public sealed record Annotation(string Path, int FirstLine, int LastLine, string Message);

/// <summary>What a person has to decide.</summary>
/// <param name="Key">The incident's fingerprint.</param>
/// <param name="Assignees">Logins; those that the forge does not know are left out.</param>
public sealed record IssueRequest(string Key, string Title, string Body, IReadOnlyList<string> Labels, IReadOnlyList<string> Assignees);
