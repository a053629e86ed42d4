using System.Text;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Sandbox.Git;

public sealed class GitCloneTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-clone-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_clone_follows_its_branch_and_forgets_what_was_changed_in_it()
    {
        await using var remote = await TestRepository.WithCommitAsync(("prompt.md", "first\n"));
        var branch = await remote.GitAsync("symbolic-ref", "--short", "HEAD");
        var place = Path.Combine(_directory, "clone");
        var clone = new GitClone(place, new Uri(remote.Top));

        Assert.Equal(branch, await clone.FollowAsync(null, null, Token));
        Assert.Equal("first\n", await File.ReadAllTextAsync(Path.Combine(place, "prompt.md"), Token));
        await File.WriteAllTextAsync(Path.Combine(place, "prompt.md"), "scribbled\n", Token);
        remote.Write("prompt.md", "second\n");
        await remote.GitAsync("commit", "--quiet", "--all", "--message=second");

        await clone.FollowAsync(branch, null, Token);

        Assert.Equal("second\n", await File.ReadAllTextAsync(Path.Combine(place, "prompt.md"), Token));
    }

    [Fact]
    public async Task A_branch_that_is_not_there_and_a_remote_that_is_gone_are_said()
    {
        await using var remote = await TestRepository.WithCommitAsync(("a", "a\n"));
        var clone = new GitClone(Path.Combine(_directory, "clone"), new Uri(remote.Top));

        await Assert.ThrowsAsync<GitException>(() => clone.FollowAsync("nowhere", null, Token));
        await Assert.ThrowsAsync<GitException>(() => clone.FollowAsync("--upload-pack=touch /tmp/x", null, Token));
        var gone = await Assert.ThrowsAsync<GitException>(() => new GitClone(Path.Combine(_directory, "other"), new Uri(Path.Combine(_directory, "gone"))).FollowAsync("main", "a-token", Token));
        Assert.DoesNotContain("a-token", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_a_remote_says_back_is_not_said_again()
    {
        await using var echo = await StubService.StartAsync(context =>
            StubService.Raw(403, "text/plain", Encoding.UTF8.GetBytes($"you sent {context.Request.Headers.Authorization}\n"))(context));

        var error = await Assert.ThrowsAsync<GitException>(() => new GitClone(Path.Combine(_directory, "echoed"), echo.Url).FollowAsync("main", "a-token\n", Token));

        Assert.Contains("you sent Basic ***", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("x-access-token:a-token"u8), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_persons_own_checkout_is_refused_and_left_as_it_is()
    {
        await using var remote = await TestRepository.WithCommitAsync(("prompt.md", "first\n"));
        await using var checkout = await TestRepository.WithCommitAsync(("prompt.md", "mine\n"));
        await checkout.GitAsync("remote", "add", "origin", remote.Top);
        checkout.Write("prompt.md", "not committed\n");
        var head = await checkout.GitAsync("rev-parse", "HEAD");

        await RefusedAsync(checkout.Top, remote);

        Assert.Equal("not committed\n", await File.ReadAllTextAsync(Path.Combine(checkout.Top, "prompt.md"), Token));
        Assert.Equal(head, await checkout.GitAsync("rev-parse", "HEAD"));
        Assert.Empty(await checkout.GitAsync("branch", "--list", "--remotes"));
    }

    [Fact]
    public async Task A_worktree_a_linked_repository_and_files_of_another_kind_are_refused()
    {
        await using var remote = await TestRepository.WithCommitAsync(("a", "a\n"));
        await using var checkout = await TestRepository.WithCommitAsync(("a", "mine\n"));
        var worktree = Path.Combine(_directory, "worktree");
        await checkout.GitAsync("worktree", "add", "--quiet", worktree);
        var clone = Path.Combine(_directory, "clone");
        await new GitClone(clone, new Uri(remote.Top)).FollowAsync(null, null, Token);
        var linked = Directory.CreateDirectory(Path.Combine(_directory, "linked")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(linked, ".git"), Path.Combine(clone, ".git"));
        var files = Directory.CreateDirectory(Path.Combine(_directory, "files")).FullName;
        await File.WriteAllTextAsync(Path.Combine(files, "a"), "mine\n", Token);

        foreach (var place in new[] { worktree, linked, files }) await RefusedAsync(place, remote);

        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(worktree, "a"), Token));
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(files, "a"), Token));
    }

    [Fact]
    public async Task A_git_directory_that_is_none_does_not_lead_to_the_repository_around_it()
    {
        await using var remote = await TestRepository.WithCommitAsync(("a", "a\n"));
        var around = Path.Combine(_directory, "around");
        await new GitClone(around, new Uri(remote.Top)).FollowAsync(null, null, Token);
        var inner = Path.Combine(around, "inner");
        Directory.CreateDirectory(Path.Combine(inner, ".git"));

        await RefusedAsync(inner, remote);
    }

    [Fact]
    public async Task A_clone_of_another_repository_is_refused()
    {
        await using var one = await TestRepository.WithCommitAsync(("a", "one\n"));
        await using var other = await TestRepository.WithCommitAsync(("a", "other\n"));
        var place = Path.Combine(_directory, "clone");
        await new GitClone(place, new Uri(one.Top)).FollowAsync(null, null, Token);

        Assert.Contains(one.Top, (await RefusedAsync(place, other)).Message, StringComparison.Ordinal);

        Assert.Equal("one\n", await File.ReadAllTextAsync(Path.Combine(place, "a"), Token));
    }

    [Theory]
    [InlineData(".git.kintsugi")]
    [InlineData(".git.kintsugi/objects")]
    [InlineData("")]
    public async Task An_empty_directory_and_one_whose_clone_was_killed_in_the_making_become_a_clone(string left)
    {
        await using var remote = await TestRepository.WithCommitAsync(("a", "a\n"));
        var place = Path.Combine(_directory, "clone");
        Directory.CreateDirectory(Path.Combine(place, left));

        await new GitClone(place, new Uri(remote.Top)).FollowAsync(null, null, Token);

        Assert.Equal([".git", "a"], Directory.EnumerateFileSystemEntries(place).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static Task<GitException> RefusedAsync(string place, TestRepository remote) =>
        Assert.ThrowsAsync<GitException>(() => new GitClone(place, new Uri(remote.Top)).FollowAsync(null, null, Token));
}
