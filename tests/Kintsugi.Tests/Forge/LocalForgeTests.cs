using Kintsugi.Forge;
using Kintsugi.Forge.Local;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Sandbox.Git;

namespace Kintsugi.Tests.Forge;

public class LocalForgeTests
{
    private const string Branch = "kintsugi/scorer/0123456789ab";

    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 30, 0, TimeSpan.FromHours(1));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fix_becomes_one_commit_on_a_branch_and_nothing_else_of_the_users_changes()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"), ("notes.md", "mine\n"));
        repository.Write("notes.md", "not committed yet\n");
        await using var git = await repository.OpenAsync();
        var before = await repository.StateAsync();
        var request = await RequestAsync(git);

        var proposed = await new LocalForge(git).ProposeAsync(request, Cancel);

        Assert.Equal(before, await repository.StateAsync());
        Assert.False(proposed.Adopted);
        Assert.Equal(proposed.Commit, await repository.GitAsync("rev-parse", Branch));
        Assert.Equal("whole", await repository.GitAsync("show", Branch + ":prompt.md"));
        Assert.Equal("mine", await repository.GitAsync("show", Branch + ":notes.md"));
        Assert.Equal(request.Parent, await repository.GitAsync("rev-parse", Branch + "^"));
        Assert.Equal(
            "Mend the scorer\n\nIt was broken.\nKintsugi-Fingerprint: quoted, not a trailer\n\nKintsugi-Fingerprint: 0123456789abcdef",
            await repository.GitAsync("log", "-1", "--format=%B", Branch));
    }

    [Fact]
    public async Task Proposing_twice_changes_nothing()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);
        var first = await new LocalForge(git).ProposeAsync(request, Cancel);

        var second = await new LocalForge(git).ProposeAsync(request with { At = At.AddDays(1), Body = "Told otherwise." }, Cancel);

        Assert.Equal(new ProposedBranch(Branch, first.Commit, Adopted: true), second);
        Assert.Equal("2", await repository.GitAsync("rev-list", "--count", Branch));
    }

    [Fact]
    public async Task Two_machines_make_the_same_commit()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);
        var first = await new LocalForge(git).ProposeAsync(request, Cancel);
        await repository.GitAsync("branch", "-D", Branch);

        var second = await new LocalForge(git).ProposeAsync(request, Cancel);

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task A_branch_that_a_person_has_gone_on_with_is_adopted_with_what_they_did()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);
        await new LocalForge(git).ProposeAsync(request, Cancel);
        await repository.GitAsync("checkout", "-q", Branch);
        repository.Write("prompt.md", "whole, and better\n");
        var theirs = await repository.CommitAllAsync("Say it better");

        var again = await new LocalForge(git).ProposeAsync(request, Cancel);

        Assert.Equal(new ProposedBranch(Branch, theirs, Adopted: true), again);
    }

    [Fact]
    public async Task Somebody_elses_branch_of_that_name_is_left_alone()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await repository.GitAsync("branch", Branch);
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);

        var error = await Assert.ThrowsAsync<BranchTakenException>(() => new LocalForge(git).ProposeAsync(request, Cancel));

        Assert.Contains(Branch, error.Message, StringComparison.Ordinal);
        Assert.Equal(request.Parent, await repository.GitAsync("rev-parse", Branch));
    }

    [Fact]
    public async Task Another_incidents_fix_is_not_adopted()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);
        await new LocalForge(git).ProposeAsync(request with { FingerprintTrailer = "ffffffffffffffff" }, Cancel);

        await Assert.ThrowsAsync<BranchTakenException>(() => new LocalForge(git).ProposeAsync(request, Cancel));
    }

    [Theory]
    [InlineData("Mend it\nKintsugi-Fingerprint: x", "0123456789abcdef")]
    [InlineData("Mend it", "0123\nSigned-off-by: someone")]
    [InlineData(" ", "0123456789abcdef")]
    public async Task What_would_add_lines_to_the_message_is_refused(string subject, string fingerprint)
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);

        await Assert.ThrowsAsync<ArgumentException>(() => new LocalForge(git).ProposeAsync(request with { Subject = subject, FingerprintTrailer = fingerprint }, Cancel));
    }

    private static async Task<BranchRequest> RequestAsync(GitRepository git)
    {
        var head = await git.ResolveAsync("HEAD", Cancel);
        var tree = await git.WriteTreeAsync(head.Tree, [new TreeEdit("prompt.md", "100644", "whole\n"u8.ToArray())], Cancel);
        return new BranchRequest(Branch, tree, head.Id, "Mend the scorer", "It was broken.\nKintsugi-Fingerprint: quoted, not a trailer", "0123456789abcdef", At);
    }
}
