using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitLab;

/// <summary>One project of GitLab: merge requests, notes, commit statuses, issues.</summary>
/// <remarks>
/// Other than at GitHub a number is a merge request's: issues have numbers of their own, and no notes are put there. Labels, reviewers and assignees are part
/// of what is made, so that what a person takes off stays off.
/// </remarks>
public sealed partial class GitLabForge : IRemoteForge
{
    private const string Needs = "the scope `api` and the role Developer";
    private const string Draft = "Draft: ";
    private const int DeveloperLevel = 30;
    private const int MostDescription = 255;

    private readonly string _project;
    private readonly GitLabApi _api;
    private readonly TimeProvider _clock;
    private LabUser? _user;

    /// <exception cref="ForgeException">The project's path is none, or the credentials are not a token.</exception>
    public GitLabForge(ForgeSettings settings, TimeProvider clock)
    {
        if (!ProjectPath().IsMatch(settings.Repository)) throw new ForgeException($"'{settings.Repository}' is no project of GitLab: write `group/name`.");
        if (settings.Credentials is not TokenCredentials { Token: var token }) throw new ForgeException($"GitLab knows no {settings.Credentials}. Give a token.");
        _project = settings.Repository;
        _clock = clock;
        _api = new GitLabApi(settings.Api, _project, new ForgeHandler(settings.Api, new TokenHeader(token), new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }, clock));
    }

    public Task<PullRequest> PutPullRequestAsync(PullRequestRequest request, CancellationToken cancellationToken)
    {
        Limits.ThrowIfTooLong("body", request.Body, nameof(request));
        return GuardAsync(async () =>
        {
            var merge = await Putting.PutAsync(token => StandingAsync(request, token), token => OpenAsync(request, token), _clock, cancellationToken);
            if (merge.Ended != PullRequestState.Open || !request.Rewrites) return merge.Plain;
            var title = (merge.Title.StartsWith(Draft, StringComparison.Ordinal) ? Draft : "") + request.Title;
            if (merge.Title != title || !KeyMark.IsSame(merge.Description, request.Body))
                merge = await _api.PutAsync<LabMergeRequest>($"merge_requests/{merge.Iid}", new { title, description = request.Body }, cancellationToken);
            return merge.Plain;
        });
    }

    public Task PutCommentAsync(int number, string key, string body, CancellationToken cancellationToken)
    {
        var text = KeyMark.Sign(body, key);
        Task<LabNote?> Find(CancellationToken token) => OwnNoteAsync(number, key, null, token);
        return GuardAsync(async () =>
        {
            var note = await Putting.PutAsync(
                Find,
                async token =>
                {
                    var made = await _api.PostAsync<LabNote>($"merge_requests/{number}/notes", new { body = text }, token);
                    // Another process may have made one at the same moment: once ours shows, so does an older one, and that one stays.
                    return await Putting.AwaitAsync(again => OwnNoteAsync(number, key, made.Id, again), _clock, token) ?? await Find(token) ?? made;
                },
                _clock, cancellationToken);
            return KeyMark.IsSame(note.Body, text) ? note : await _api.PutAsync<LabNote>($"merge_requests/{number}/notes/{note.Id}", new { body = text }, cancellationToken);
        });
    }

    public Task PutCheckAsync(CheckReport check, CancellationToken cancellationToken) => GuardAsync(() =>
    {
        var state = check.Passed switch { true => "success", false => "failed", null => "canceled" };
        var description = PlainText.Start(PlainText.Line(check.Title, MostDescription), MostDescription);
        return Putting.PutAsync(
            async token => (await StatusesAsync(check.Commit, token)).FirstOrDefault(status => status.Name == check.Name && status.Status == state && status.Description == description),
            token => _api.PostAsync<LabStatus>($"statuses/{check.Commit}", new { state, description, name = check.Name, target_url = check.Link }, token),
            _clock, cancellationToken);
    });

    public Task<Uri> PutIssueAsync(IssueRequest request, CancellationToken cancellationToken)
    {
        var text = KeyMark.Sign(request.Body, request.Key);
        return GuardAsync(async () => (await Putting.PutAsync(
            token => OwnIssueAsync(request, null, token),
            async token =>
            {
                var made = await _api.PostAsync<LabIssue>(
                    $"issues", new { title = request.Title, description = text, labels = string.Join(',', request.Labels), assignee_ids = await IdsAsync(request.Assignees, token) }, token);
                return await Putting.AwaitAsync(again => OwnIssueAsync(request, made.Iid, again), _clock, token) ?? made;
            },
            _clock, cancellationToken)).WebUrl);
    }

    public Task CloseAsync(int number, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var merge = await _api.GetAsync<LabMergeRequest>($"merge_requests/{number}", cancellationToken);
        return merge.Ended == PullRequestState.Open ? await _api.PutAsync<LabMergeRequest>($"merge_requests/{number}", new { state_event = "close" }, cancellationToken) : merge;
    });

    public Task<bool> MayWriteAsync(string login, CancellationToken cancellationToken) => GuardAsync(async () =>
        (await IdsAsync([login], cancellationToken)) is [var id]
        && await _api.TryGetAsync<LabMember>($"members/all/{id}", cancellationToken) is { AccessLevel: >= DeveloperLevel });

    public Task<PullRequestView?> ReadAsync(string branch, CancellationToken cancellationToken) => GuardAsync<PullRequestView?>(async () =>
    {
        if (Last(await MergesAsync(branch, cancellationToken)) is not { Iid: var number }) return null;
        var merge = await _api.GetAsync<LabMergeRequest>($"merge_requests/{number}", cancellationToken);
        var author = merge.Author?.Username ?? "";
        var commits = await _api.ListAsync<LabCommit>($"merge_requests/{number}/commits?", cancellationToken); // newest first
        var plain = new List<BranchCommit>();
        foreach (var commit in commits.Reverse()) plain.Add(new BranchCommit(commit.Id, PlainText.Line(commit.AuthorName ?? "", 100), await IsOursAsync(commit, cancellationToken)));
        return new PullRequestView(
            number, merge.WebUrl, merge.Ended, author, merge.Sha,
            merge.Ended == PullRequestState.Merged ? merge.MergeCommitSha ?? merge.SquashCommitSha ?? merge.Sha : null, // the last: by fast-forward
            merge.Ended switch { PullRequestState.Merged => merge.MergeUser?.Username, PullRequestState.Closed => merge.ClosedBy?.Username, _ => null },
            plain,
            await RemarksAsync(merge, author, cancellationToken),
            await EndedChecksAsync(merge.Sha, cancellationToken));
    });

    public void Dispose() => _api.Dispose();

    /// <returns>As at GitHub: null where one is to be made.</returns>
    private async Task<LabMergeRequest?> StandingAsync(PullRequestRequest request, CancellationToken cancellationToken) =>
        Last(await MergesAsync(request.Branch, cancellationToken)) is { } last && (last.Ended == PullRequestState.Open || last.Iid != request.After) ? last : null;

    private static LabMergeRequest? Last(IReadOnlyList<LabMergeRequest> merges) => merges.FirstOrDefault(merge => merge.Ended == PullRequestState.Open) ?? merges.MaxBy(merge => merge.Iid);

    /// <summary>All merge requests that ever were of a branch of this project; a fork's branch may be called so too.</summary>
    private async Task<IReadOnlyList<LabMergeRequest>> MergesAsync(string branch, CancellationToken cancellationToken) =>
        [.. (await _api.ListAsync<LabMergeRequest>($"merge_requests?state=all&source_branch={branch}", cancellationToken))
            .Where(merge => merge.SourceBranch == branch && merge.SourceProjectId == merge.TargetProjectId)];

    private async Task<LabMergeRequest> OpenAsync(PullRequestRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _api.PostAsync<LabMergeRequest>(
                $"merge_requests",
                new
                {
                    source_branch = request.Branch,
                    target_branch = request.Base,
                    title = Draft + request.Title,
                    description = request.Body,
                    labels = string.Join(',', request.Labels),
                    reviewer_ids = await IdsAsync(request.Reviewers, cancellationToken),
                },
                cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.Conflict)
        {
            throw new AlreadyThereException(refusal);
        }
    }

    /// <summary>Those that GitLab knows.</summary>
    private async Task<IReadOnlyList<int>> IdsAsync(IReadOnlyList<string> logins, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        foreach (var login in logins.Where(login => Login().IsMatch(login)))
            ids.AddRange((await _api.GetRootAsync<IReadOnlyList<LabUser>>($"users?username={login}", cancellationToken)).Where(user => string.Equals(user.Username, login, StringComparison.OrdinalIgnoreCase)).Select(user => user.Id));
        return ids;
    }

    private async Task<bool> IsUsAsync(LabUser? author, CancellationToken cancellationToken) =>
        author is not null && author.Username == (await UserAsync(cancellationToken)).Username;

    private async Task<LabUser> UserAsync(CancellationToken cancellationToken) => _user ??= await _api.GetRootAsync<LabUser>($"user", cancellationToken);

    private async Task<LabNote?> OwnNoteAsync(int number, string key, long? made, CancellationToken cancellationToken)
    {
        var own = new List<LabNote>();
        foreach (var note in await NotesAsync(number, cancellationToken))
        {
            if (KeyMark.Read(note.Body) == key && await IsUsAsync(note.Author, cancellationToken)) own.Add(note);
        }
        if (made is not null && own.All(note => note.Id != made)) return null;
        own.Sort((one, other) => one.Id.CompareTo(other.Id));
        foreach (var twin in own.Skip(1)) await _api.DeleteAsync($"merge_requests/{number}/notes/{twin.Id}", cancellationToken);
        return own.FirstOrDefault();
    }

    private async Task<LabIssue?> OwnIssueAsync(IssueRequest request, int? made, CancellationToken cancellationToken)
    {
        var own = new List<LabIssue>();
        foreach (var issue in await _api.ListAsync<LabIssue>($"issues?scope=all&order_by=created_at&sort=asc&labels={(request.Labels.Count > 0 ? request.Labels[0] : "")}", cancellationToken))
        {
            if (KeyMark.Read(issue.Description) == request.Key && await IsUsAsync(issue.Author, cancellationToken)) own.Add(issue);
        }
        if (made is not null && own.All(issue => issue.Iid != made)) return null;
        own.Sort((one, other) => one.Iid.CompareTo(other.Iid));
        foreach (var twin in own.Skip(1).Where(twin => twin.State == "opened")) await CloseIssueAsync(twin.Iid, cancellationToken);
        return own.FirstOrDefault();
    }

    private async Task CloseIssueAsync(int number, CancellationToken cancellationToken)
    {
        try
        {
            await _api.PutAsync<LabIssue>($"issues/{number}", new { state_event = "close" }, cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.UnprocessableEntity)
        {
            // somebody was quicker
        }
    }

    private Task<IReadOnlyList<LabNote>> NotesAsync(int number, CancellationToken cancellationToken) =>
        _api.ListAsync<LabNote>($"merge_requests/{number}/notes?sort=asc&order_by=created_at", cancellationToken);

    private async Task<IReadOnlyList<Remark>> RemarksAsync(LabMergeRequest merge, string author, CancellationToken cancellationToken)
    {
        var remarks = new List<Remark>();
        var notes = await NotesAsync(merge.Iid, cancellationToken);
        foreach (var note in notes.Where(note => !note.System))
        {
            var by = note.Author?.Username ?? "";
            remarks.Add(new Remark(Named("comment", note.Id), by, RemarkKind.Comment, PlainText.Start(note.Body ?? "", Limits.MostSaid), by.Length > 0 && by == author ? KeyMark.Read(note.Body) : null, note.CreatedAt));
        }
        foreach (var approval in (await _api.GetAsync<LabApprovals>($"merge_requests/{merge.Iid}/approvals", cancellationToken)).ApprovedBy ?? [])
            remarks.Add(new Remark($"approval:{approval.User.Username}", approval.User.Username, RemarkKind.Approves, "", null, merge.UpdatedAt)); // GitLab keeps no time of it
        foreach (var reviewer in (await _api.ListAsync<LabReviewer>($"merge_requests/{merge.Iid}/reviewers?", cancellationToken)).Where(reviewer => reviewer.State == "requested_changes"))
            remarks.Add(WantedChanges(reviewer.User.Username, [.. notes.Where(note => note.Author?.Username == reviewer.User.Username)], merge));
        return [.. remarks.OrderBy(remark => remark.At)];
    }

    /// <summary>A reviewer's last request for changes. GitLab keeps no text of it: it notes that there was one, and what is wanted is in the notes that they wrote since the one before.</summary>
    /// <param name="notes">Theirs, oldest first.</param>
    private static Remark WantedChanges(string login, List<LabNote> notes, LabMergeRequest merge)
    {
        bool IsRequest(LabNote note) => note.System && note.Body?.StartsWith("requested changes", StringComparison.Ordinal) is true;
        var last = notes.FindLastIndex(IsRequest);
        var before = last < 1 ? -1 : notes.FindLastIndex(last - 1, IsRequest);
        var words = notes.Take(last < 0 ? notes.Count : last).Skip(before + 1).Where(note => !note.System).Select(note => note.Body ?? "")
            .Where(body => !body.Split('\n').Any(line => line.StartsWith('/'))); // an order stands for itself
        return new Remark(
            last < 0 ? $"review:{login}" : Named("review", notes[last].Id), login, RemarkKind.WantsChanges, PlainText.Start(string.Join("\n\n", words), Limits.MostSaid), null,
            last < 0 ? merge.UpdatedAt : notes[last].CreatedAt);
    }

    private static string Named(string kind, long id) => string.Create(CultureInfo.InvariantCulture, $"{kind}:{id}");

    private async Task<IReadOnlyList<EndedCheck>> EndedChecksAsync(string commit, CancellationToken cancellationToken)
    {
        var ended = new List<EndedCheck>();
        var logs = 0;
        foreach (var status in await StatusesAsync(commit, cancellationToken))
        {
            if (status.Status is not ("success" or "failed" or "skipped") || CheckReport.IsOwn(status.Name)) continue; // one that was cancelled says nothing
            var log = status.Status == "failed" && logs++ < Limits.MostLogs ? await TraceAsync(status.Id, cancellationToken) : null;
            ended.Add(new EndedCheck(PlainText.Line(status.Name, 200), status.Status != "failed", log ?? PlainText.Start(status.Description ?? "", Limits.MostSaid), status.TargetUrl));
        }
        return ended;
    }

    /// <summary>Jobs of pipelines and what other machines said.</summary>
    private Task<IReadOnlyList<LabStatus>> StatusesAsync(string commit, CancellationToken cancellationToken) =>
        _api.ListAsync<LabStatus>($"repository/commits/{commit}/statuses?", cancellationToken);

    /// <returns>Null of what is no job of GitLab's own.</returns>
    private async Task<string?> TraceAsync(long job, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new ByteArrayContent(await _api.BytesAsync($"jobs/{job}/trace", cancellationToken));
            return await LogEnd.ReadAsync(content, cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private Task<T> GuardAsync<T>(Func<Task<T>> what) => Guard.RunAsync(_project, Needs, what);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$")]
    private static partial Regex ProjectPath();

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,255}$")]
    private static partial Regex Login();
}
