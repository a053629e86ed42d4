using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Kintsugi.Tests.Forge;

/// <summary>One project at a GitLab in memory that is as strict as GitLab is: a second open merge request, a file that is or is not there, a branch that has moved on are refused.</summary>
internal sealed class StrictGitLab : StrictForge
{
    public const string Token = "glpat-strict";

    private readonly List<(long Id, string Commit, string Name, string State, string? Description, string? Trace)> _statuses = [];

    private StrictGitLab(string project, TimeProvider clock) : base(project, clock)
    {
        On("GET", "/api/v4/user", call => new StrictAnswer(200, Shown(call.User)));
        On("GET", "/api/v4/users", call => new StrictAnswer(200, Members.Keys.Where(login => login == call.Query("username")).Select(login => Shown(new StrictUser(login)))));
        On("GET", Project("/members/all/{id}"), call => Members.FirstOrDefault(member => new StrictUser(member.Key).Id == call.Id("id")) is { Key: not null } member
            ? new StrictAnswer(200, new { access_level = member.Value })
            : Error(404, "404 Not found"));
        GitRoutes();
        MergeRoutes();
        On("GET", Project("/issues"), call =>
        {
            if (call.Query("sort") != "asc") throw Refused(400, "sorted otherwise, a new one would shift the pages");
            return Page(call, All.Where(issue => issue.Head is null && (call.Query("labels") is not { Length: > 0 } label || issue.Labels.Contains(label))), ShownIssue);
        });
        On("POST", Project("/issues"), call =>
        {
            var issue = Add(new StrictIssue { Title = call.Text("title"), Body = call.Optional("description"), User = call.User });
            issue.Labels.UnionWith((call.Optional("labels") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries));
            return new StrictAnswer(201, ShownIssue(issue));
        });
        On("PUT", Project("/issues/{iid}"), call => Put(call, All.Find(issue => issue.Number == call.Id("iid") && issue.Head is null), ShownIssue));
        On("GET", Project("/repository/commits/{sha}/statuses"), call => Page(
            call, _statuses.Where(status => status.Commit == call["sha"]).GroupBy(status => status.Name).Select(group => group.Last()),
            status => new { id = status.Id, name = status.Name, status = status.State, description = status.Description }));
        On("POST", Project("/statuses/{sha}"), call =>
        {
            if (!Git.Has(call["sha"], "commit")) throw Refused(404, "404 Commit Not Found");
            if (call.Text("state") is not ("pending" or "running" or "success" or "failed" or "canceled")) throw Refused(400, "state does not have a valid value");
            var id = NextId();
            _statuses.Add((id, call["sha"], call.Optional("name") ?? "default", call.Text("state"), call.Optional("description"), null));
            return new StrictAnswer(201, new { id, name = call.Optional("name"), status = call.Text("state"), description = call.Optional("description") });
        });
        On("GET", Project("/jobs/{id}/trace"), call => _statuses.Find(status => status.Id == call.Id("id")).Trace is { } trace ? new StrictAnswer(200, Text: trace) : Error(404, "404 Not Found"));
    }

    /// <summary>Login → access level.</summary>
    public Dictionary<string, int> Members { get; } = new(StringComparer.Ordinal) { ["kintsugi-bot"] = 30, ["ann"] = 40 };

    /// <summary>Logins that approved, by merge request.</summary>
    public List<(int Number, string Login)> Approvals { get; } = [];

    /// <summary>Logins that want changes, by merge request.</summary>
    public List<(int Number, string Login)> ChangesWanted { get; } = [];

    public static async Task<StrictGitLab> StartAsync(CancellationToken cancellationToken, string project = "ann/tools/agent", TimeProvider? clock = null)
    {
        var forge = new StrictGitLab(project, clock ?? TimeProvider.System);
        await forge.ListenAsync(cancellationToken);
        return forge;
    }

