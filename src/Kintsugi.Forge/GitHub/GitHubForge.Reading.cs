using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitHub;

public sealed partial class GitHubForge
{
    private const string ReadsPullRequests = "`Pull requests: read`, `Issues: read`, `Checks: read`, `Commit statuses: read` and `Actions: read`";
    private const string ActionsApp = "github-actions";

    public Task<PullRequestView?> ReadAsync(string branch, CancellationToken cancellationToken) =>
        GuardAsync<PullRequestView?>(ReadsPullRequests, async () =>
        {
            if (Last(await PullsAsync(branch, cancellationToken)) is not { Number: var number }) return null;
            var pull = await _api.GetAsync<WirePull>($"pulls/{number}", cancellationToken);
            var author = pull.User?.Login ?? "";
            return new PullRequestView(
                number, pull.HtmlUrl, pull.Ended, author, pull.Head.Sha, pull.Ended == PullRequestState.Merged ? pull.MergeCommitSha : null,
                await EndedByAsync(pull, cancellationToken),
                [.. (await _api.ListAsync<WireCommit>($"pulls/{number}/commits", cancellationToken)).Select(Plain)],
                await RemarksAsync(number, author, cancellationToken),
                await EndedChecksAsync(pull.Head.Sha, cancellationToken));
        });

    public Task<bool> MayWriteAsync(string login, CancellationToken cancellationToken) =>
        !Login().IsMatch(login)
            ? Task.FromResult(false)
            : GuardAsync("`Metadata: read`", async () =>
            {
                var has = await _api.TryGetAsync<WirePermission>($"collaborators/{login}/permission", cancellationToken);
                return has?.Permission is "admin" or "maintain" or "write";
            });

    private static BranchCommit Plain(WireCommit commit) =>
        new(commit.Sha, PlainText.Line(commit.Author?.Login ?? commit.Commit.Author?.Name ?? "", 100), CommitWords.IsOurs(commit.Commit.Message, commit.Commit.Committer?.Email));

    private async Task<string?> EndedByAsync(WirePull pull, CancellationToken cancellationToken) => pull.Ended switch
    {
        PullRequestState.Merged => pull.MergedBy?.Login,
        PullRequestState.Closed => (await _api.GetAsync<WireIssue>($"issues/{pull.Number}", cancellationToken)).ClosedBy?.Login,
        _ => null,
    };

    private async Task<IReadOnlyList<Remark>> RemarksAsync(int number, string author, CancellationToken cancellationToken)
    {
        var remarks = new List<Remark>();
        foreach (var comment in await _api.ListAsync<WireComment>($"issues/{number}/comments", cancellationToken))
        {
            var by = comment.User?.Login ?? "";
            var key = by.Length > 0 && by == author ? KeyMark.Read(comment.Body) : null;
            remarks.Add(new Remark(Named("comment", comment.Id), by, RemarkKind.Comment, PlainText.Start(comment.Body ?? "", Limits.MostSaid), key, comment.CreatedAt));
        }
        var inline = await _api.ListAsync<WireReviewComment>($"pulls/{number}/comments", cancellationToken);
        foreach (var review in await _api.ListAsync<WireReview>($"pulls/{number}/reviews", cancellationToken))
        {
            RemarkKind? kind = review.State.ToUpperInvariant() switch
            {
                "APPROVED" => RemarkKind.Approves,
                "CHANGES_REQUESTED" => RemarkKind.WantsChanges,
                "COMMENTED" => RemarkKind.Comment,
                _ => null, // dismissed, or not handed in yet
            };
            if (kind is null || review.SubmittedAt is not { } at) continue;
            var said = new StringBuilder(review.Body);
            foreach (var comment in inline.Where(comment => comment.PullRequestReviewId == review.Id))
                said.Append(CultureInfo.InvariantCulture, $"{(said.Length == 0 ? "" : "\n\n")}{comment.Path}{(comment.Line is { } line ? $":{line}" : "")}:\n{comment.Body}"); // an order begins a line
            if (said.Length > 0 || kind != RemarkKind.Comment)
                remarks.Add(new Remark(Named("review", review.Id), review.User?.Login ?? "", kind.Value, PlainText.Start(said.ToString(), Limits.MostSaid), null, at));
        }
        return [.. remarks.OrderBy(remark => remark.At)]; // stable: comments keep their order within a second
    }

    private static string Named(string kind, long id) => string.Create(CultureInfo.InvariantCulture, $"{kind}:{id}");

    private async Task<IReadOnlyList<EndedCheck>> EndedChecksAsync(string commit, CancellationToken cancellationToken)
    {
        var ended = new List<EndedCheck>();
        var logs = 0;
        foreach (var run in await RunsAsync(commit, cancellationToken))
        {
            if (run.Status != "completed" || CheckReport.IsOwn(run.Name) || Passed(run.Conclusion) is not { } passed) continue;
            var log = !passed && run.App?.Slug == ActionsApp && logs++ < Limits.MostLogs ? await LogAsync(run.Id, cancellationToken) : null;
            var said = log ?? string.Join("\n\n", ((string?[])[run.Output?.Title, run.Output?.Summary, run.Output?.Text]).Where(part => !string.IsNullOrWhiteSpace(part)));
            ended.Add(new EndedCheck(PlainText.Line(run.Name, 200), passed, log ?? PlainText.Start(said, Limits.MostSaid), run.HtmlUrl ?? run.DetailsUrl));
        }
        foreach (var status in await SeenStatusesAsync(commit, cancellationToken))
        {
            if (CheckReport.IsOwn(status.Context) || Passed(status.State) is not { } passed) continue;
            ended.Add(new EndedCheck(PlainText.Line(status.Context, 200), passed, PlainText.Start(status.Description ?? "", Limits.MostSaid), status.TargetUrl));
        }
        return ended;
    }

    /// <summary>None where the token may not see them: check runs say most.</summary>
    private async Task<IReadOnlyList<WireStatus>> SeenStatusesAsync(string commit, CancellationToken cancellationToken)
    {
        try
        {
            return await StatusesAsync(commit, cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            return [];
        }
    }

    /// <returns>Null of what says nothing about the commit: it was cancelled, is out of date, waits for somebody, or never began.</returns>
    private static bool? Passed(string? conclusion) => conclusion switch
    {
        "success" or "neutral" or "skipped" => true,
        "failure" or "timed_out" => false,
        _ => null,
    };

    /// <summary>The end of what a job of GitHub Actions printed, from the place that GitHub names for it.</summary>
    /// <returns>Null where there is none any more, or where it is not for us.</returns>
    private async Task<string?> LogAsync(long job, CancellationToken cancellationToken)
    {
        Uri place;
        try
        {
            place = await _api.PlaceAsync($"actions/jobs/{job}/logs", cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden)
        {
            return null;
        }
        if (place.Scheme != Uri.UriSchemeHttps && place.Scheme != _root.Scheme) return null;
        try
        {
            using var answer = await _plain.GetAsync(place, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode ? await LogEnd.ReadAsync(answer.Content, cancellationToken) : null;
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return null; // the check's own summary stands for it
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,100}(\[bot\])?$")]
    private static partial Regex Login();
}
