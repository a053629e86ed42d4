namespace Kintsugi.Forge.GitLab;

// What is read of GitLab's answers; all else of them is left.
internal sealed record LabUser(int Id, string Username, string? Name);

internal sealed record LabCommit(string Id, string Message, string? AuthorName, string? AuthorEmail, string? CommitterName);

internal sealed record LabBranch(LabCommit Commit);

internal sealed record LabComparison(IReadOnlyList<LabCommit> Commits);

internal sealed record LabFile(string Id, string Path, string Mode, string Type);

internal sealed record LabFileHead(string LastCommitId);

internal sealed record LabMergeRequest(
    int Iid, Uri WebUrl, string State, string Title, string? Description, LabUser? Author, string Sha, string SourceBranch, long SourceProjectId, long TargetProjectId,
    string? MergeCommitSha, string? SquashCommitSha, LabUser? MergeUser, LabUser? ClosedBy, DateTimeOffset UpdatedAt)
{
    public PullRequestState Ended => State switch { "merged" => PullRequestState.Merged, "closed" => PullRequestState.Closed, _ => PullRequestState.Open };

    public PullRequest Plain => new(Iid, WebUrl, Ended);
}

internal sealed record LabIssue(int Iid, Uri WebUrl, string State, string? Description, LabUser? Author);

internal sealed record LabNote(long Id, string? Body, LabUser? Author, DateTimeOffset CreatedAt, bool System);

internal sealed record LabApproval(LabUser User);

internal sealed record LabApprovals(IReadOnlyList<LabApproval>? ApprovedBy);

internal sealed record LabReviewer(LabUser User, string State);

internal sealed record LabStatus(long Id, string Name, string Status, string? Description, Uri? TargetUrl);

internal sealed record LabMember(int AccessLevel);
