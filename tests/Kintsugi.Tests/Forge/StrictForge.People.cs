using System.Text;

namespace Kintsugi.Tests.Forge;

/// <summary>What is kept of the conversation, and what people and their machines do, without asking over the net.</summary>
internal abstract partial class StrictForge
{
    private long _lastId = 1000;
    private int _forgotten;

    /// <summary>Issues and pull requests, oldest first.</summary>
    public IReadOnlyList<StrictIssue> Issues => Do(() => All.ToList());

    public IReadOnlyList<StrictIssue> PullRequests => Do(() => All.Where(issue => issue.Head is not null).ToList());

    protected List<StrictIssue> All { get; } = [];

    /// <summary>Makes a commit on a branch; a branch that is not there starts without a past.</summary>
    /// <returns>The commit.</returns>
    public string Push(string branch, string login, string message, params (string Path, string Content)[] files) => Do(() =>
    {
        var has = Git.Branches.TryGetValue(branch, out var tip);
        var all = has ? Git.Files(Git.Commit(tip!).Tree) : [];
        foreach (var (path, content) in files) all[path] = ("100644", Git.Put("blob", Encoding.UTF8.GetBytes(content)));
        return Git.Branches[branch] = Git.PutCommit(Git.PutTree(all), has ? [tip!] : [], $"{login} <{login}@example.org>", Clock.GetUtcNow(), message);
    });

    /// <summary>Amends a branch's last commit, as git does: author and message stay, the committer is another.</summary>
    /// <returns>The commit.</returns>
    public string Amend(string branch, string login, params (string Path, string Content)[] files) => Do(() =>
    {
        var tip = Git.Commit(Git.Branches[branch]);
        var all = Git.Files(tip.Tree);
        foreach (var (path, content) in files) all[path] = ("100644", Git.Put("blob", Encoding.UTF8.GetBytes(content)));
        return Git.Branches[branch] = Git.PutCommit(Git.PutTree(all), tip.Parents, $"{tip.Author} <{tip.AuthorMail}>", Clock.GetUtcNow(), tip.Message, $"{login} <{login}@example.org>");
    });

    /// <summary>Merges a pull request as a person does.</summary>
    /// <param name="squash">One new commit with all of it, and nothing that says where it came from.</param>
    /// <returns>The commit on the base branch.</returns>
    public string Merge(int number, string login = "ann", bool squash = false, bool deletesBranch = false) => Do(() =>
    {
        var pull = All.Single(issue => issue.Number == number && issue.Head is not null);
        if (pull.State != "open") throw new InvalidOperationException($"#{number} is closed.");
        pull.LastTip = pull.Tip;
        var (target, tip) = (Git.Branches[pull.Base], pull.LastTip);
        var files = Git.Files(Git.Commit(target).Tree);
        var start = Git.Files(Git.Commit(pull.BaseStart).Tree);
        var ours = Git.Files(Git.Commit(tip).Tree);
        foreach (var (path, file) in ours.Where(file => !start.TryGetValue(file.Key, out var was) || was != file.Value)) files[path] = file;
        foreach (var path in start.Keys.Where(path => !ours.ContainsKey(path))) files.Remove(path);
        pull.MergeCommit = Git.PutCommit(
            Git.PutTree(files), squash ? [target] : [target, tip], $"{login} <{login}@example.org>", Clock.GetUtcNow(), squash ? $"{pull.Title} (#{number})\n" : $"Merge pull request #{number} from {Owner}/{pull.Head}\n");
        Git.Branches[pull.Base] = pull.MergeCommit;
        (pull.State, pull.ClosedBy, pull.ClosedAt) = ("closed", new StrictUser(login), Clock.GetUtcNow());
        if (deletesBranch) Git.Branches.Remove(pull.Head!);
        return pull.MergeCommit;
    });

    public void Close(int number, string login = "ann") => Do(() =>
    {
        var issue = All.Single(issue => issue.Number == number);
        issue.LastTip = issue.Head is null ? "" : issue.Tip;
        (issue.State, issue.ClosedBy, issue.ClosedAt) = ("closed", new StrictUser(login), Clock.GetUtcNow());
        return true;
    });

