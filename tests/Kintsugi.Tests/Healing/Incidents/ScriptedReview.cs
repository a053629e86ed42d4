using Kintsugi.Forge;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Healing.Incidents;

/// <summary>A forge with one pull request, whose people do what the test says.</summary>
internal sealed class ScriptedReview : IForge, IConversation
{
    public const string Branch = "kintsugi/a/1";

    public static readonly Uri Url = new("https://forge.example/o/n/pull/1");

    private int _remarks;

    public PullRequestView View { get; set; } = new(1, Url, PullRequestState.Open, "kintsugi[bot]", "c", null, null, [new BranchCommit("c", "kintsugi[bot]", IsOurs: true)], [], []);

    public HashSet<string> Writers { get; } = ["ada"];

    /// <summary>Comments of ours by key.</summary>
    public Dictionary<string, string> Comments { get; } = [];

    public int Closings { get; private set; }

    /// <summary>Called before anything of ours is written; it may throw.</summary>
    public Action<string> Writing { get; set; } = _ => { };

    public string Says(string by, string body, RemarkKind kind = RemarkKind.Comment)
    {
        var id = $"comment:{++_remarks}";
        View = View with { Remarks = [.. View.Remarks, new Remark(id, by, kind, body, null, DateTimeOffset.UnixEpoch)] };
        return id;
    }

    public Task<PullRequestView?> ReadAsync(string branch, CancellationToken cancellationToken) => Task.FromResult(branch == Branch ? View : null);

    public Task<bool> MayWriteAsync(string login, CancellationToken cancellationToken) => Task.FromResult(Writers.Contains(login));

    public Task PutCommentAsync(int number, string key, string body, CancellationToken cancellationToken)
    {
        Writing(key);
        if (Comments.TryAdd(key, body)) View = View with { Remarks = [.. View.Remarks, new Remark($"comment:{++_remarks}", View.Author, RemarkKind.Comment, body, key, DateTimeOffset.UnixEpoch)] };
        else Comments[key] = body;
        return Task.CompletedTask;
    }

    public Task CloseAsync(int number, CancellationToken cancellationToken)
    {
        Writing("close");
        Closings++;
        View = View with { State = PullRequestState.Closed };
        return Task.CompletedTask;
    }

    public Task<ProposedBranch> PutBranchAsync(BranchRequest request, IReadOnlyList<TreeEdit> changes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PullRequest> PutPullRequestAsync(PullRequestRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PutCheckAsync(CheckReport check, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Uri> PutIssueAsync(IssueRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();
}