    /// <summary>A reviewer wants changes: GitLab notes that, and their words are notes of their own.</summary>
    public void WantChanges(int number, string login, string words) => Do(() =>
    {
        var merge = All.Single(issue => issue.Number == number && issue.Head is not null);
        Comment(merge, new StrictUser(login), words);
        Comment(merge, new StrictUser(login), "requested changes").IsSystem = true;
        if (!ChangesWanted.Contains((number, login))) ChangesWanted.Add((number, login));
        return true;
    });

    /// <summary>A job of a pipeline has ended.</summary>
    public void EndJob(string commit, string name, bool passed, string trace) => EndJob(commit, name, passed ? "success" : "failed", trace);

    public void EndJob(string commit, string name, string state, string trace) => Do(() =>
    {
        _statuses.Add((NextId(), commit, name, state, null, trace));
        return true;
    });

    protected override StrictAnswer Error(int status, string message, object? errors = null) => new(status, new { message });

    protected override void Authorize(StrictCall call)
    {
        if (call.Request.Headers.Authorization != "Bearer " + Token) throw Refused(401, "401 Unauthorized");
        call.User = new StrictUser("kintsugi-bot");
    }

    private void GitRoutes()
    {
        On("GET", Project("/repository/branches/{branch}"), call => Git.Branches.TryGetValue(call["branch"], out var tip) ? new StrictAnswer(200, new { name = call["branch"], commit = ShownCommit(tip) }) : Error(404, "404 Branch Not Found"));
        On("DELETE", Project("/repository/branches/{branch}"), call => Git.Branches.Remove(call["branch"]) ? new StrictAnswer(204) : Error(404, "404 Branch Not Found"));
        On("GET", Project("/repository/commits/{sha}"), call => new StrictAnswer(200, ShownCommit(Known(call["sha"]))));
        On("GET", Project("/repository/compare"), call => new StrictAnswer(200, new { commits = Git.Between(Known(call.Query("from")!), Known(call.Query("to")!)).Select(ShownCommit) }));
        On("GET", Project("/repository/files/{path}"), call =>
        {
            var commit = Known(call.Query("ref")!);
            return Git.Files(Git.Commit(commit).Tree).ContainsKey(call["path"]) ? new StrictAnswer(200, new { file_path = call["path"], last_commit_id = LastOf(call["path"], commit) }) : Error(404, "404 File Not Found");
        });
        On("GET", Project("/repository/blobs/{sha}/raw"), call => new StrictAnswer(200, Text: Encoding.UTF8.GetString(Git.Blob(call["sha"]))));
        On("GET", Project("/repository/tree"), call =>
        {
            var files = Git.Files(Git.Commit(Known(call.Query("ref")!)).Tree);
            object Show(string path, string mode, string id) => new { id, name = path.Split('/')[^1], path, mode, type = mode == "040000" ? "tree" : mode == "160000" ? "commit" : "blob" };
            var all = call.Query("recursive") == "true"
                ? files.Select(file => Show(file.Key, file.Value.Mode, file.Value.Id))
                : files.GroupBy(file => file.Key.Split('/')[0]).Select(top => top.Any(file => file.Key == top.Key)
                    ? Show(top.Key, top.First().Value.Mode, top.First().Value.Id)
                    : Show(top.Key, "040000", Git.PutTree(top.ToDictionary(file => file.Key[(top.Key.Length + 1)..], file => file.Value))));
            return Page(call, all, entry => entry);
        });
        On("POST", Project("/repository/commits"), Commit);
    }