    public void Reopen(int number) => Do(() =>
    {
        var issue = All.Single(issue => issue.Number == number);
        (issue.State, issue.ClosedBy, issue.ClosedAt) = ("open", null, null);
        return true;
    });

    /// <returns>Its id.</returns>
    public long Say(int number, string login, string body) => Do(() => Comment(All.Single(issue => issue.Number == number), new StrictUser(login), body).Id);

    /// <summary>Somebody opens a pull request from their fork, from a branch that may be called as one of ours.</summary>
    public int OpenFromFork(string login, string branch, string target) => Do(() => Add(new StrictIssue
    {
        Title = "Something else",
        User = new StrictUser(login),
        Head = branch,
        HeadRepository = $"{login}/{Repository.Split('/')[1]}",
        Base = target,
        BaseStart = Git.Branches[target],
        LastTip = Git.Branches[target],
    }).Number);

    /// <summary>All that was said is gone; numbers go on from where they were.</summary>
    public void Forget() => Do(() =>
    {
        _forgotten += All.Count;
        All.Clear();
        return true;
    });

    /// <returns>Its number.</returns>
    public int AddIssue(string login, string body, params string[] labels) => Do(() =>
    {
        var issue = Add(new StrictIssue { Title = "Something", Body = body, User = new StrictUser(login) });
        issue.Labels.UnionWith(labels);
        return issue.Number;
    });

    protected long NextId() => ++_lastId;

    /// <summary>The next number of an issue or pull request.</summary>
    protected virtual int NextNumber(StrictIssue issue) => _forgotten + All.Count + 1;

    protected StrictIssue Add(StrictIssue issue)
    {
        issue.Number = NextNumber(issue);
        issue.HiddenFor = Lag;
        issue.CreatedAt = Clock.GetUtcNow();
        All.Add(issue);
        return issue;
    }

    protected StrictComment Comment(StrictIssue issue, StrictUser user, string body)
    {
        var comment = new StrictComment { Id = NextId(), User = user, Body = body, At = Clock.GetUtcNow(), HiddenFor = Lag };
        issue.Comments.Add(comment);
        return comment;
    }
}

/// <summary>An issue, or a pull request.</summary>
internal sealed class StrictIssue : StrictEntry
{
    public int Number { get; set; }

    public required string Title { get; set; }

    public string? Body { get; set; }

    public required StrictUser User { get; init; }

    public string State { get; set; } = "open";

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? ClosedAt { get; set; }

    public StrictUser? ClosedBy { get; set; }

    public ISet<string> Labels { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    public ISet<string> Assignees { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    public List<StrictEvent> Events { get; } = [];

    public List<StrictComment> Comments { get; } = [];

    /// <summary>The branch; null for an issue.</summary>
    public string? Head { get; init; }

    /// <summary>`owner/name`; empty for a fork that is gone.</summary>
    public string HeadRepository { get; init; } = "";

    public string Base { get; init; } = "";

    public string BaseStart { get; init; } = "";

    public bool IsDraft { get; init; }

    public StrictGit? Git { get; init; }

    /// <summary>What the branch was at when the pull request was ended, or the branch deleted.</summary>
    public string LastTip { get; set; } = "";

    public string Tip => State == "open" && Git is not null && Git.Branches.TryGetValue(Head!, out var tip) ? tip : LastTip;

    public string? MergeCommit { get; set; }

    public ISet<string> Asked { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    public List<StrictReview> Reviews { get; } = [];

    public List<StrictComment> Inline { get; } = [];
}

internal sealed class StrictComment : StrictEntry
{
    public required long Id { get; init; }

    public required StrictUser User { get; init; }

    public required string Body { get; set; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Whether GitLab wrote it, of what somebody did.</summary>
    public bool IsSystem { get; set; }

    /// <summary>Of a comment on a line of the change.</summary>
    public string? Path { get; init; }

    public int? Line { get; init; }

    public long? Review { get; init; }
}

/// <param name="State">As GitHub writes it: `APPROVED`.</param>
internal sealed record StrictReview(long Id, StrictUser User, string State, string Body, DateTimeOffset? At);

internal sealed record StrictEvent(string Kind)
{
    public string? Label { get; init; }

    public string? Assignee { get; init; }

    public string? Reviewer { get; init; }
}
