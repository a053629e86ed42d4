using System.Security.Cryptography;
using Kintsugi.Forge;
using Kintsugi.Forge.GitHub;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Models;
using Kintsugi.Tests.Sandbox.Git;

namespace Kintsugi.Tests.Forge;

public class GitHubForgeTests : RemoteForgeSuite
{

    [Fact]
    public async Task A_fix_becomes_the_same_commit_there_as_here()
    {
        await using var repository = await TestRepository.WithCommitAsync(("agent/prompt.md", "broken\n"), ("agent/old.md", "old\n"), ("run.sh", "run\n"), ("agent.md", "a\n"));
        await using var git = await repository.OpenAsync();
        await using var server = await StrictGitHub.StartAsync(Cancel);
        await server.Git.LoadAsync(repository.Top, Cancel);
        using var forge = Open(server);
        var head = await git.ResolveAsync("HEAD", Cancel);
        TreeEdit[] edits = [new("agent/prompt.md", "100644", "whole\n"u8.ToArray()), new("agent/old.md", "100644", null), new("run.sh", "100755", "run\n"u8.ToArray()), new("link", "120000", "run.sh"u8.ToArray())];
        var request = new BranchRequest(
            "kintsugi/scorer/0123456789ab", await git.WriteTreeAsync(head.Tree, edits, Cancel), head.Id, "Mend the scorer", "It was broken.", "0123456789abcdef", new DateTimeOffset(2026, 3, 2, 9, 30, 0, TimeSpan.FromHours(1)));

        var there = await forge.PutBranchAsync(request, edits, Cancel);

        Assert.False(there.Adopted);
        var here = await new Kintsugi.Forge.Local.LocalForge(git).ProposeAsync(request, Cancel);
        Assert.Equal(here.Commit, there.Commit);
        Assert.Equal(there with { Adopted = true }, await forge.PutBranchAsync(request, edits, Cancel));
    }

    [Fact]
    public async Task An_App_finds_its_installation_and_renews_its_token_before_it_ends_and_when_it_is_refused()
    {
        using var key = RSA.Create(2048);
        var clock = new HandClock();
        await using var server = await StrictGitHub.StartAsync(Cancel, clock: clock);
        server.AddApp(4711, key);
        server.Push("main", "ann", "Begin\n", ("agent/prompt.md", "broken\n"));
        using var forge = new GitHubForge(new ForgeSettings(ForgeKind.GitHub, server.Root, server.Repository, new AppCredentials(4711, key.ExportRSAPrivateKeyPem(), null)), clock);
        var (request, changes) = Fix(server, "whole\n");
        await forge.PutBranchAsync(request, changes, Cancel);
        var pull = await forge.PutPullRequestAsync(Asked(), Cancel);
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Worse.", Cancel);
        Assert.Equal(1, server.InstallationTokens);

        clock.Advance(TimeSpan.FromMinutes(56)); // of 60, and five are kept
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Better.", Cancel);
        Assert.Equal(2, server.InstallationTokens);
        server.Revoke("ghs_");
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Best.", Cancel);

        Assert.Equal(3, server.InstallationTokens);
        Assert.Equal("Best.\n\n<!-- kintsugi:verdict:1 -->", Assert.Single(server.PullRequests[0].Comments).Body);
        Assert.Equal("healer[bot]", server.PullRequests[0].User.Login);
    }

    [Fact]
    public void A_key_that_is_none_is_not_repeated()
    {
        var error = Assert.Throws<ForgeException>(() => new GitHubForge(
            new ForgeSettings(ForgeKind.GitHub, new Uri("https://api.github.com"), "ann/agent", new AppCredentials(1, "-----BEGIN secret-----", null)), TimeProvider.System));

        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("ann/agent/x")]
    [InlineData("ann/..")]
    [InlineData("ann/a?b")]
    public void What_is_no_repository_is_refused(string repository) =>
        Assert.Throws<ForgeException>(() => new GitHubForge(new ForgeSettings(ForgeKind.GitHub, new Uri("https://api.github.com"), repository, new TokenCredentials("t")), TimeProvider.System));

    [Fact]
    public async Task A_token_of_a_job_that_may_not_ask_who_it_is_still_keeps_one_comment()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        server.AddToken("ghs_job", new StrictUser("github-actions[bot]", "Bot"));
        int number;
        using (var user = Open(server)) number = (await user.PutPullRequestAsync(Asked(), Cancel)).Number;
        server.Say(number, "mallory", "Mine.\n\n<!-- kintsugi:verdict:1 -->");

        for (var run = 0; run < 2; run++)
        {
            using var job = Open(server, "ghs_job");
            await job.PutCommentAsync(number, "verdict:1", $"Run {run}.", Cancel);
            await job.PutCommentAsync(number, "verdict:1", $"Run {run}, again.", Cancel);
        }

