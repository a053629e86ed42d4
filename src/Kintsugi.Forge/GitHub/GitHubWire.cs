using System.Text.Json;
using System.Text.Json.Serialization;
using Octokit.Internal;

namespace Kintsugi.Forge.GitHub;

/// <summary>How Octokit writes and reads bodies here.</summary>
/// <remarks>Its own way fails where GitHub says null to what its models hold as a value, and cannot send the null by which a file is deleted from a tree.</remarks>
internal sealed class WireJson : IJsonSerializer
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string Serialize(object item) => JsonSerializer.Serialize(item, Options);

    public T Deserialize<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;
}

// What is read of GitHub's answers; all else of them is left.
internal sealed record WireUser(string Login, string? Type);

internal sealed record WireObject(string Sha);

internal sealed record WireRef(WireObject Object);

internal sealed record WirePerson(string? Name, string? Email);

internal sealed record WireGitCommit(string Sha, WireObject Tree, string Message, WirePerson? Committer);

internal sealed record WireInnerCommit(string Message, WirePerson? Author, WirePerson? Committer, WireObject? Tree);

internal sealed record WireCommit(string Sha, WireInnerCommit Commit, WireUser? Author);

internal sealed record WireComparison(string Status, int AheadBy, IReadOnlyList<WireCommit> Commits);

internal sealed record WireRepository(string FullName);

internal sealed record WireHead(string Sha, string Ref, WireRepository? Repo);

internal sealed record WirePull(
    int Number, Uri HtmlUrl, string State, string Title, string? Body, WireUser? User, WireHead Head, DateTimeOffset? MergedAt, DateTimeOffset? ClosedAt,
    string? MergeCommitSha, WireUser? MergedBy)
{
    public PullRequestState Ended => MergedAt is not null ? PullRequestState.Merged : State == "open" ? PullRequestState.Open : PullRequestState.Closed;

    public PullRequest Plain => new(Number, HtmlUrl, Ended);
}

internal sealed record WireIssue(int Number, Uri HtmlUrl, string State, string? Body, WireUser? User, WireUser? ClosedBy);

internal sealed record WireComment(long Id, string? Body, WireUser? User, DateTimeOffset CreatedAt);

internal sealed record WireReview(long Id, string? Body, WireUser? User, string State, DateTimeOffset? SubmittedAt);

internal sealed record WireReviewComment(string? Body, string? Path, int? Line, long? PullRequestReviewId);

internal sealed record WireNamed(string Name);

internal sealed record WireTeam(string Slug);

internal sealed record WireEvent(string Event, WireNamed? Label, WireUser? RequestedReviewer, WireTeam? RequestedTeam, WireUser? Assignee);

internal sealed record WireApp(string? Slug);

internal sealed record WireCheckOutput(string? Title, string? Summary, string? Text, int AnnotationsCount);

internal sealed record WireCheck(long Id, string Name, string Status, string? Conclusion, Uri? HtmlUrl, Uri? DetailsUrl, WireCheckOutput? Output, WireApp? App);

internal sealed record WireChecks(IReadOnlyList<WireCheck> CheckRuns);

internal sealed record WireStatus(string State, string? Description, string Context, Uri? TargetUrl);

internal sealed record WireStatuses(IReadOnlyList<WireStatus> Statuses);

internal sealed record WirePermission(string? Permission, string? RoleName);

internal sealed record WireInstallation(long Id);

internal sealed record WireToken(string Token, DateTimeOffset ExpiresAt);

/// <param name="Sha">Null deletes the path.</param>
internal sealed record WireTreeItem(string Path, string Mode, string Type, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Sha);
