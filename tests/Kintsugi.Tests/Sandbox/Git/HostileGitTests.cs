using System.Runtime.Versioning;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Sandbox.Git;

/// <summary>
/// A repository that hostile code wrote, read by the product: nothing in it is run. Each test shows first that plain git would have.
/// Settings, filters, attributes and hooks of the repository itself are tried in <see cref="GitRepositoryTests"/>.
/// </summary>
[SupportedOSPlatform("linux")]
public class HostileGitTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Attack_64_a_nested_repository_that_is_a_submodule_runs_nothing()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        var (bait, program) = Bait(test);
        var nested = Path.Combine(test.Top, "nested");
        Directory.CreateDirectory(nested);
        await TestRepository.GitInAsync(nested, "init", "-q");
        test.Write("nested/x", "1");
        await TestRepository.GitInAsync(nested, "add", "-A");
        await TestRepository.GitInAsync(nested, "commit", "-q", "-m", "nested");
        await test.CommitAllAsync("with a submodule");
        await File.AppendAllTextAsync(Path.Combine(nested, ".git/config"), $"[core]\n\tfsmonitor = \"{program}\"\n", Stop);
        test.Write("nested/x", "2");
        await test.GitAsync("status");
        Fired(bait);

        await EverythingAsync(test);

        Assert.False(File.Exists(bait));
    }

    [Fact]
    public async Task Attack_64_a_directory_disguised_as_a_bare_repository_runs_nothing()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        var (bait, program) = Bait(test);
        test.Write("disguise/HEAD", "ref: refs/heads/main\n");
        test.Write("disguise/objects/.keep", "");
        test.Write("disguise/refs/.keep", "");
        test.Write("disguise/config", $"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = \"{program}\"\n");
        await test.CommitAllAsync("with a disguise");
        await TestRepository.GitInAsync(Path.Combine(test.Top, "disguise"), "status");
        Fired(bait);

        await EverythingAsync(test);
        await Record.ExceptionAsync(async () => // whether it is refused or not: nothing runs
        {
            await using var repository = await test.OpenAsync("disguise");
            await repository.HasUncommittedChangesAsync("disguise", Stop);
        });

        Assert.False(File.Exists(bait));
    }

    [Fact]
    public async Task Attack_64_a_git_directory_elsewhere_with_included_settings_runs_nothing()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"), (".gitattributes", "* filter=evil diff=evil\n"));
        var (bait, program) = Bait(test);
        var elsewhere = Path.Combine(test.Beside("elsewhere"), "git");
        Directory.Move(Path.Combine(test.Top, ".git"), elsewhere);
        test.Write(".git", $"gitdir: {elsewhere}\n");
        await File.WriteAllTextAsync(
            Path.Combine(elsewhere, "more"),
            $"[core]\n\tfsmonitor = \"{program}\"\n[filter \"evil\"]\n\tclean = \"{program}; cat\"\n\trequired = true\n[diff \"evil\"]\n\ttextconv = \"{program}; cat\"\n\tcommand = \"{program}\"\n[diff]\n\texternal = \"{program}\"\n", Stop);
        await File.AppendAllTextAsync(Path.Combine(elsewhere, "config"), "[include]\n\tpath = more\n", Stop);
        test.Write("a", "2");
        await test.GitAsync("status");
        Fired(bait);

        await EverythingAsync(test);

        Assert.False(File.Exists(bait));
    }

    private static (string File, string Program) Bait(TestRepository test)
    {
        var file = Path.Combine(test.Beside("bait"), "ran");
        return (file, $"touch {file}");
    }

    private static void Fired(string bait)
    {
        Assert.True(File.Exists(bait), "The control failed: plain git did not run what was planted.");
        File.Delete(bait);
    }

    /// <summary>All that the product does with a repository.</summary>
    private static async Task EverythingAsync(TestRepository test)
    {
        await using var repository = await test.OpenAsync();
        var head = await repository.ResolveAsync("HEAD", Stop);
        await repository.HasUncommittedChangesAsync("", Stop);
        await repository.ListAsync(head.Tree, Stop);
        await repository.LayOutAsync(head.Tree, Path.Combine(test.Beside("out"), Guid.NewGuid().ToString("N")), _ => true, Stop);
        var tree = await repository.WriteTreeAsync(head.Tree, [new TreeEdit("a", "100644", "3"u8.ToArray())], Stop);
        var other = await repository.WriteTreeAsync(head.Tree, [new TreeEdit("a", "100644", "4"u8.ToArray())], Stop);
        await repository.DiffAsync(head.Tree, tree, Stop);
        await repository.DiffTextAsync(head.Tree, tree, Stop);
        var commit = await repository.CommitAsync(tree, [head.Id], "m", "A <a@b>", DateTimeOffset.UnixEpoch, Stop);
        var clash = await repository.CommitAsync(other, [head.Id], "m", "A <a@b>", DateTimeOffset.UnixEpoch, Stop);
        await repository.MergeAsync(commit, clash, Stop);
        await repository.CreateBranchAsync("mended", commit, Stop);
        await repository.FirstParentAsync(head.Id, commit, [], Stop);
        await repository.FingerprintOfRemoteAsync(Stop);
    }
}