        Assert.Equal(["Mine.\n\n<!-- kintsugi:verdict:1 -->", "Run 1, again.\n\n<!-- kintsugi:verdict:1 -->"], server.PullRequests[0].Comments.Select(comment => comment.Body));
    }

    [Fact]
    public async Task A_token_without_checks_says_it_as_a_status()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        server.LetsUsersCheck = false;
        using var forge = Open(server);
        var check = new CheckReport(server.Git.Branches[Branch], "kintsugi / scorer", false, new string('x', 300), "Worse.", []);

        await forge.PutCheckAsync(check, Cancel);
        await forge.PutCheckAsync(check, Cancel);
        await forge.PutCheckAsync(check with { Passed = true }, Cancel);

        Assert.Equal(["failure", "success"], server.Statuses.Select(status => status.State));
        Assert.Empty(server.Checks);
    }

    [Fact]
    public async Task A_check_has_all_its_annotations_once_and_one_that_says_something_else_takes_its_place()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        using var forge = Open(server);
        var commit = server.Git.Branches[Branch];
        var check = new CheckReport(commit, "kintsugi / scorer", false, "Worse", "1 of 10.", [.. Enumerable.Range(1, 120).Select(line => new Annotation("agent/prompt.md", line, line, $"Line {line}"))]);

        await forge.PutCheckAsync(check, Cancel);
        await forge.PutCheckAsync(check, Cancel);

        Assert.Equal(Enumerable.Range(1, 120), Assert.Single(server.Checks).Annotations.Select(annotation => annotation.First));
        await forge.PutCheckAsync(check with { Passed = null, Title = "Unknown", Annotations = [] }, Cancel);
        await forge.PutCheckAsync(check with { Passed = true, Title = "Better", Annotations = [] }, Cancel);
        Assert.Equal(["failure", "success"], server.Checks.Select(run => run.Conclusion));
    }

    [Fact]
    public async Task Those_who_wrote_the_culprit_are_asked_as_far_as_they_are_known()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        using var forge = Open(server);
        server.Collaborators["bob"] = "write";
        server.Reviewers.Add("bob");
        var culprit = server.Push("main", "bob", "Simplify\n", ("agent/notes.md", "x\n"));
        var theirs = server.Push("main", "a stranger", "Tidy\n", ("agent/notes.md", "y\n"));

        await forge.PutPullRequestAsync(Asked() with { AuthorsOf = [culprit, theirs, new string('0', 40)] }, Cancel);

        Assert.Equal(["bob"], Assert.Single(server.PullRequests).Asked);
    }

    [Fact]
    public async Task Reviewers_are_asked_once_ever_and_unknown_ones_are_left_out()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        using var forge = Open(server);
        server.Reviewers.UnionWith(["ann", "ann/prompts"]);
        var asked = Asked() with { Reviewers = ["ann", "nobody", "ann/prompts", "kintsugi-bot"] };

        await forge.PutPullRequestAsync(asked, Cancel);
        server.Do(() => server.PullRequests[0].Asked.Remove("ann"));
        await forge.PutPullRequestAsync(asked, Cancel);

        Assert.Equal(["ann/prompts"], server.PullRequests[0].Asked);
    }

    [Fact]
    public async Task Where_a_plan_has_no_drafts_the_pull_request_is_none()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        server.HasDrafts = false;
        using var forge = Open(server);

        await forge.PutPullRequestAsync(Asked(), Cancel);

        Assert.False(Assert.Single(server.PullRequests).IsDraft);
    }

    [Fact]
    public async Task Reviews_are_read_with_what_was_said_of_single_lines()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        using var forge = Open(server);
        var number = (await forge.PutPullRequestAsync(Asked(), Cancel)).Number;
        server.Review(number, "ann", "CHANGES_REQUESTED", "Not yet.", ("agent/prompt.md", 1, "Say why."));
        server.Review(number, "bea", "DISMISSED", "No.");
        server.Review(number, "bea", "PENDING", "Hm.");
        server.Review(number, "bea", "COMMENTED", "");
        server.Review(number, "bea", "APPROVED", "");

        var remarks = (await forge.ReadAsync(Branch, Cancel))!.Remarks;

        Assert.Equal(
            [("ann", RemarkKind.WantsChanges, "Not yet.\n\nagent/prompt.md:1:\nSay why."), ("bea", RemarkKind.Approves, "")],
            remarks.Select(remark => (remark.Author, remark.Kind, remark.Body)));
    }

    [Fact]
    public async Task A_red_job_is_read_to_the_end_of_its_log_and_our_own_checks_are_left_out()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        using var forge = Open(server);
        await forge.PutPullRequestAsync(Asked(), Cancel);
        var tip = server.Git.Branches[Branch];
        await forge.PutCheckAsync(new CheckReport(tip, "kintsugi / scorer", false, "Worse", "1 of 10.", []), Cancel);
        server.EndJob(tip, "build", passed: false, new string('.', 100_000) + "error: no such prompt\n");
        server.EndJob(tip, "lint", passed: true, "fine\n");
        server.EndJob(tip, "kintsugi", passed: false, "Worse.\n");
        server.EndJob(tip, "old", "cancelled", "");
        server.EndJob(tip, "slow", "timed_out", "late\n");
        server.SetStatus(tip, "deploy", "pending", "Waits");
        server.SetStatus(tip, "mirror", "error", "Not reached");
        server.SetStatus(tip, "coverage", "failure", "41 %");

        var checks = (await forge.ReadAsync(Branch, Cancel))!.Checks;

        Assert.Equal([("build", false), ("lint", true), ("slow", false), ("coverage", false)], checks.Select(check => (check.Name, check.Passed)));
        Assert.EndsWith("....error: no such prompt\n", checks[0].Says, StringComparison.Ordinal);
        Assert.Equal(20_000, checks[0].Says.Length);
        Assert.Equal("41 %", checks[3].Says);
    }

    [Theory]
    [InlineData("root", true)]
    [InlineData("writer", true)]
    [InlineData("reader", false)]
    [InlineData("stranger", false)]
    [InlineData("../../user", false)]
    public async Task Only_who_may_write_is_listened_to(string login, bool may)
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        server.Collaborators["root"] = "admin";
        server.Collaborators["writer"] = "write";
        server.Collaborators["reader"] = "read";
        using var forge = Open(server);

        Assert.Equal(may, await forge.MayWriteAsync(login, Cancel));
    }

    [Theory]
    [InlineData("expired", "401", "give a new one")]
    [InlineData("reads", "403", "`Contents: write`")]
    public async Task What_a_token_lacks_is_said(string token, string status, string remedy)
    {
        await using var server = (StrictGitHub)await WithMainAsync();
        server.AddToken("expired", new StrictUser("ann"), DateTimeOffset.UnixEpoch);
        server.AddToken("reads", new StrictUser("ann"), null, "contents");
        using var forge = Open(server, token);
        var (request, changes) = Fix(server, "whole\n");

        var error = await Assert.ThrowsAsync<ForgeException>(() => forge.PutBranchAsync(request, changes, Cancel));

        Assert.Contains($"was answered {status}", error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("ann/agent: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_squashed_fix_counts_as_merged()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        using var forge = Open(server);
        var pull = await forge.PutPullRequestAsync(Asked(), Cancel);
        var merged = server.Merge(pull.Number, squash: true, deletesBranch: true);

        Assert.Equal(pull with { State = PullRequestState.Merged }, await forge.PutPullRequestAsync(Asked(), Cancel));
        Assert.Equal(merged, (await forge.ReadAsync(Branch, Cancel))!.MergedAs);
    }

    [Fact]
    public async Task Another_attempt_joins_what_was_pushed_since()
    {
        await using var server = (StrictGitHub)await ProposedAsync();
        using var forge = Open(server);
        var first = server.Git.Branches[Branch];
        var newer = server.Push("main", "ann", "Take notes\n", ("notes.md", "new\n"));
        var (request, changes) = Fix(server, "better\n");

        var second = await forge.PutBranchAsync(request with { After = first }, changes, Cancel);

        Assert.Equal([first, newer], server.Git.Commit(second.Commit).Parents);
        Assert.Equal(request.Tree, server.Git.Commit(second.Commit).Tree);
    }

    [Fact]
    public async Task A_fix_that_is_not_the_one_verified_is_not_proposed()
    {
        await using var server = (StrictGitHub)await WithMainAsync();
        using var forge = Open(server);
        var (request, _) = Fix(server, "whole\n");

        var error = await Assert.ThrowsAsync<ForgeException>(() => forge.PutBranchAsync(request, [new TreeEdit("agent/prompt.md", "100644", "other\n"u8.ToArray())], Cancel));

        Assert.Contains("not the one that was verified", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Branch, server.Git.Branches.Keys);
    }

    private protected override async Task<StrictForge> StartAsync() => await StrictGitHub.StartAsync(Cancel);

    private protected override IRemoteForge Open(StrictForge server, TimeProvider clock) => Open((StrictGitHub)server, clock: clock);

    private static GitHubForge Open(StrictGitHub server, string token = StrictGitHub.Token, TimeProvider? clock = null) =>
        new(new ForgeSettings(ForgeKind.GitHub, server.Root, server.Repository, new TokenCredentials(token)), clock ?? new SkippingClock());
}