    private StrictAnswer Commit(StrictCall call)
    {
        var branch = call.Text("branch");
        var has = Git.Branches.TryGetValue(branch, out var tip);
        if (call.Optional("start_sha") is { } start)
        {
            if (has) throw Refused(400, $"A branch called '{branch}' already exists. Switch to that branch in order to make changes");
            tip = Known(start);
        }
        else if (!has) throw Refused(400, "You can only create or edit files when you are on a branch");
        var files = Git.Files(Git.Commit(tip!).Tree);
        foreach (var action in (call.Body["actions"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var path = (string)action["file_path"]!;
            var kind = (string)action["action"]!;
            if (kind == "create" == files.ContainsKey(path)) throw Refused(400, kind == "create" ? "A file with this name already exists" : "A file with this name doesn't exist");
            if ((string?)action["last_commit_id"] is { } last && last != LastOf(path, tip!)) throw Refused(400, $"The file has changed in the meantime: {path}");
            if (kind == "delete") files.Remove(path);
            else if (kind == "chmod") files[path] = ((bool)action["execute_filemode"]! ? "100755" : "100644", files[path].Id);
            else files[path] = (kind == "create" ? (bool?)action["execute_filemode"] == true ? "100755" : "100644" : files[path].Mode, Git.Put("blob", Convert.FromBase64String((string)action["content"]!)));
        }
        var commit = Git.PutCommit(Git.PutTree(files), [tip!], $"{call.Text("author_name")} <{call.Text("author_email")}>", Clock.GetUtcNow(), call.Text("commit_message"), $"{NameOf(call.User.Login)} <{call.User.Login}@example.org>");
        Git.Branches[branch] = commit;
        return new StrictAnswer(201, ShownCommit(commit));
    }

    private void MergeRoutes()
    {
        On("GET", Project("/merge_requests"), call => Page(call, All.Where(issue => issue.Head == call.Query("source_branch")).Reverse(), ShownMerge));
        On("POST", Project("/merge_requests"), call =>
        {
            var (source, target) = (call.Text("source_branch"), call.Text("target_branch"));
            if (!Git.Branches.TryGetValue(source, out var tip) || !Git.Branches.TryGetValue(target, out var start)) throw Refused(400, "source or target branch does not exist");
            if (All.Find(issue => issue.Head == source && issue.HeadRepository == Repository && issue.State == "open") is { } open)
                throw Refused(409, $"Another open merge request already exists for this source branch: !{open.Number}");
            var title = call.Text("title");
            var merge = Add(new StrictIssue
            {
                Title = title,
                Body = call.Optional("description"),
                User = call.User,
                Head = source,
                HeadRepository = Repository,
                Base = target,
                BaseStart = start,
                LastTip = tip,
                IsDraft = title.StartsWith("Draft: ", StringComparison.Ordinal),
                Git = Git,
            });
            merge.Labels.UnionWith((call.Optional("labels") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries));
            return new StrictAnswer(201, ShownMerge(merge));
        });
        On("GET", Project("/merge_requests/{iid}"), call => new StrictAnswer(200, ShownMerge(Merge(call))));
        On("PUT", Project("/merge_requests/{iid}"), call => Put(call, Merge(call), ShownMerge));
        On("GET", Project("/merge_requests/{iid}/commits"), call => Page(call, Git.Between(Merge(call).BaseStart, Merge(call).Tip).Reverse(), ShownCommit));
        On("GET", Project("/merge_requests/{iid}/approvals"), call => new StrictAnswer(200, new { approved_by = Approvals.Where(one => one.Number == call.Id("iid")).Select(one => new { user = Shown(new StrictUser(one.Login)) }) }));
        On("GET", Project("/merge_requests/{iid}/reviewers"), call => Page(call, ChangesWanted.Where(one => one.Number == call.Id("iid")), one => new { user = Shown(new StrictUser(one.Login)), state = "requested_changes", created_at = Clock.GetUtcNow() }));
        On("GET", Project("/merge_requests/{iid}/notes"), call => Page(call, Merge(call).Comments, Shown));
        On("POST", Project("/merge_requests/{iid}/notes"), call => new StrictAnswer(201, Shown(Comment(Merge(call), call.User, call.Text("body")))));
        On("PUT", Project("/merge_requests/{iid}/notes/{id}"), call =>
        {
            var note = Note(call);
            note.Body = call.Text("body");
            return new StrictAnswer(200, Shown(note));
        });
        On("DELETE", Project("/merge_requests/{iid}/notes/{id}"), call => Merge(call).Comments.Remove(Note(call)) ? new StrictAnswer(204) : Error(404, "404 Not found"));
    }

    private StrictAnswer Put(StrictCall call, StrictIssue? issue, Func<StrictIssue, object> show)
    {
        if (issue is null) throw Refused(404, "404 Not found");
        issue.Title = call.Optional("title") ?? issue.Title;
        issue.Body = call.Optional("description") ?? issue.Body;
        if (call.Optional("state_event") == "close")
        {
            if (issue.State != "open") throw Refused(422, "state cannot transition via \"close\"");
            issue.LastTip = issue.Head is null ? "" : issue.Tip;
            (issue.State, issue.ClosedBy, issue.ClosedAt) = ("closed", call.User, Clock.GetUtcNow());
        }
        return new StrictAnswer(200, show(issue));
    }

    /// <summary>The last commit that touched a file, as seen from one.</summary>
    private string LastOf(string path, string commit)
    {
        var content = Git.Files(Git.Commit(commit).Tree)[path];
        while (Git.Commit(commit).Parents is [var parent, ..] && Git.Files(Git.Commit(parent).Tree).TryGetValue(path, out var was) && was == content) commit = parent;
        return commit;
    }

    private StrictIssue Merge(StrictCall call) => All.Find(issue => issue.Number == call.Id("iid") && issue.Head is not null) ?? throw Refused(404, "404 Not found");

    private StrictComment Note(StrictCall call) => Merge(call).Comments.Find(note => note.Id == call.Id("id")) ?? throw Refused(404, "404 Note Not Found");

    private string Known(string commit) => Git.Has(commit, "commit") ? commit : throw Refused(404, "404 Commit Not Found");

    private StrictError Refused(int status, string message) => new(Error(status, message));

    private string Project(string rest) => $"/api/v4/projects/{Uri.EscapeDataString(Repository)}{rest}";

    private static object Shown(StrictUser user) => new { id = user.Id, username = user.Login, name = NameOf(user.Login) };

    private static string NameOf(string login) => login == "kintsugi-bot" ? "Bot of the project" : login;

    private static object Shown(StrictComment note) => new { id = note.Id, body = note.Body, author = Shown(note.User), created_at = note.At, system = note.IsSystem };

    private object ShownCommit(string id)
    {
        var commit = Git.Commit(id);
        return new { id, message = commit.Message, author_name = commit.Author, author_email = commit.AuthorMail, committer_name = commit.Committer, committer_email = commit.CommitterMail, parent_ids = commit.Parents };
    }

    private object ShownIssue(StrictIssue issue) => new
    {
        iid = issue.Number,
        web_url = new Uri(Root, string.Create(CultureInfo.InvariantCulture, $"{Repository}/-/issues/{issue.Number}")),
        state = issue.State == "open" ? "opened" : "closed",
        title = issue.Title,
        description = issue.Body,
        author = Shown(issue.User),
    };

    private object ShownMerge(StrictIssue merge) => new
    {
        iid = merge.Number,
        web_url = new Uri(Root, string.Create(CultureInfo.InvariantCulture, $"{Repository}/-/merge_requests/{merge.Number}")),
        state = merge.MergeCommit is not null ? "merged" : merge.State == "open" ? "opened" : "closed",
        title = merge.Title,
        description = merge.Body,
        author = Shown(merge.User),
        sha = merge.Tip,
        source_branch = merge.Head,
        source_project_id = merge.HeadRepository == Repository ? 1 : 2,
        target_project_id = 1,
        merge_commit_sha = merge.MergeCommit,
        merge_user = merge.MergeCommit is not null && merge.ClosedBy is { } merger ? Shown(merger) : null,
        closed_by = merge.MergeCommit is null && merge.ClosedBy is { } closer ? Shown(closer) : null,
        updated_at = Clock.GetUtcNow(),
    };
}
