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
            "Mend the scorer\n\nIt was broken.\nKintsugi-Fingerprint: quoted, not a trailer\n\nKintsugi-Fingerprint: 0123456789abcdef\nSigned-off-by: Kintsugi <kintsugi@localhost>",
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
        var theirs = await GoOnAsync(repository);

        var again = await new LocalForge(git).ProposeAsync(request, Cancel);

        Assert.Equal(new ProposedBranch(Branch, theirs, Adopted: true, IsAsked: false, IsOurs: false), again);
    }

    [Fact]
    public async Task Another_attempt_follows_the_last_one_and_joins_what_was_pushed_since()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);
        var first = await new LocalForge(git).ProposeAsync(request, Cancel);
        var better = request with { Tree = await TreeAsync(git, "better\n"), After = first.Commit };

        var second = await new LocalForge(git).ProposeAsync(better, Cancel);
        var again = await new LocalForge(git).ProposeAsync(better, Cancel);

        Assert.False(second.Adopted);
        Assert.Equal(second with { Adopted = true }, again);
        Assert.Equal(first.Commit, await repository.GitAsync("log", "-1", "--format=%P", Branch));
        repository.Write("notes.md", "new\n");
        var newer = await repository.CommitAllAsync("Take notes");
        var third = await new LocalForge(git).ProposeAsync(better with { Tree = await TreeAsync(git, "best\n"), Parent = newer, After = second.Commit }, Cancel);
        Assert.Equal($"{second.Commit} {newer}", await repository.GitAsync("log", "-1", "--format=%P", third.Commit));
        Assert.Equal("new", await repository.GitAsync("show", Branch + ":notes.md"));
    }

    [Fact]
    public async Task Another_attempt_leaves_a_branch_alone_that_a_person_has_gone_on_with()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);
        var first = await new LocalForge(git).ProposeAsync(request, Cancel);
        var theirs = await GoOnAsync(repository);

        var second = await new LocalForge(git).ProposeAsync(request with { Tree = await TreeAsync(git, "other\n"), After = first.Commit }, Cancel);

        Assert.Equal(new ProposedBranch(Branch, theirs, Adopted: true, IsAsked: false, IsOurs: false), second);
    }

    [Fact]
    public async Task What_a_person_amended_is_theirs_though_it_keeps_our_trailer()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var request = await RequestAsync(git);
        await new LocalForge(git).ProposeAsync(request, Cancel);
        await repository.GitAsync("checkout", "-q", Branch);
        repository.Write("prompt.md", "whole, and better\n");
        await repository.GitAsync("commit", "-q", "-a", "--amend", "--no-edit");
        var theirs = await repository.GitAsync("rev-parse", "HEAD");

        var second = await new LocalForge(git).ProposeAsync(request with { Tree = await TreeAsync(git, "other\n"), After = theirs }, Cancel);

        Assert.Equal(new ProposedBranch(Branch, theirs, Adopted: true, IsAsked: false, IsOurs: false), second);
    }

    [Fact]
    public async Task A_squashed_fix_that_was_taken_back_is_followed_by_one_for_the_version_as_it_is_now()
    {
        await using var repository = await TestRepository.WithCommitAsync(("prompt.md", "broken\n"));
        await using var git = await repository.OpenAsync();
        var first = await new LocalForge(git).ProposeAsync(await RequestAsync(git), Cancel);
        repository.Write("prompt.md", "whole\n");
        await repository.CommitAllAsync("Mend it, squashed");
        repository.Write("prompt.md", "broken\n");
        repository.Write("notes.md", "new\n");
        await repository.CommitAllAsync("Revert it, and take notes");
        var request = await RequestAsync(git);

        var second = await new LocalForge(git).ProposeAsync(request, Cancel);
        var again = await new LocalForge(git).ProposeAsync(request, Cancel);

        Assert.False(second.Adopted);
        Assert.Equal(second with { Adopted = true }, again);
        Assert.Equal($"{first.Commit} {request.Parent}", await repository.GitAsync("log", "-1", "--format=%P", Branch));
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

    /// <summary>A person commits on the branch.</summary>
    private static async Task<string> GoOnAsync(TestRepository repository)
    {
        await repository.GitAsync("checkout", "-q", Branch);
        repository.Write("prompt.md", "whole, and better\n");
        return await repository.CommitAllAsync("Say it better");
    }

    private static async Task<BranchRequest> RequestAsync(GitRepository git)
    {
        var head = await git.ResolveAsync("HEAD", Cancel);
        return new BranchRequest(Branch, await TreeAsync(git, "whole\n"), head.Id, "Mend the scorer", "It was broken.\nKintsugi-Fingerprint: quoted, not a trailer", "0123456789abcdef", At);
    }

    private static async Task<string> TreeAsync(GitRepository git, string prompt) =>
        await git.WriteTreeAsync((await git.ResolveAsync("HEAD", Cancel)).Tree, [new TreeEdit("prompt.md", "100644", System.Text.Encoding.UTF8.GetBytes(prompt))], Cancel);
}
