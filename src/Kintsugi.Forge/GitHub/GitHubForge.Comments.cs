using System.Net;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitHub;

public sealed partial class GitHubForge
{
    private const string WritesIssues = "`Issues: write`";

    public Task PutCommentAsync(int number, string key, string body, CancellationToken cancellationToken)
    {
        var text = KeyMark.Sign(body, key);
        Task<WireComment?> Find(CancellationToken token) => OwnCommentAsync(number, key, null, token);
        return GuardAsync(WritesIssues, async () =>
        {
            var comment = await Putting.PutAsync(
                Find,
                async token =>
                {
                    var made = await _api.PostAsync<WireComment>($"issues/{number}/comments", new { body = text }, token);
                    _login ??= made.User?.Login;
                    // Another process may have made one at the same moment: once ours shows, so does an older one, and that one stays.
                    return await Putting.AwaitAsync(again => OwnCommentAsync(number, key, made.Id, again), _clock, token) ?? await Find(token) ?? made;
                },
                _clock, cancellationToken);
            return KeyMark.IsSame(comment.Body, text) ? comment : await _api.PatchAsync<WireComment>($"issues/comments/{comment.Id}", new { body = text }, cancellationToken);
        });
    }

    public Task<Uri> PutIssueAsync(IssueRequest request, CancellationToken cancellationToken)
    {
        var text = KeyMark.Sign(request.Body, request.Key);
        Task<WireIssue?> Find(CancellationToken token) => OwnIssueAsync(request, null, token);
        return GuardAsync(WritesIssues, async () =>
        {
            var issue = await Putting.PutAsync(
                Find,
                async token =>
                {
                    var made = await _api.PostAsync<WireIssue>($"issues", new { title = request.Title, body = text, labels = request.Labels }, token);
                    _login ??= made.User?.Login;
                    return await Putting.AwaitAsync(again => OwnIssueAsync(request, made.Number, again), _clock, token) ?? made;
                },
                _clock, cancellationToken);
            if (issue.State == "open" && request.Assignees.Count > 0) await AssignAsync(issue.Number, request.Assignees, cancellationToken);
            return issue.HtmlUrl;
        });
    }

    /// <summary>The oldest comment of ours that has the key; younger ones, made by another process at the same moment, are deleted.</summary>
    /// <param name="made">What has to show before the answer counts; null for nothing.</param>
    private async Task<WireComment?> OwnCommentAsync(int number, string key, long? made, CancellationToken cancellationToken)
    {
        var own = new List<WireComment>();
        foreach (var comment in await _api.ListAsync<WireComment>($"issues/{number}/comments", cancellationToken))
        {
            if (KeyMark.Read(comment.Body) == key && await IsUsAsync(comment.User, cancellationToken)) own.Add(comment);
        }
        if (made is not null && own.All(comment => comment.Id != made)) return null;
        own.Sort((one, other) => one.Id.CompareTo(other.Id));
        foreach (var twin in own.Skip(1))
        {
            try
            {
                await _api.DeleteAsync($"issues/comments/{twin.Id}", cancellationToken);
            }
            catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.NotFound)
            {
                // whoever made it was here first
            }
        }
        return own.FirstOrDefault();
    }

    /// <summary>The oldest issue of ours that has the key; younger ones, made by another process at the same moment, are closed.</summary>
    /// <param name="made">As of a comment.</param>
    /// <remarks>By the list: search lags by minutes.</remarks>
    private async Task<WireIssue?> OwnIssueAsync(IssueRequest request, int? made, CancellationToken cancellationToken)
    {
        var own = new List<WireIssue>();
        (string, string)[] labelled = request.Labels.Count > 0 ? [("labels", request.Labels[0])] : [];
        foreach (var issue in await _api.ListAsync<WireIssue>($"issues", cancellationToken, [("state", "all"), ("direction", "asc"), .. labelled])) // oldest first: a new one shifts no page
        {
            if (KeyMark.Read(issue.Body) == request.Key && await IsUsAsync(issue.User, cancellationToken)) own.Add(issue);
        }
        if (made is not null && own.All(issue => issue.Number != made)) return null;
        own.Sort((one, other) => one.Number.CompareTo(other.Number));
        foreach (var twin in own.Skip(1).Where(twin => twin.State == "open"))
            await _api.PatchAsync<WireIssue>($"issues/{twin.Number}", new { state = "closed", state_reason = "not_planned" }, cancellationToken);
        return own.FirstOrDefault();
    }

    /// <summary>Each once ever, as labels.</summary>
    private async Task AssignAsync(int number, IReadOnlyList<string> people, CancellationToken cancellationToken)
    {
        var were = (await EventsAsync(number, cancellationToken)).Where(happened => happened.Event == "assigned").Select(happened => happened.Assignee?.Login ?? "");
        await EachKnownAsync(
            [.. people.Except(were, StringComparer.OrdinalIgnoreCase)],
            some => _api.PostAsync<WireIssue>($"issues/{number}/assignees", new { assignees = some }, cancellationToken));
    }
}
