using Kintsugi.Forge;
using Kintsugi.Forge.GitLab;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Forge;

public class GitLabForgeTests : RemoteForgeSuite
{
    [Fact]
    public async Task Another_attempt_holds_what_was_pushed_since_and_no_longer_what_was_tried_before()
    {
        await using var server = (StrictGitLab)await ProposedAsync();
        using var forge = Open(server);
        var (tried, _) = Fix(server, "whole\n");
        var first = (await forge.PutBranchAsync(
            tried with { After = server.Git.Branches[Branch], Tree = server.Do(() => WithTried(server, tried.Tree)) }, [new TreeEdit("agent/prompt.md", "100644", "whole\n"u8.ToArray()), new TreeEdit("agent/tried.md", "100644", "tried\n"u8.ToArray())], Cancel)).Commit;
        server.Push("main", "ann", "Take notes\n", ("notes.md", "new\n"));
        var (request, changes) = Fix(server, "better\n");

        var second = await forge.PutBranchAsync(request with { After = first }, changes, Cancel);

        Assert.Equal(first, Assert.Single(server.Git.Commit(second.Commit).Parents));
        Assert.Equal(request.Tree, server.Git.Commit(second.Commit).Tree);
    }

    [Fact]
    public async Task Files_are_made_deleted_and_made_to_run()
    {
        await using var server = (StrictGitLab)await WithMainAsync();
        using var forge = Open(server);
        var (request, _) = Fix(server, "whole\n");
        TreeEdit[] changes = [new("notes.md", "100644", null), new("agent/prompt.md", "100755", "whole\n"u8.ToArray()), new("new/run.sh", "100755", "run\n"u8.ToArray())];
        var tree = server.Do(() => server.Git.PutTree(new Dictionary<string, (string, string)>
        {
            ["agent/prompt.md"] = ("100755", server.Git.Put("blob", "whole\n"u8.ToArray())),
            ["new/run.sh"] = ("100755", server.Git.Put("blob", "run\n"u8.ToArray())),
        }));

        var branch = await forge.PutBranchAsync(request with { Tree = tree }, changes, Cancel);

        Assert.Equal(tree, server.Git.Commit(branch.Commit).Tree);
        await Assert.ThrowsAsync<ForgeException>(() => forge.PutBranchAsync(request, [new TreeEdit("link", "120000", "notes.md"u8.ToArray())], Cancel));
    }

    [Fact]
    public async Task Approvals_wanted_changes_and_red_jobs_are_read()
    {
        await using var server = (StrictGitLab)await ProposedAsync();
        using var forge = Open(server);
        var number = (await forge.PutPullRequestAsync(Asked(), Cancel)).Number;
        var tip = server.Git.Branches[Branch];
        server.Approvals.Add((number, "bea"));
        server.ChangesWanted.Add((number, "ann"));
        await forge.PutCheckAsync(new CheckReport(tip, "kintsugi / scorer", false, "Worse", "1 of 10.", []), Cancel);
        server.EndJob(tip, "build", passed: false, new string('.', 50_000) + "error\n");
        server.EndJob(tip, "lint", passed: true, "");
        server.EndJob(tip, "deploy", "canceled", "");
        server.EndJob(tip, "kintsugi-evaluate", passed: false, "");

        var view = (await forge.ReadAsync(Branch, Cancel))!;

        Assert.Equal([("bea", RemarkKind.Approves), ("ann", RemarkKind.WantsChanges)], view.Remarks.Select(remark => (remark.Author, remark.Kind)));
        Assert.Equal([("build", false), ("lint", true)], view.Checks.Select(check => (check.Name, check.Passed)));
        Assert.EndsWith("...error\n", view.Checks[0].Says, StringComparison.Ordinal);
        Assert.StartsWith("Draft: ", server.PullRequests[0].Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_request_of_a_reviewer_for_changes_is_one_of_its_own_with_what_they_wrote_before_it()
    {
        await using var server = (StrictGitLab)await ProposedAsync();
        using var forge = Open(server);
        var number = (await forge.PutPullRequestAsync(Asked(), Cancel)).Number;
        server.WantChanges(number, "ann", "Keep the partners.");
        var first = Assert.Single((await forge.ReadAsync(Branch, Cancel))!.Remarks, remark => remark.Kind == RemarkKind.WantsChanges);
        server.Say(number, "bea", "I like it.");
        server.Say(number, "ann", "/kintsugi explain");

        server.WantChanges(number, "ann", "And the\nsuppliers.");
        var second = Assert.Single((await forge.ReadAsync(Branch, Cancel))!.Remarks, remark => remark.Kind == RemarkKind.WantsChanges);

        Assert.Equal(("Keep the partners.", "And the\nsuppliers."), (first.Body, second.Body));
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task A_commit_that_GitLab_signed_is_ours_still_and_a_persons_edit_is_not()
    {
        await using var server = (StrictGitLab)await ProposedAsync();
        using var forge = Open(server);
        await forge.PutPullRequestAsync(Asked(), Cancel);
        var signed = server.Amend(Branch, "GitLab");
        var edited = server.Do(() => server.Git.Branches[Branch] = server.Git.PutCommit(
            server.Git.Commit(signed).Tree, [signed], "ann <ann@example.org>", DateTimeOffset.UnixEpoch, $"Edit\n\nKintsugi-Fingerprint: {Fingerprint}\n", "GitLab <noreply@gitlab.example>"));

        Assert.Equal([(signed, true), (edited, false)], (await forge.ReadAsync(Branch, Cancel))!.Commits.Select(commit => (commit.Id, commit.IsOurs)));
    }

    [Theory]
    [InlineData("ann", true)]
    [InlineData("reporter", false)]
    [InlineData("stranger", false)]
    [InlineData("../user", false)]
    public async Task Only_who_may_write_is_listened_to(string login, bool may)
    {
        await using var server = (StrictGitLab)await WithMainAsync();
        server.Members["reporter"] = 20;
        using var forge = Open(server);

        Assert.Equal(may, await forge.MayWriteAsync(login, Cancel));
    }

    private static string WithTried(StrictGitLab server, string tree)
    {
        var files = server.Git.Files(tree);
        files["agent/tried.md"] = ("100644", server.Git.Put("blob", "tried\n"u8.ToArray()));
        return server.Git.PutTree(files);
    }

    private protected override async Task<StrictForge> StartAsync() => await StrictGitLab.StartAsync(Cancel);

    private protected override IRemoteForge Open(StrictForge server, TimeProvider clock) => Open((StrictGitLab)server, clock);

    private static GitLabForge Open(StrictGitLab server, TimeProvider? clock = null) =>
        new(new ForgeSettings(ForgeKind.GitLab, new Uri(server.Root, "api/v4"), server.Repository, new TokenCredentials(StrictGitLab.Token)), clock ?? new SkippingClock());
}
