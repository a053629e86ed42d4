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

    private protected override async Task<StrictForge> StartAsync() => await StrictGitHub.StartAsync(Cancel);

    private protected override IRemoteForge Open(StrictForge server, TimeProvider clock) => Open((StrictGitHub)server);

    private static GitHubForge Open(StrictGitHub server) =>
        new(new ForgeSettings(ForgeKind.GitHub, server.Root, server.Repository, new TokenCredentials(StrictGitHub.Token)), new SkippingClock());
}
