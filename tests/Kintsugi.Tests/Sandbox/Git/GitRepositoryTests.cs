using System.Runtime.Versioning;
using System.Text;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Sandbox.Git;

[SupportedOSPlatform("linux")]
public class GitRepositoryTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_directory_below_the_top_is_its_prefix()
    {
        await using var test = await TestRepository.WithCommitAsync(("agents/gtm/a.py", "x"));

        await using var below = await test.OpenAsync("agents/gtm");
        await using var top = await test.OpenAsync();

        Assert.Equal((test.Top, "agents/gtm"), (below.TopLevel, below.Prefix));
        Assert.Equal("", top.Prefix);
    }

    [Fact]
    public async Task What_is_no_repository_bare_or_without_a_commit_is_refused_with_what_to_do()
    {
        await using var test = new TestRepository();

        Assert.Contains("git init", (await Assert.ThrowsAsync<GitException>(() => test.OpenAsync())).Message, StringComparison.Ordinal);
        await test.GitAsync("init", "-q");
        Assert.Contains("no commit yet", (await Assert.ThrowsAsync<GitException>(() => test.OpenAsync())).Message, StringComparison.Ordinal);
        var bare = test.Beside("bare");
        await TestRepository.GitInAsync(bare, "init", "-q", "--bare");
        Assert.Contains("bare", (await Assert.ThrowsAsync<GitException>(() => GitRepository.OpenAsync(bare, test.Own, Stop))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Branches_tags_ids_and_detached_heads_resolve_and_the_rest_is_named()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        var first = await test.GitAsync("rev-parse", "HEAD");
        await test.GitAsync("tag", "-a", "v1", "-m", "tag");
        test.Write("a", "2");
        var second = await test.CommitAllAsync("Second: \"quoted\" <b>");
        await test.GitAsync("checkout", "-q", "--detach");
        await using var repository = await test.OpenAsync();

        Assert.Equal(first, (await repository.ResolveAsync("v1", Stop)).Id);
        var head = await repository.ResolveAsync("HEAD", Stop);
        Assert.Equal((second, "Ann <ann@example.org>", "Second: \"quoted\" <b>"), (head.Id, head.Author, head.Subject));
        Assert.Equal([first], head.Parents);
        Assert.Null(await repository.TryResolveAsync("absent", Stop));
        foreach (var hostile in (string[])["--help", "-n1", "", "a b", "HEAD\0", "$(touch /tmp/x)"])
            Assert.Null(await repository.TryResolveAsync(hostile, Stop));
        Assert.Contains("'absent'", (await Assert.ThrowsAsync<GitException>(() => repository.ResolveAsync("absent", Stop))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://user:token@example.org/o/r.git?key=1", "https://example.org/o/r.git")]
    [InlineData("git@example.org:o/r.git", "example.org:o/r.git")]
    [InlineData("ssh://git@example.org:22/o/r.git", "ssh://example.org:22/o/r.git")]
    [InlineData("/srv/git/r@2", "/srv/git/r@2")]
    public void The_address_of_a_remote_is_told_without_credentials(string url, string expected) =>
        Assert.Equal(expected, GitFormat.WithoutCredentials(url));

    [Theory]
    [InlineData("git@github.com:ann/agent.git")]
    [InlineData("github.com:ann/agent")]
    [InlineData("github.com:/ann/agent.git")]
    [InlineData("ssh://git@github.com/ann/agent")]
    [InlineData("ssh://git@github.com:22/ann/agent.git/")]
    [InlineData("https://github.com/ann/agent.git")]
    [InlineData("https://GitHub.com/Ann/agent/")]
    [InlineData("https://x-access-token:t0ken@github.com/ann/agent?key=1")]
    [InlineData("git://github.com/ann/agent.git")]
    public void A_remote_has_one_name_however_its_address_is_spelled(string url) => Assert.Equal("github.com/ann/agent", GitFormat.NameOfRemote(url));

    [Theory]
    [InlineData("/srv/git/Ann/agent.git")]
    [InlineData("file:///srv/git/Ann/agent.git")]
    [InlineData("../a:b@c")]
    [InlineData("agent")]
    public void What_lies_on_this_machine_is_called_by_its_address(string url) => Assert.Equal(url, GitFormat.NameOfRemote(url));

    [Fact]
    public async Task A_repository_without_a_remote_is_known_by_its_first_commit()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        var first = await test.GitAsync("rev-parse", "HEAD");
        await test.CommitAllAsync("second");
        await using var repository = await test.OpenAsync();

        Assert.Equal(first, await repository.FingerprintOfRemoteAsync(Stop));
        await test.GitAsync("remote", "add", "origin", "https://x:y@example.org/r");
        Assert.Equal("example.org/r", await repository.FingerprintOfRemoteAsync(Stop));
        Assert.Equal("https://example.org/r", await repository.OriginAsync(Stop));
    }

    [Fact]
    public async Task History_follows_first_parents_and_the_paths_asked_for()
    {
        await using var test = await TestRepository.WithCommitAsync(("agent/a", "1"), ("other", "1"));
        var start = await test.GitAsync("rev-parse", "HEAD");
        await test.GitAsync("checkout", "-q", "-b", "side");
        test.Write("agent/b", "1");
        var side = await test.CommitAllAsync("on the side");
        await test.GitAsync("checkout", "-q", "main");
        test.Write("other", "2");
        await test.CommitAllAsync("elsewhere");
        test.Write("agent/a", "2");
        var touched = await test.CommitAllAsync("touched");
        await test.GitAsync("merge", "-q", "--no-ff", "-m", "merged", "side");
        var merge = await test.GitAsync("rev-parse", "HEAD");
        await using var repository = await test.OpenAsync();

        var commits = await repository.FirstParentAsync(start, merge, ["agent"], Stop);

        Assert.Equal([touched, merge], commits.Select(commit => commit.Id));
        Assert.Equal(2, commits[1].Parents.Count);
        Assert.Equal(4, (await repository.FirstParentAsync(start, merge, [], Stop)).Count + 1);
        Assert.True(await repository.IsAncestorAsync(side, merge, Stop));
        Assert.False(await repository.IsAncestorAsync(merge, side, Stop));
        Assert.Equal(start, await repository.MergeBaseAsync(side, touched, Stop));
    }

    [Fact]
    public async Task Odd_names_bytes_modes_and_links_are_laid_out_exactly()
    {
        await using var test = await TestRepository.WithCommitAsync(
            ("-rf", "dash"), ("a b/c\nd", "newline"), (":(glob)*", "magic"), ("ü/\"q\"\t", "quoted"), (".gitattributes", "* text=auto eol=lf filter=bad\n"));
        byte[] binary = [0, 255, 13, 10, 26, 0];
        test.Write("binary", binary);
        test.Write("crlf.txt", "one\r\ntwo\r\n");
        test.Write("run.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(test.Top, "run.sh"), (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(test.Top, "link"), "/etc/passwd");
        var blob = await test.GitAsync("hash-object", "-w", "--no-filters", "crlf.txt");
        await test.GitAsync("add", "-A");
        await test.GitAsync("update-index", "--cacheinfo", $"100644,{blob},crlf.txt");
        await test.GitAsync("commit", "-q", "-m", "odd");
        await using var repository = await test.OpenAsync();
        var tree = (await repository.ResolveAsync("HEAD", Stop)).Tree;
        var target = Path.Combine(test.Beside("out"), "tree");

        await repository.LayOutAsync(tree, target, _ => true, Stop);

        Assert.Equal("dash", await File.ReadAllTextAsync(Path.Combine(target, "-rf"), Stop));
        Assert.Equal("newline", await File.ReadAllTextAsync(Path.Combine(target, "a b/c\nd"), Stop));
        Assert.Equal("quoted", await File.ReadAllTextAsync(Path.Combine(target, "ü/\"q\"\t"), Stop));
        Assert.Equal("magic", await File.ReadAllTextAsync(Path.Combine(target, ":(glob)*"), Stop));
        Assert.Equal(binary, await File.ReadAllBytesAsync(Path.Combine(target, "binary"), Stop));
        Assert.Equal("one\r\ntwo\r\n", await File.ReadAllTextAsync(Path.Combine(target, "crlf.txt"), Stop));
        Assert.True(File.GetUnixFileMode(Path.Combine(target, "run.sh")).HasFlag(UnixFileMode.UserExecute));
        Assert.False(File.GetUnixFileMode(Path.Combine(target, "binary")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(target, "link")).LinkTarget);
        Assert.Equal((await repository.ListAsync(tree, Stop)).Count, Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Count());
        await Assert.ThrowsAsync<GitException>(() => repository.LayOutAsync(tree, target, _ => true, Stop));
    }

    [Fact]
    public async Task A_submodule_is_an_entry_in_the_list_and_an_empty_directory_on_disk()
    {
        await using var inner = await TestRepository.WithCommitAsync(("x", "1"));
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        await test.GitAsync("submodule", "--quiet", "add", inner.Top, "vendor/inner");
        await test.CommitAllAsync("submodule");
        await using var repository = await test.OpenAsync();
        var tree = (await repository.ResolveAsync("HEAD", Stop)).Tree;
        var target = Path.Combine(test.Beside("out"), "tree");

        await repository.LayOutAsync(tree, target, _ => true, Stop);

        Assert.Contains(await repository.ListAsync(tree, Stop), file => file is { Path: "vendor/inner", Mode: "160000" });
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(target, "vendor/inner")));
        Assert.False(await repository.HasUncommittedChangesAsync("", Stop));
    }

    [Fact]
    public async Task A_diff_tells_additions_removals_renames_modes_and_odd_names()
    {
        var body = string.Concat(Enumerable.Range(0, 50).Select(i => $"line {i}\n"));
        await using var test = await TestRepository.WithCommitAsync(("kept", "1"), ("tab\t", "1"), ("gone", "x"), ("old\nname", body), ("run", "#!"), (":colon", "1"));
        test.Write("picture", [0, 1, 2, 0]);
        var before = await repositoryTree(await test.CommitAllAsync("before"));
        test.Write("picture", [0, 9, 9, 0]);
        File.Delete(Path.Combine(test.Top, "gone"));
        File.Move(Path.Combine(test.Top, "old\nname"), Path.Combine(test.Top, "new name"));
        File.SetUnixFileMode(Path.Combine(test.Top, "run"), (UnixFileMode)0b111_101_101);
        test.Write("added", "1\n");
        test.Write(":colon", "2");
        test.Write("tab\t", "2");
        var after = await repositoryTree(await test.CommitAllAsync("after"));
        await using var repository = await test.OpenAsync();

        var changes = (await repository.DiffAsync(before, after, Stop)).ToDictionary(change => (change.New ?? change.Old)!.Path);

        Assert.Equal(["added", "gone", "new name", "picture", "run", "tab\t", ":colon"], changes.Keys.OrderBy(key => key == ":colon").ThenBy(key => key, StringComparer.Ordinal));
        Assert.Null(changes["added"].Old);
        Assert.Null(changes["gone"].New);
        Assert.Equal("old\nname", changes["new name"].Old!.Path);
        Assert.Equal(("100644", "100755"), (changes["run"].Old!.Mode, changes["run"].New!.Mode));
        Assert.Contains("+1", await repository.DiffTextAsync(before, after, Stop), StringComparison.Ordinal);
        Assert.Empty(await repository.DiffAsync(before, before, Stop));

        async Task<string> repositoryTree(string commit) => await test.GitAsync("rev-parse", commit + "^{tree}");
    }

    [Fact]
    public async Task A_submodule_is_put_back_to_another_commit_without_its_objects()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        await test.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},vendored");
        await test.GitAsync("commit", "-q", "-m", "submodule");
        await using var repository = await test.OpenAsync();
        var tree = (await repository.ResolveAsync("HEAD", Stop)).Tree;

        var written = await repository.WriteTreeAsync(tree, [new TreeEdit("vendored", "160000", Encoding.ASCII.GetBytes(new string('2', 40)))], Stop);

        Assert.Contains(new TreeFile("vendored", "160000", new string('2', 40)), await repository.ListAsync(written, Stop));
        await Assert.ThrowsAsync<GitException>(() => repository.WriteTreeAsync(tree, [new TreeEdit("vendored", "160000", "HEAD"u8.ToArray())], Stop));
    }

    [Fact]
    public async Task A_fix_is_for_the_branch_that_was_named_else_for_the_one_checked_out_that_holds_the_version()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        var first = await test.GitAsync("rev-parse", "HEAD");
        await test.GitAsync("checkout", "-q", "-b", "feature");
        var second = await test.CommitAllAsync("second");
        await test.GitAsync("checkout", "-q", "main");
        await test.GitAsync("tag", "v1");
        await using var repository = await test.OpenAsync();

        Assert.Equal("feature", await repository.BranchOfAsync("feature", second, Stop));
        Assert.Equal("main", await repository.BranchOfAsync("HEAD", first, Stop));
        Assert.Equal("main", await repository.BranchOfAsync("v1", first, Stop));
        Assert.Equal("main", await repository.BranchOfAsync(first, first, Stop));
        Assert.Null(await repository.BranchOfAsync(second, second, Stop));
        await test.GitAsync("checkout", "-q", "--detach");
        Assert.Null(await repository.BranchOfAsync("HEAD", first, Stop));
    }

    [Fact]
    public async Task A_tree_is_written_committed_and_named_while_the_users_work_stays_as_it_is()
    {
        await using var test = await TestRepository.WithCommitAsync(("prompt", "old"), ("dir/x", "1"), ("gone", "1"));
        test.Write("prompt", "dirty");
        test.Write("staged", "s");
        await test.GitAsync("add", "staged");
        test.Write("untracked", "u");
        var state = await test.StateAsync();
        var objects = Directory.EnumerateFiles(Path.Combine(test.Top, ".git/objects"), "*", SearchOption.AllDirectories).Count();
        await using var repository = await test.OpenAsync();
        var head = await repository.ResolveAsync("HEAD", Stop);

        var tree = await repository.WriteTreeAsync(
            head.Tree,
            [
                new TreeEdit("prompt", "100755", "new\r\n"u8.ToArray()), new TreeEdit("gone", "100644", null), new TreeEdit("dir", "100644", "a file now"u8.ToArray()),
                new TreeEdit("deep/er/-x\ny", "100644", Array.Empty<byte>()), new TreeEdit("never was", "100644", null),
            ],
            Stop);
        Assert.Equal(objects, Directory.EnumerateFiles(Path.Combine(test.Top, ".git/objects"), "*", SearchOption.AllDirectories).Count());
        var commit = await repository.CommitAsync(tree, [head.Id], "Mend\n\nbody", "Kintsugi <k@example.org>", DateTimeOffset.UnixEpoch.AddDays(1), Stop);
        var made = await repository.CreateBranchAsync("kintsugi/gtm/abc", commit, Stop);

        Assert.True(made);
        Assert.Equal(["deep/er/-x\ny", "dir", "prompt"], (await repository.ListAsync(tree, Stop)).Select(file => file.Path));
        Assert.Equal("new\r\n", Encoding.UTF8.GetString((await repository.ReadBlobAsync((await repository.ListAsync(tree, Stop))[2].Blob, Stop)).Span));
        Assert.Equal(commit, await test.GitAsync("rev-parse", "kintsugi/gtm/abc"));
        Assert.Equal("Kintsugi <k@example.org>|Mend|1970-01-02 00:00:00 +0000", await test.GitAsync("log", "-1", "--format=%an <%ae>|%s|%ci", commit));
        await test.GitAsync("fsck", "--strict");
        Assert.Equal(state, await test.StateAsync());
        Assert.True(await repository.CreateBranchAsync("kintsugi/gtm/abc", commit, Stop));
        Assert.False(await repository.CreateBranchAsync("kintsugi/gtm/abc", head.Id, Stop));
        Assert.False(await repository.CreateBranchAsync("main", commit, Stop));
    }

    [Theory]
    [InlineData("-b")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("HEAD")]
    [InlineData("x.lock")]
    [InlineData("main/below")]
    [InlineData("@{1}")]
    public async Task A_name_that_no_branch_can_have_is_refused(string branch)
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        await using var repository = await test.OpenAsync();

        await Assert.ThrowsAsync<GitException>(async () => await repository.CreateBranchAsync(branch, (await repository.ResolveAsync("HEAD", Stop)).Id, Stop));
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/etc/x")]
    [InlineData("a//b")]
    [InlineData(".git/config")]
    [InlineData("sub/.GIT/hooks/pre-commit")]
    [InlineData("")]
    public async Task An_edit_that_leaves_the_tree_is_refused(string path)
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        await using var repository = await test.OpenAsync();
        var tree = (await repository.ResolveAsync("HEAD", Stop)).Tree;

        await Assert.ThrowsAsync<GitException>(() => repository.WriteTreeAsync(tree, [new TreeEdit(path, "100644", "x"u8.ToArray())], Stop));
    }

    [Fact]
    public async Task Merges_come_to_a_tree_or_to_the_paths_in_conflict()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1\n2\n3\n4\n5\n6\n7\n"), ("b", "1\n"));
        await test.GitAsync("checkout", "-q", "-b", "side");
        test.Write("a", "ONE\n2\n3\n4\n5\n6\n7\n");
        var clean = await test.CommitAllAsync("top line");
        test.Write("b", "side\n");
        var clash = await test.CommitAllAsync("b");
        await test.GitAsync("checkout", "-q", "main");
        test.Write("a", "1\n2\n3\n4\n5\n6\nSEVEN\n");
        test.Write("b", "main\n");
        var main = await test.CommitAllAsync("bottom line");
        await using var repository = await test.OpenAsync();

        var merged = await repository.MergeAsync(main, clean, Stop);
        var conflicted = await repository.MergeAsync(main, clash, Stop);

        var file = (await repository.ListAsync(merged.Tree!, Stop)).Single(file => file.Path == "a");
        Assert.Equal("ONE\n2\n3\n4\n5\n6\nSEVEN\n", Encoding.UTF8.GetString((await repository.ReadBlobAsync(file.Blob, Stop)).Span));
        Assert.Empty(merged.Conflicts);
        Assert.Null(conflicted.Tree);
        Assert.Equal(["b"], conflicted.Conflicts);
    }

    [Fact]
    public async Task A_shallow_clone_works_as_far_as_its_history_goes()
    {
        await using var origin = await TestRepository.WithCommitAsync(("a", "1"));
        var first = await origin.GitAsync("rev-parse", "HEAD");
        origin.Write("a", "2");
        await origin.CommitAllAsync("second");
        origin.Write("a", "3");
        await origin.CommitAllAsync("third");
        var clone = origin.Beside("clone");
        await TestRepository.GitInAsync(clone, "clone", "-q", "--depth", "2", "file://" + origin.Top, ".");
        await using var repository = await GitRepository.OpenAsync(clone, origin.Own, Stop);

        var head = await repository.ResolveAsync("HEAD", Stop);
        Assert.True(repository.IsShallow);
        Assert.Single(await repository.FirstParentAsync((await repository.ResolveAsync("HEAD~1", Stop)).Id, head.Id, [], Stop));
        Assert.Contains("--unshallow", (await Assert.ThrowsAsync<GitException>(() => repository.ResolveAsync(first, Stop))).Message, StringComparison.Ordinal);
        var tree = await repository.WriteTreeAsync(head.Tree, [new TreeEdit("a", "100644", "4"u8.ToArray())], Stop);
        var commit = await repository.CommitAsync(tree, [head.Id], "mend", "A <a@b>", DateTimeOffset.UnixEpoch, Stop);
        Assert.True(await repository.CreateBranchAsync("mended", commit, Stop));
    }

    [Fact]
    public async Task A_tampered_repository_runs_nothing_on_the_host()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"), (".gitattributes", "* filter=evil diff=evil merge=evil\n"));
        var bait = Path.Combine(test.Beside("bait"), "ran");
        var touch = $"touch {bait}; cat";
        foreach (var key in (string[])[
            "core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "diff.evil.command", "merge.evil.driver", "diff.external",
            "core.pager", "core.editor", "core.sshCommand", "core.gitProxy", "core.askPass", "gpg.program", "credential.helper", "alias.rev-parse"])
            await File.AppendAllTextAsync(Path.Combine(test.Top, ".git/config"), Section(key, touch), Stop);
        foreach (var hook in (string[])["pre-commit", "post-index-change", "reference-transaction", "post-checkout", "update", "pre-auto-gc"])
        {
            var path = Path.Combine(test.Top, ".git/hooks", hook);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, $"#!/bin/sh\n{touch}\n", Stop);
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }

        test.Write("a", "2");
        await using var repository = await test.OpenAsync();
        var head = await repository.ResolveAsync("HEAD", Stop);
        Assert.True(await repository.HasUncommittedChangesAsync("", Stop));
        await repository.LayOutAsync(head.Tree, Path.Combine(test.Beside("out"), "tree"), _ => true, Stop);
        var tree = await repository.WriteTreeAsync(head.Tree, [new TreeEdit("a", "100644", "3"u8.ToArray())], Stop);
        var other = await repository.WriteTreeAsync(head.Tree, [new TreeEdit("a", "100644", "4"u8.ToArray())], Stop);
        await repository.DiffAsync(head.Tree, tree, Stop);
        await repository.DiffTextAsync(head.Tree, tree, Stop);
        var commit = await repository.CommitAsync(tree, [head.Id], "m", "A <a@b>", DateTimeOffset.UnixEpoch, Stop);
        var clash = await repository.CommitAsync(other, [head.Id], "m", "A <a@b>", DateTimeOffset.UnixEpoch, Stop);
        await repository.MergeAsync(commit, clash, Stop);
        await repository.CreateBranchAsync("new", commit, Stop);
        await repository.ConfigAsync("user.name", Stop);
        await repository.FingerprintOfRemoteAsync(Stop);

        Assert.False(File.Exists(bait));
        await test.GitAsync("update-ref", "refs/heads/control", commit);
        Assert.True(File.Exists(bait), "The control failed: plain git did not run what was planted.");

        static string Section(string key, string value)
        {
            var parts = key.Split('.');
            var name = parts.Length == 3 ? $"[{parts[0]} \"{parts[1]}\"]" : $"[{parts[0]}]";
            return $"{name}\n\t{parts[^1]} = \"{value}\"\n";
        }
    }

    [Fact]
    public async Task A_file_name_that_is_not_UTF8_is_refused_and_shown()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        var blob = await test.GitAsync("hash-object", "-w", "a");
        var list = Path.Combine(test.Beside("x"), "list");
        await File.WriteAllBytesAsync(list, [.. Encoding.ASCII.GetBytes($"100644 blob {blob}\tbad"), 0xE9, (byte)'\n'], Stop);
        var tree = await MakeTreeAsync(test, list);
        await using var repository = await test.OpenAsync();

        var error = await Assert.ThrowsAsync<GitException>(() => repository.ListAsync(tree, Stop));

        Assert.Contains("badé", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_with_paths_that_lead_out_of_it_is_not_laid_out()
    {
        await using var test = await TestRepository.WithCommitAsync(("a", "1"));
        var blob = await test.GitAsync("hash-object", "-w", "a");
        var list = Path.Combine(test.Beside("x"), "list");
        await File.WriteAllTextAsync(list, $"100644 blob {blob}\t..\n", Stop);
        var tree = await MakeTreeAsync(test, list);
        await using var repository = await test.OpenAsync();

        await Assert.ThrowsAsync<GitException>(() => repository.LayOutAsync(tree, Path.Combine(test.Beside("out"), "tree"), _ => true, Stop));
    }

    [Theory]
    [InlineData("changed", true)]
    [InlineData("untracked", true)]
    [InlineData("ignored", false)]
    [InlineData("elsewhere", false)]
    [InlineData("nothing", false)]
    public async Task Uncommitted_changes_are_those_below_the_path_and_not_ignored(string what, bool expected)
    {
        await using var test = await TestRepository.WithCommitAsync(("agent/a", "1"), ("b", "1"), (".gitignore", "*.db\n"));
        test.Write(what switch { "changed" => "agent/a", "untracked" => "agent/new", "ignored" => "agent/x.db", "elsewhere" => "b", _ => ".git/y" }, "22");
        await using var repository = await test.OpenAsync();

        Assert.Equal(expected, await repository.HasUncommittedChangesAsync("agent", Stop));
    }

    /// <summary>git mktree reads its standard input, so the list goes through a shell.</summary>
    private static async Task<string> MakeTreeAsync(TestRepository test, string list) =>
        await test.GitAsync("-c", $"alias.make=!git mktree --missing < '{list}'", "make");
}
