using System.Text;
using Kintsugi.Forge;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Forge;

/// <summary>What every forge over the net does; each runs it against a strict server of its own.</summary>
public abstract class RemoteForgeSuite
{
    private protected const string Branch = "kintsugi/scorer/0123456789ab";
    private protected const string Fingerprint = "0123456789abcdef";

    private static readonly string[] NoOne = [];

    public static TheoryData<int> EffectlessOrNot => [.. Enum.GetValues<Fault>().Where(fault => fault is not (Fault.None or Fault.UsedUp)).Select(fault => (int)fault)];

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected abstract Task<StrictForge> StartAsync();

    private protected abstract IRemoteForge Open(StrictForge server, TimeProvider clock);

    private IRemoteForge Open(StrictForge server) => Open(server, new SkippingClock());

    private protected async Task<StrictForge> WithMainAsync()
    {
        var server = await StartAsync();
        server.Push("main", "ann", "Begin\n", ("agent/prompt.md", "broken\n"), ("notes.md", "mine\n"));
        return server;
    }

    [Fact]
    public async Task A_fix_becomes_one_commit_on_one_branch_however_often_it_is_put_there()
    {
        await using var server = await WithMainAsync();
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");

        var first = await forge.PutBranchAsync(request, changes, Cancel);
        var second = await forge.PutBranchAsync(request with { At = request.At.AddDays(1), Body = "Told otherwise." }, changes, Cancel);

        Assert.Equal(new ProposedBranch(Branch, server.Git.Branches[Branch], Adopted: false), first);
        Assert.Equal(first with { Adopted = true }, second);
        var commit = server.Git.Commit(first.Commit);
        Assert.Equal((request.Tree, request.Parent), (commit.Tree, Assert.Single(commit.Parents)));
        Assert.StartsWith("Kintsugi <kintsugi@localhost> ", commit.AuthorLine, StringComparison.Ordinal);
        Assert.Equal($"Mend the scorer\n\nIt was broken.\n\nKintsugi-Fingerprint: {Fingerprint}\nSigned-off-by: Kintsugi <kintsugi@localhost>", commit.Message.TrimEnd());
    }

    [Fact]
    public async Task A_branch_that_a_person_has_gone_on_with_is_adopted_with_what_they_did()
    {
        await using var server = await WithMainAsync();
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");
        var first = await forge.PutBranchAsync(request, changes, Cancel);
        var theirs = server.Push(Branch, "ann", "Say it better\n", ("agent/prompt.md", "whole, and better\n"));

        Assert.Equal(new ProposedBranch(Branch, theirs, Adopted: true, IsAsked: false, IsOurs: false), await forge.PutBranchAsync(request, changes, Cancel));
        var (other, others) = Fix(server, "other\n");
        Assert.Equal(new ProposedBranch(Branch, theirs, Adopted: true, IsAsked: false, IsOurs: false), await forge.PutBranchAsync(other with { After = first.Commit }, others, Cancel));
    }

    [Fact]
    public async Task What_a_person_amended_is_theirs_though_it_keeps_our_trailer()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        await forge.PutPullRequestAsync(Asked(), Cancel);
        var theirs = server.Amend(Branch, "ann", ("agent/prompt.md", "whole, and better\n"));
        server.Push("main", "ann", "Take notes\n", ("notes.md", "new\n"));
        var (other, others) = Fix(server, "other\n");

        var branch = await forge.PutBranchAsync(other with { After = theirs }, others, Cancel);

