using Kintsugi.Sandbox.Git;

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
}
