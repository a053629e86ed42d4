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
        var first = server.Push(Branch, "kintsugi-bot", $"Try\n\nKintsugi-Fingerprint: {Fingerprint}\n", ("agent/tried.md", "tried\n"));
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

        var view = (await forge.ReadAsync(Branch, Cancel))!;

        Assert.Equal([("bea", RemarkKind.Approves), ("ann", RemarkKind.WantsChanges)], view.Remarks.Select(remark => (remark.Author, remark.Kind)));
        Assert.Equal([("build", false), ("lint", true)], view.Checks.Select(check => (check.Name, check.Passed)));
        Assert.EndsWith("...error\n", view.Checks[0].Says, StringComparison.Ordinal);
        Assert.StartsWith("Draft: ", server.PullRequests[0].Title, StringComparison.Ordinal);
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

    private protected override async Task<StrictForge> StartAsync() => await StrictGitLab.StartAsync(Cancel);

    private protected override IRemoteForge Open(StrictForge server, TimeProvider clock) => Open((StrictGitLab)server, clock);

    private static GitLabForge Open(StrictGitLab server, TimeProvider? clock = null) =>
        new(new ForgeSettings(ForgeKind.GitLab, new Uri(server.Root, "api/v4"), server.Repository, new TokenCredentials(StrictGitLab.Token)), clock ?? new SkippingClock());
}
