namespace Kintsugi.Tests.Forge;

internal sealed partial class StrictGitHub
{
    private static readonly string[] States = ["open", "closed", "all"];

    /// <summary>Logins that may be asked for a review, `org/team` for teams.</summary>
    public ISet<string> Reviewers { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    private void ConversationRoutes()
    {
        On("GET", Repo("/pulls"), ListPulls);
        On("POST", Repo("/pulls"), PostPull);
        On("GET", Repo("/pulls/{number}"), call => new StrictAnswer(200, ShownPull(Pull(call))));
        On("PATCH", Repo("/pulls/{number}"), call => Patch(call, Pull(call), ShownPull));
        On("GET", Repo("/pulls/{number}/commits"), call =>
        {
            var pull = Pull(call);
            return Page(call, Git.Between(pull.BaseStart, pull.Tip), ShownCommit);
        });
        On("GET", Repo("/pulls/{number}/reviews"), call => Page(call, Pull(call).Reviews, Shown));
        On("GET", Repo("/pulls/{number}/comments"), call => Page(call, Pull(call).Inline, Shown));
        On("POST", Repo("/pulls/{number}/requested_reviewers"), AskForReview);
        On("GET", Repo("/issues"), call =>
        {
            var labels = (call.Query("labels") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
            var state = State(call);
            var chosen = All.Where(issue => (state == "all" || issue.State == state) && labels.All(issue.Labels.Contains));
            return Page(call, call.Query("direction") == "asc" ? chosen : chosen.Reverse(), ShownIssue);
        });
        On("POST", Repo("/issues"), call =>
        {
            var issue = Add(new StrictIssue { Title = call.Text("title"), Body = call.Optional("body"), User = call.User });
            Label(issue, call.Texts("labels"));
            return new StrictAnswer(201, ShownIssue(issue));
        });
        On("GET", Repo("/issues/{number}"), call => new StrictAnswer(200, ShownIssue(Issue(call))));
        On("PATCH", Repo("/issues/{number}"), call => Patch(call, Issue(call), ShownIssue));
        On("GET", Repo("/issues/{number}/events"), call => Page(call, Issue(call).Events, Shown));
        On("POST", Repo("/issues/{number}/labels"), call =>
        {
            Label(Issue(call), call.Texts("labels"));
            return new StrictAnswer(200, Issue(call).Labels.Select(label => new { name = label }));
        });
        On("POST", Repo("/issues/{number}/assignees"), call =>
        {
            var issue = Issue(call);
            foreach (var login in call.Texts("assignees").Where(Collaborators.ContainsKey)) // GitHub silently leaves out the others
            {
                if (issue.Assignees.Add(login)) issue.Events.Add(new StrictEvent("assigned") { Assignee = login });
            }
            return new StrictAnswer(201, ShownIssue(issue));
        });
        On("GET", Repo("/issues/{number}/comments"), call => Page(call, Issue(call).Comments, Shown));
        On("POST", Repo("/issues/{number}/comments"), call => new StrictAnswer(201, Shown(Comment(Issue(call), call.User, Bounded(call.Text("body"))))));
        On("PATCH", Repo("/issues/comments/{id}"), call =>
        {
            var comment = CommentOf(call);
            comment.Body = Bounded(call.Text("body"));
            return new StrictAnswer(200, Shown(comment));
        });
        On("DELETE", Repo("/issues/comments/{id}"), call =>
        {
            var comment = CommentOf(call);
            foreach (var issue in All) issue.Comments.Remove(comment);
            return new StrictAnswer(204);
        });
        On("GET", Repo("/collaborators/{login}/permission"), call => Collaborators.TryGetValue(call["login"], out var permission)
            ? new StrictAnswer(200, new { permission, role_name = permission, user = Shown(new StrictUser(call["login"])) })
            : Error(404, $"{call["login"]} is not a user"));
    }

    private StrictAnswer ListPulls(StrictCall call)
    {
        var state = State(call);
        // As GitHub: a head that is not `owner:branch` is no filter at all.
        var head = call.Query("head") is { } asked && asked.Contains(':', StringComparison.Ordinal) ? asked : null;
        return Page(
            call,
            All.Where(issue => issue.Head is not null && (state == "all" || issue.State == state) && (head is null || head == $"{issue.HeadRepository.Split('/')[0]}:{issue.Head}")).Reverse(),
            ShownPull);
    }

    private StrictAnswer PostPull(StrictCall call)
    {
        var (head, target) = (call.Text("head"), call.Text("base"));
        if (!Git.Branches.TryGetValue(head, out var tip)) throw Refused(422, "Validation Failed", new[] { new { resource = "PullRequest", field = "head", code = "invalid" } });
        if (!Git.Branches.TryGetValue(target, out var start)) throw Refused(422, "Validation Failed", new[] { new { resource = "PullRequest", field = "base", code = "invalid" } });
        if (All.Any(issue => issue.Head == head && issue.HeadRepository == Repository && issue.State == "open" && issue.Base == target)) throw Invalid("PullRequest", $"A pull request already exists for {Owner}:{head}.");
        if (Git.Between(start, tip).Count == 0) throw Invalid("PullRequest", $"No commits between {target} and {head}");
        if (call.Flag("draft") && !HasDrafts) throw Refused(422, "Draft pull requests are not supported in this repository.");
        return new StrictAnswer(201, ShownPull(Add(new StrictIssue
        {
            Title = call.Text("title"),
            Body = Bounded(call.Optional("body") ?? ""),
            User = call.User,
            Head = head,
            HeadRepository = Repository,
            Base = target,
            BaseStart = start,
            LastTip = tip,
            IsDraft = call.Flag("draft"),
            Git = Git,
        })));
    }

    private StrictAnswer AskForReview(StrictCall call)
    {
        var pull = Pull(call);
        var people = call.Texts("reviewers");
        var teams = call.Texts("team_reviewers").Select(team => $"{Owner}/{team}").ToList();
        if (people.Contains(pull.User.Login)) throw Refused(422, "Review cannot be requested from pull request author.");
        if (people.Concat(teams).Any(one => !Reviewers.Contains(one))) throw Refused(422, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.");
        foreach (var one in people.Concat(teams))
        {
            pull.Asked.Add(one);
            pull.Events.Add(new StrictEvent("review_requested") { Reviewer = one });
        }
        return new StrictAnswer(201, ShownPull(pull));
    }

    private StrictAnswer Patch(StrictCall call, StrictIssue issue, Func<StrictIssue, object> show)
    {
        issue.Title = call.Optional("title") ?? issue.Title;
        issue.Body = call.Optional("body") is { } body ? Bounded(body) : issue.Body;
        if (call.Optional("state") is { } state && state != issue.State && issue.MergeCommit is null)
        {
            issue.State = state is "open" or "closed" ? state : throw Refused(422, "Validation Failed");
            issue.ClosedBy = state == "closed" ? call.User : null;
            issue.ClosedAt = state == "closed" ? Clock.GetUtcNow() : null;
        }
        return new StrictAnswer(200, show(issue));
    }

    private static void Label(StrictIssue issue, IReadOnlyList<string> labels)
    {
        foreach (var label in labels)
        {
            if (issue.Labels.Add(label)) issue.Events.Add(new StrictEvent("labeled") { Label = label });
        }
    }

    private string State(StrictCall call) => call.Query("state") is not { } state ? "open" : States.Contains(state) ? state : throw Refused(422, "Validation Failed");

    private string Bounded(string body) => body.Length <= 65_536 ? body : throw Invalid("Issue", "body is too long (maximum is 65536 characters)");

    private StrictIssue Issue(StrictCall call) => All.Find(issue => issue.Number == call.Id("number")) ?? throw Refused(404, "Not Found");

    private StrictIssue Pull(StrictCall call) => Issue(call) is { Head: not null } pull ? pull : throw Refused(404, "Not Found");

    private StrictComment CommentOf(StrictCall call) => All.SelectMany(issue => issue.Comments).FirstOrDefault(comment => comment.Id == call.Id("id")) ?? throw Refused(404, "Not Found");

    private object ShownIssue(StrictIssue issue) => new
    {
        id = issue.Number + 10_000,
        number = issue.Number,
        html_url = new Uri(Root, $"{Repository}/issues/{issue.Number}"),
        title = issue.Title,
        body = issue.Body,
        user = Shown(issue.User),
        state = issue.State,
        labels = issue.Labels.Select(label => new { name = label }),
        assignees = issue.Assignees.Select(login => Shown(new StrictUser(login))),
        closed_by = issue.ClosedBy is { } by ? Shown(by) : null,
        created_at = issue.CreatedAt,
        pull_request = issue.Head is null ? null : new { url = Root },
    };

    private object ShownPull(StrictIssue pull) => new
    {
        id = pull.Number + 20_000,
        number = pull.Number,
        html_url = new Uri(Root, $"{Repository}/pull/{pull.Number}"),
        title = pull.Title,
        body = pull.Body,
        user = Shown(pull.User),
        state = pull.State,
        draft = pull.IsDraft,
        head = new { @ref = pull.Head, sha = pull.Tip, label = $"{pull.HeadRepository.Split('/')[0]}:{pull.Head}", repo = pull.HeadRepository.Length == 0 ? null : new { full_name = pull.HeadRepository } },
        @base = new { @ref = pull.Base, sha = pull.BaseStart },
        created_at = pull.CreatedAt,
        closed_at = pull.ClosedAt,
        merged_at = pull.MergeCommit is null ? null : pull.ClosedAt,
        merge_commit_sha = pull.MergeCommit ?? new string('e', 40), // of an open one GitHub gives its trial merge
        merged_by = pull.MergeCommit is not null && pull.ClosedBy is { } by ? Shown(by) : null,
        labels = pull.Labels.Select(label => new { name = label }),
    };

    private object Shown(StrictComment comment) => new
    {
        id = comment.Id,
        body = comment.Body,
        user = Shown(comment.User),
        created_at = comment.At,
        path = comment.Path,
        line = comment.Line,
        pull_request_review_id = comment.Review,
    };

    private static object Shown(StrictReview review) => new { id = review.Id, body = review.Body, user = Shown(review.User), state = review.State, submitted_at = review.At };

    private static object Shown(StrictEvent happened) => new
    {
        @event = happened.Kind,
        label = happened.Label is { } label ? new { name = label } : null,
        assignee = happened.Assignee is { } login ? Shown(new StrictUser(login)) : null,
        requested_reviewer = happened.Reviewer is { } one && !one.Contains('/', StringComparison.Ordinal) ? Shown(new StrictUser(one)) : null,
        requested_team = happened.Reviewer is { } team && team.Contains('/', StringComparison.Ordinal) ? new { slug = team.Split('/')[1] } : null,
    };
}