        Assert.Equal(new ProposedBranch(Branch, theirs, Adopted: true, IsAsked: false, IsOurs: false), branch);
        Assert.Equal([(theirs, false)], (await forge.ReadAsync(Branch, Cancel))!.Commits.Select(commit => (commit.Id, commit.IsOurs)));
    }

    [Fact]
    public async Task A_fix_of_ours_that_is_not_on_the_version_that_is_worse_now_is_followed_by_one_that_is()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var old = server.Git.Branches[Branch];
        server.Push("main", "ann", "Take notes\n", ("notes.md", "new\n"));
        var (request, changes) = Fix(server, "whole\n");

        var branch = await forge.PutBranchAsync(request, changes, Cancel);
        var again = await forge.PutBranchAsync(request, changes, Cancel);

        Assert.False(branch.Adopted);
        Assert.Equal(branch with { Adopted = true }, again);
        Assert.Equal(request.Tree, server.Git.Commit(branch.Commit).Tree);
        Assert.Contains(old, server.Git.Commit(branch.Commit).Parents);
    }

    [Fact]
    public async Task A_squashed_fix_that_was_taken_back_is_followed_though_a_person_worked_on_it()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var first = await forge.PutPullRequestAsync(Asked(), Cancel);
        var theirs = server.Push(Branch, "ann", "Say it better\n", ("agent/prompt.md", "whole, and better\n"));
        server.Merge(first.Number, squash: true);
        server.Push("main", "ann", "Revert it\n", ("agent/prompt.md", "broken\n"));
        var (request, changes) = Fix(server, "whole\n");
        Assert.Equal(theirs, (await forge.PutBranchAsync(request, changes, Cancel)).Commit);

        var branch = await forge.PutBranchAsync(request with { Done = theirs }, changes, Cancel);
        var pull = await forge.PutPullRequestAsync(Asked() with { After = first.Number }, Cancel);

        Assert.Contains(theirs, server.Git.Commit(branch.Commit).Parents);
        Assert.Equal(request.Tree, server.Git.Commit(branch.Commit).Tree);
        Assert.Equal((PullRequestState.Open, 2), (pull.State, server.PullRequests.Count));
    }

    [Fact]
    public async Task Somebody_elses_branch_of_that_name_is_left_alone()
    {
        await using var server = await WithMainAsync();
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");
        server.Git.Branches[Branch] = request.Parent;
        await Assert.ThrowsAsync<BranchTakenException>(() => forge.PutBranchAsync(request, changes, Cancel));

        var theirs = server.Push(Branch, "ann", $"Mine\n\nKintsugi-Fingerprint: {Fingerprint}\n\nSaid so above.\n", ("notes.md", "theirs\n"));
        await Assert.ThrowsAsync<BranchTakenException>(() => forge.PutBranchAsync(request, changes, Cancel));
        Assert.Equal(theirs, server.Git.Branches[Branch]);
    }

    [Fact]
    public async Task Another_attempt_follows_the_last_one()
    {
        await using var server = await WithMainAsync();
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");
        var first = await forge.PutBranchAsync(request, changes, Cancel);
        var (better, betterChanges) = Fix(server, "better\n");

        var second = await forge.PutBranchAsync(better with { After = first.Commit }, betterChanges, Cancel);
        var again = await forge.PutBranchAsync(better with { After = first.Commit }, betterChanges, Cancel);

        Assert.False(second.Adopted);
        Assert.Equal(second with { Adopted = true }, again);
        Assert.Equal(better.Tree, server.Git.Commit(second.Commit).Tree);
        Assert.Equal(first.Commit, Assert.Single(server.Git.Commit(second.Commit).Parents));
    }

    [Fact]
    public async Task A_branch_whose_fix_was_merged_goes_on_to_the_next_and_gets_another_pull_request()
    {
        await using var server = await WithMainAsync();
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");
        await forge.PutBranchAsync(request, changes, Cancel);
        var first = await forge.PutPullRequestAsync(Asked(), Cancel);
        server.Merge(first.Number);
        Assert.Equal(first with { State = PullRequestState.Merged }, await forge.PutPullRequestAsync(Asked(), Cancel));
        server.Push("main", "ann", "Break it again\n", ("agent/prompt.md", "broken again\n"));
        var (next, nextChanges) = Fix(server, "whole again\n");

        var second = await forge.PutBranchAsync(next, nextChanges, Cancel);
        Assert.Equal(PullRequestState.Merged, (await forge.PutPullRequestAsync(Asked(), Cancel)).State);
        var pull = await forge.PutPullRequestAsync(Asked() with { After = first.Number }, Cancel);

        Assert.False(second.Adopted);
        Assert.Equal(next.Tree, server.Git.Commit(second.Commit).Tree);
        Assert.Equal((PullRequestState.Open, 2), (pull.State, server.PullRequests.Count));
        Assert.Equal(pull, await forge.PutPullRequestAsync(Asked(), Cancel));
        Assert.Equal(pull, await forge.PutPullRequestAsync(Asked() with { After = first.Number }, Cancel));
    }

    [Fact]
    public async Task A_parent_that_the_forge_lacks_is_to_be_pushed_first()
    {
        await using var server = await WithMainAsync();
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");
        var absent = new string('b', 40);

        var error = await Assert.ThrowsAsync<ForgeException>(() => forge.PutBranchAsync(request with { Parent = absent }, changes, Cancel));

        Assert.Contains(absent, error.Message, StringComparison.Ordinal);
        Assert.Contains("push it first", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Branch, server.Git.Branches.Keys);
    }

    [Fact]
    public async Task One_pull_request_is_made_as_a_draft_and_then_adopted()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);

        var first = await forge.PutPullRequestAsync(Asked(), Cancel);
        var second = await forge.PutPullRequestAsync(Asked() with { Title = "Another title" }, Cancel);

        Assert.Equal(first, second);
        var pull = Assert.Single(server.PullRequests);
        Assert.True(pull.IsDraft);
        Assert.Equal("What broke.", pull.Body);
        Assert.EndsWith("Mend the scorer", pull.Title, StringComparison.Ordinal);
        Assert.Contains("kintsugi", pull.Labels);
    }

    [Fact]
    public async Task One_of_another_attempt_says_so()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var first = await forge.PutPullRequestAsync(Asked(), Cancel);

        var second = await forge.PutPullRequestAsync(Asked() with { Title = "Another title", Body = "Another body.", Rewrites = true }, Cancel);

        Assert.Equal(first, second);
        Assert.EndsWith("Another title", Assert.Single(server.PullRequests).Title, StringComparison.Ordinal);
        Assert.Equal("Another body.", server.PullRequests[0].Body);
    }

    [Fact]
    public async Task One_that_a_person_closed_is_never_made_again()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var first = await forge.PutPullRequestAsync(Asked(), Cancel);
        server.Close(first.Number);

        Assert.Equal(first with { State = PullRequestState.Closed }, await forge.PutPullRequestAsync(Asked(), Cancel));
        Assert.Single(server.PullRequests);
        Assert.Equal(PullRequestState.Open, (await forge.PutPullRequestAsync(Asked() with { After = first.Number }, Cancel)).State); // whoever asks knows that it was withdrawn
    }

    [Fact]
    public async Task A_forks_pull_request_from_a_branch_of_that_name_is_not_ours()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var strangers = server.OpenFromFork("mallory", Branch, "main");

        Assert.Null(await forge.ReadAsync(Branch, Cancel));
        Assert.NotEqual(strangers, (await forge.PutPullRequestAsync(Asked(), Cancel)).Number);
    }

    [Fact]
    public async Task A_label_that_a_person_took_off_stays_off()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        await forge.PutPullRequestAsync(Asked(), Cancel);
        server.Do(() => server.PullRequests[0].Labels.Remove("kintsugi"));

        await forge.PutPullRequestAsync(Asked(), Cancel);

        Assert.Empty(server.PullRequests[0].Labels);
    }

    [Fact]
    public async Task A_comment_is_replaced_by_its_key_and_nobody_elses_is_touched()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var pull = await forge.PutPullRequestAsync(Asked(), Cancel);
        server.Say(pull.Number, "mallory", "Mine.\n\n<!-- kintsugi:verdict:1 -->");

        await forge.PutCommentAsync(pull.Number, "verdict:1", "Worse.", Cancel);
        await forge.PutCommentAsync(pull.Number, "answer:1", "Because.", Cancel);
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Better.", Cancel);

        Assert.Equal(
            ["Mine.\n\n<!-- kintsugi:verdict:1 -->", "Better.\n\n<!-- kintsugi:verdict:1 -->", "Because.\n\n<!-- kintsugi:answer:1 -->"],
            server.PullRequests[0].Comments.Select(comment => comment.Body));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a-->b")]
    [InlineData("a--b")]
    [InlineData("")]
    public async Task What_could_end_the_unseen_line_early_is_no_key(string key)
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);

        await Assert.ThrowsAsync<ArgumentException>(() => forge.PutCommentAsync(1, key, "Text.", Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => forge.PutCommentAsync(1, "verdict:1", new string('x', 60_001), Cancel));
    }

    [Fact]
    public async Task An_issue_is_opened_once_ever()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var request = new IssueRequest(Fingerprint, "Three attempts failed", "The packet.", ["kintsugi"], ["ann", "nobody-here"]);
        server.Say(server.Do(() => NewIssue(server, "mallory", $"Mine.\n\n<!-- kintsugi:{Fingerprint} -->")), "ann", "Hm.");

        var first = await forge.PutIssueAsync(request, Cancel);
        var issue = server.Issues.Last(issue => issue.Head is null);
        server.Close(issue.Number);

        Assert.Equal(first, await forge.PutIssueAsync(request, Cancel));
        Assert.Equal(2, server.Issues.Count(issue => issue.Head is null));
        Assert.Contains("kintsugi", issue.Labels);
    }

    [Fact]
    public async Task What_is_read_says_who_did_what()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var pull = await forge.PutPullRequestAsync(Asked(), Cancel);
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Better.", Cancel);
        server.Say(pull.Number, "mallory", "/kintsugi retry\n\n<!-- kintsugi:verdict:2 -->");
        var ours = server.Git.Branches[Branch];
        var theirs = server.Push(Branch, "ann", "Tidy\n", ("notes.md", "tidy\n"));

        var open = (await forge.ReadAsync(Branch, Cancel))!;
        server.Merge(pull.Number);
        var merged = (await forge.ReadAsync(Branch, Cancel))!;

        Assert.Equal((pull.Number, pull.Url, PullRequestState.Open, theirs), (open.Number, open.Url, open.State, open.Tip));
        Assert.Null(open.MergedAs);
        Assert.Equal([(ours, true), (theirs, false)], open.Commits.Select(commit => (commit.Id, commit.IsOurs)));
        Assert.Equal([(open.Author, "verdict:1"), ("mallory", null)], open.Remarks.Select(remark => (remark.Author, remark.Key)));
        Assert.Equal((PullRequestState.Merged, server.Git.Branches["main"], "ann"), (merged.State, merged.MergedAs, merged.EndedBy));
    }

    [Fact]
    public async Task What_was_closed_says_by_whom_and_stays_closed()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        var pull = await forge.PutPullRequestAsync(Asked(), Cancel);

        await forge.CloseAsync(pull.Number, Cancel);
        await forge.CloseAsync(pull.Number, Cancel);

        var view = (await forge.ReadAsync(Branch, Cancel))!;
        Assert.Equal((PullRequestState.Closed, view.Author), (view.State, view.EndedBy));
        Assert.Null(view.MergedAs);
    }

    [Theory]
    [InlineData((int)Fault.Limited, 1)]
    [InlineData((int)Fault.LimitedUntold, 60)]
    public async Task A_short_limit_is_waited_for_as_long_as_it_says_or_a_minute(int fault, int seconds)
    {
        await using var server = await ProposedAsync();
        var clock = new SkippingClock();
        using var forge = Open(server, clock);
        var first = server.Requests.Count + 1;
        server.Faults = request => request.Number == first ? (Fault)fault : Fault.None;

        await forge.ReadAsync(Branch, Cancel);

        Assert.Equal([TimeSpan.FromSeconds(seconds)], clock.Skipped);
    }

    [Fact]
    public async Task The_hourly_limit_is_not_waited_for()
    {
        await using var server = await ProposedAsync();
        using var forge = Open(server);
        server.Faults = _ => Fault.UsedUp;

        var error = await Assert.ThrowsAsync<ForgeException>(() => forge.ReadAsync(Branch, Cancel));

        Assert.Contains("Run again at ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Each request of a whole proposal fails once, in each way: what is there afterwards is there once.</summary>
    [Theory]
    [MemberData(nameof(EffectlessOrNot))]
    public async Task Whichever_request_fails_everything_is_there_once(int fault)
    {
        int requests;
        await using (var server = await WithMainAsync())
        {
            await ProposeAllAsync(server);
            requests = server.Requests.Count;
        }
        for (var failing = 1; failing <= requests; failing++)
        {
            await using var server = await WithMainAsync();
            server.Lag = failing % 3;
            server.Faults = request => request.Number == failing ? (Fault)fault : Fault.None;

            await ProposeAllAsync(server);

            AssertOnce(server, $"{(Fault)fault} at {failing}: {server.Requests[failing - 1]}");
        }
    }

    [Fact]
    public async Task Two_at_once_leave_everything_there_once()
    {
        for (var round = 0; round < 10; round++)
        {
            await using var server = await WithMainAsync();
            server.Lag = round % 3;

            await Task.WhenAll(ProposeAllAsync(server), ProposeAllAsync(server), ProposeAllAsync(server));

            AssertOnce(server, $"round {round}");
        }
    }

    [Fact]
    public async Task A_token_is_in_no_error()
    {
        await using var server = await WithMainAsync();
        using var forge = Open(server);
        server.Faults = _ => Fault.DiesBefore;

        var error = await Assert.ThrowsAsync<ForgeException>(() => forge.ReadAsync(Branch, Cancel));

        Assert.DoesNotContain("strict", error.ToString().Replace(nameof(StrictForge), "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", error.Message, StringComparison.Ordinal);
    }

    private protected async Task<StrictForge> ProposedAsync()
    {
        var server = await WithMainAsync();
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");
        await forge.PutBranchAsync(request, changes, Cancel);
        return server;
    }

    private protected static (BranchRequest Request, IReadOnlyList<TreeEdit> Changes) Fix(StrictForge server, string prompt) => server.Do(() =>
    {
        var parent = server.Git.Branches["main"];
        var files = server.Git.Files(server.Git.Commit(parent).Tree);
        var content = Encoding.UTF8.GetBytes(prompt);
        files["agent/prompt.md"] = ("100644", server.Git.Put("blob", content));
        var tree = server.Git.PutTree(files);
        return (
            new BranchRequest(Branch, tree, parent, "Mend the scorer", "It was broken.", Fingerprint, new DateTimeOffset(2026, 3, 2, 9, 30, 0, TimeSpan.FromHours(1))),
            (IReadOnlyList<TreeEdit>)[new TreeEdit("agent/prompt.md", "100644", content)]);
    });

    private protected static PullRequestRequest Asked() => new(Branch, "main", "Mend the scorer", "What broke.", ["kintsugi"], NoOne, Rewrites: false);

    private protected static int NewIssue(StrictForge server, string login, string body) => server.AddIssue(login, body, "kintsugi");

    private async Task ProposeAllAsync(StrictForge server)
    {
        using var forge = Open(server);
        var (request, changes) = Fix(server, "whole\n");
        var branch = await forge.PutBranchAsync(request, changes, Cancel);
        var pull = await forge.PutPullRequestAsync(Asked(), Cancel);
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Better.", Cancel);
        await forge.PutCheckAsync(new CheckReport(branch.Commit, "kintsugi / scorer", true, "Better", "9 of 10.", [new Annotation("agent/prompt.md", 1, 1, "Here.")]), Cancel);
        await forge.PutIssueAsync(new IssueRequest(Fingerprint, "Three attempts failed", "The packet.", ["kintsugi"], ["ann"]), Cancel);
        Assert.True(branch.IsAsked);
    }

    private static void AssertOnce(StrictForge server, string when)
    {
        Assert.True(server.Git.Branches.Keys.SequenceEqual(["main", Branch]), when);
        Assert.True(server.Git.Between(server.Git.Branches["main"], server.Git.Branches[Branch]).Count == 1, when);
        Assert.True(server.PullRequests.Count == 1 && server.PullRequests[0].Labels.Count == 1, when);
        Assert.True(server.PullRequests[0].Comments.Count == 1, when);
        Assert.True(server.Issues.Count(issue => issue is { Head: null, State: "open" }) == 1, when);
    }
}
