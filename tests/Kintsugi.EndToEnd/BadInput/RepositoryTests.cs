using System.Runtime.Versioning;
using System.Text.Json;

namespace Kintsugi.EndToEnd.BadInput;

/// <summary>Repositories as people have them: exactly the culprit is put back, on a branch, and nothing that is the user's changes.</summary>
[SupportedOSPlatform("linux")]
public class RepositoryTests
{
    private const string Culprit = "@@ -2,1 +2,1 @@";

    [Fact]
    public async Task A_repository_with_no_commit_is_refused_with_what_to_do()
    {
        await using var repository = await UserRepository.CreateAsync();
        await repository.GitAsync("checkout", "-q", "--orphan", "empty");

        foreach (var verb in (string[])["eval", "heal"])
            await AssertRefusedAsync(["has no commit yet", "commit the agent first"], verb, repository.Top);
    }

    [Fact]
    public async Task A_dirty_work_tree_and_a_detached_head_stay_as_they_are_and_the_fix_stands_on_the_commit()
    {
        await using var repository = await UserRepository.CreateAsync();
        var good = await repository.GitAsync("rev-parse", "HEAD");
        repository.Replace("rules.txt", "high=50", "high=90");
        repository.Replace("rules.txt", "other=1", "other=2");
        var bad = await repository.CommitAsync("second");
        await repository.GitAsync("checkout", "-q", "--detach");
        repository.Replace("rules.txt", "low=10", "low=11");
        repository.Write("staged.py", "raise SystemExit('staged')\n");
        await repository.GitAsync("add", "staged.py", "rules.txt");
        repository.Replace("rules.txt", "high=90", "high=50"); // the work tree is good: it is not what is looked at
        repository.Write("json.py", "raise SystemExit('never committed')\n");
        File.Delete(repository.PathOf("threshold.py"));

        await repository.AssertMendedAsync("rules.txt", Culprit, "", "--base", good);

        await repository.AssertFixAsync(bad, ("rules.txt", UserRepository.Rules.Replace("other=1", "other=2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Names_line_ends_bytes_modes_renames_and_submodules_of_any_kind_are_put_back_or_left_exactly()
    {
        const string Odd = "-rules of\nthe höuse .txt";
        const string Rules = "# tiers\r\nhigh=50\r\nlow=10\r\nother=1\r\nlast=0\r\n";
        await using var repository = await UserRepository.CreateAsync("agents/one two");
        string In(string name) => $"agents/one two/{name}";
        repository.Replace(In("threshold.py"), "\"rules.txt\"", "\"-rules of\\nthe höuse .txt\"");
        File.Delete(repository.PathOf(In("rules.txt")));
        repository.Write(In(Odd), Rules);
        repository.Write(In("old name.txt"), "one\ntwo\nthree\nfour\n");
        repository.Write(In("--help.txt"), "kept=1\n");
        repository.Write(In("picture.bin"), [0, 1, 2, 255]);
        repository.Write(In("tool.sh"), "#!/bin/sh\n");
        repository.Write(In("tab\t"), "1\n");
        await repository.AddGitlinkAsync(In("vendored"), '1');
        await repository.AddGitlinkAsync("elsewhere", '1');
        var good = await repository.CommitAsync("first");
        repository.Write(In(Odd), Rules.Replace("high=50", "high=90", StringComparison.Ordinal).Replace("other=1", "other=2", StringComparison.Ordinal));
        File.Move(repository.PathOf(In("old name.txt")), repository.PathOf(In("new\tname.txt")));
        repository.Write(In("--help.txt"), "kept=2\n");
        repository.Write(In("picture.bin"), [0, 3, 2, 254]);
        repository.Write(In("tab\t"), "2\n");
        repository.SetMode(In("tool.sh"), executable: true);
        await repository.AddGitlinkAsync(In("vendored"), '2');
        await repository.AddGitlinkAsync("elsewhere", '2');
        var bad = await repository.CommitAsync("second");

        await repository.AssertMendedAsync(In(Odd), Culprit, "agents/one two", "--base", good);

        await repository.AssertFixAsync(bad, (In(Odd), Rules.Replace("other=1", "other=2", StringComparison.Ordinal)));
    }

    public static TheoryData<string, string, string> Whole => new()
    {
        { "a rename", "names.txt", "renamed from names/rules.txt" },
        { "bytes", "limit.bin", "content replaced" },
        { "a link", "link.txt", "content replaced" },
        { "a new file", "override.txt", "added" },
        { "a lost file", "needed.txt", "deleted" },
        { "a mode", "limit.sh", "mode 100755 to 100644" },
    };

    private static readonly string Reader = """
        import os, subprocess
        def threshold():
            if os.path.exists("override.txt") or not os.path.exists("needed.txt") or not os.path.exists("names/rules.txt"):
                return 90
            if open("limit.bin", "rb").read() != bytes([0, 50]) or open("link.txt").read() != "50" or not os.access("limit.sh", os.X_OK):
                return 90
            return 50

        """;
    [Theory]
    [MemberData(nameof(Whole))]
    public async Task A_culprit_that_is_taken_or_left_as_a_whole_is_put_back_and_its_neighbours_stay(string what, string file, string hunk)
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("threshold.py", Reader);
        repository.Write("needed.txt", "here");
        repository.Write("names/rules.txt", "one\ntwo\nthree\n");
        repository.Write("limit.bin", [0, 50]);
        repository.Write("fifty", "50");
        repository.Write("ninety", "90");
        repository.Write("limit.sh", "#!/bin/sh\n");
        repository.SetMode("limit.sh", executable: true);
        File.CreateSymbolicLink(repository.PathOf("link.txt"), "fifty");
        repository.Write("innocent.bin", [0, 1]);
        repository.Write("innocent.txt", "four\nfive\nsix\n");
        var good = await repository.CommitAsync("first");
        switch (what)
        {
            case "a rename": File.Move(repository.PathOf("names/rules.txt"), repository.PathOf("names.txt")); break;
            case "bytes": repository.Write("limit.bin", [0, 90]); break;
            case "a link": File.Delete(repository.PathOf("link.txt")); File.CreateSymbolicLink(repository.PathOf("link.txt"), "ninety"); break;
            case "a new file": repository.Write("override.txt", "90\n"); break;
            case "a lost file": File.Delete(repository.PathOf("needed.txt")); break;
            case "a mode": repository.SetMode("limit.sh", executable: false); break;
        }
        repository.Write("innocent.bin", [0, 2]);
        File.Move(repository.PathOf("innocent.txt"), repository.PathOf("moved.txt"));
        var bad = await repository.CommitAsync("second");

        await repository.AssertMendedAsync(file, hunk, "", "--base", good);

        var branch = Assert.Single(await repository.BranchesAsync());
        Assert.Equal(
            await repository.GitAsync("diff-tree", "-r", "--no-renames", bad, good, "--", ".", ":!innocent.bin", ":!innocent.txt", ":!moved.txt"),
            await repository.GitAsync("diff-tree", "-r", "--no-renames", bad, branch));
    }

    [Fact]
    public async Task A_shallow_clone_without_the_base_says_how_to_fetch_it_and_with_it_heals()
    {
        await using var repository = await UserRepository.CreateAsync();
        var good = await repository.GitAsync("rev-parse", "HEAD");
        for (var i = 1; i <= 2; i++) await CommitInnocentAsync(repository, i);
        var bad = await BreakAsync(repository);
        await repository.GitAsync("config", "uploadpack.allowAnySHA1InWant", "true");
        await repository.GitAsync("clone", "-q", "--depth=1", "file://" + repository.Top, repository.Beside("clone"));
        repository.GoOnIn("clone");

        await AssertRefusedAsync([good, "git fetch --unshallow"], "heal", repository.Top, "--base", good);

        await repository.GitAsync("fetch", "-q", "--depth=1", "origin", good);
        var document = await repository.AssertMendedAsync("rules.txt", Culprit, "", "--base", good);
        Assert.Empty(document.GetProperty("diagnosis").GetProperty("commits").EnumerateArray()); // history does not say which it was
        await repository.AssertFixAsync(bad, ("rules.txt", UserRepository.Rules));
    }

    [Fact]
    public async Task A_culprit_that_came_in_by_a_merge_is_put_back_and_the_rest_of_the_merge_stays()
    {
        await using var repository = await UserRepository.CreateAsync();
        var good = await repository.GitAsync("rev-parse", "HEAD");
        await repository.GitAsync("checkout", "-q", "-b", "side");
        await CommitInnocentAsync(repository, 1);
        await BreakAsync(repository);
        await repository.GitAsync("checkout", "-q", "main");
        await CommitInnocentAsync(repository, 2);
        await repository.GitAsync("merge", "-q", "--no-ff", "-m", "merge", "side");
        var merge = await repository.GitAsync("rev-parse", "HEAD");
        var bad = await CommitInnocentAsync(repository, 3);

        var document = await repository.AssertMendedAsync("rules.txt", Culprit, "", "--base", good);

        Assert.Equal([merge], Commits(document));
        await repository.AssertFixAsync(bad, ("rules.txt", UserRepository.Rules));
    }

    [Fact]
    public async Task A_base_that_is_no_ancestor_is_held_against_head_and_only_the_culprit_is_put_back()
    {
        await using var repository = await UserRepository.CreateAsync();
        await repository.GitAsync("checkout", "-q", "-b", "release");
        repository.Write("only-in-release.txt", "1\n");
        var good = await repository.CommitAsync("released");
        await repository.GitAsync("checkout", "-q", "--orphan", "main-without-history");
        await CommitInnocentAsync(repository, 1);
        await CommitInnocentAsync(repository, 2);
        var bad = await BreakAsync(repository);

        var document = await repository.AssertMendedAsync("rules.txt", Culprit, "", "--base", good);

        Assert.Empty(Commits(document)); // no commit of head's history follows the base
        await repository.AssertFixAsync(bad, ("rules.txt", UserRepository.Rules));
    }

    [Fact]
    public async Task Of_two_agents_in_one_repository_each_mends_its_own_and_what_it_shares()
    {
        await using var repository = await UserRepository.CreateAsync("one");
        repository.WriteAgent("two");
        repository.Replace("two/kintsugi.yaml", "name: tiny", "name: other");
        repository.Replace("two/kintsugi.yaml", "[\"*.txt\"]", "[\"../shared/**\"]");
        repository.Replace("two/threshold.py", "rules.txt", "../shared/rules.txt");
        repository.Write("shared/rules.txt", UserRepository.Rules);
        var good = await repository.CommitAsync("first");
        repository.Replace("one/rules.txt", "high=50", "high=90");
        var one = await repository.CommitAsync("one");
        repository.Replace("shared/rules.txt", "high=50", "high=10");
        var shared = await repository.CommitAsync("shared");
        repository.Replace("two/rules.txt", "other=1", "other=2");
        var bad = await repository.CommitAsync("two");

        var first = await repository.AssertMendedAsync("one/rules.txt", Culprit, "one", "--base", good);
        await repository.AssertFixAsync(bad, ("one/rules.txt", UserRepository.Rules));
        await repository.GitAsync("branch", "-q", "-D", Assert.Single(await repository.BranchesAsync()));
        var second = await repository.AssertMendedAsync("shared/rules.txt", Culprit, "two", "--base", good);

        await repository.AssertFixAsync(bad, ("shared/rules.txt", UserRepository.Rules));
        Assert.Equal([one], Commits(first));
        Assert.Equal([shared], Commits(second));
    }

    [Fact]
    public async Task Another_branch_than_the_one_checked_out_gets_its_own_fix()
    {
        await using var repository = await UserRepository.CreateAsync();
        var good = await repository.GitAsync("rev-parse", "HEAD");
        await repository.GitAsync("checkout", "-q", "-b", "feature");
        var bad = await BreakAsync(repository);
        await repository.GitAsync("checkout", "-q", "main");
        await CommitInnocentAsync(repository, 1);

        await repository.AssertMendedAsync("rules.txt", Culprit, "", "--base", good, "--head", "feature");

        await repository.AssertFixAsync(bad, ("rules.txt", UserRepository.Rules));
    }

    [Fact]
    public async Task A_linked_work_tree_is_healed_whatever_git_variables_the_caller_has_set()
    {
        await using var repository = await UserRepository.CreateAsync();
        var good = await repository.GitAsync("rev-parse", "HEAD");
        await repository.GitAsync("worktree", "add", "-q", "-b", "linked", repository.Beside("linked"));
        var main = repository.Snapshot();
        repository.GoOnIn("linked");
        var bad = await BreakAsync(repository);

        var said = await CommandLine.KintsugiAsync(
            ["GIT_DIR=/nonexistent", "GIT_WORK_TREE=/nonexistent", "GIT_INDEX_FILE=/nonexistent"], "heal", repository.Top, "--base", good);

        Assert.True(said.Exit == 0, said.All);
        await repository.AssertFixAsync(bad, ("rules.txt", UserRepository.Rules));
        repository.GoOnIn("repository");
        Assert.Equal(main["rules.txt"], repository.Snapshot()["rules.txt"]);
    }

    [Fact]
    public async Task A_file_that_became_a_directory_is_no_obstacle()
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("notes.txt", "1\n");
        var good = await repository.CommitAsync("first");
        File.Delete(repository.PathOf("notes.txt"));
        repository.Write("notes.txt/one.py", "");
        var bad = await BreakAsync(repository);

        await repository.AssertMendedAsync("rules.txt", Culprit, "", "--base", good);

        await repository.AssertFixAsync(bad, ("rules.txt", UserRepository.Rules));
    }

    private static async Task<string> BreakAsync(UserRepository repository)
    {
        repository.Replace("rules.txt", "high=50", "high=90");
        return await repository.CommitAsync("break");
    }

    private static async Task<string> CommitInnocentAsync(UserRepository repository, int n)
    {
        repository.Write($"innocent-{n}.txt", $"{n}\n");
        return await repository.CommitAsync($"innocent {n}");
    }

    private static IEnumerable<string?> Commits(JsonElement document) =>
        document.GetProperty("diagnosis").GetProperty("commits").EnumerateArray().Select(c => c.ValueKind == JsonValueKind.String ? c.GetString() : c.GetProperty("id").GetString());

    /// <summary>One line, exit status 2, nothing on standard output.</summary>
    private static async Task AssertRefusedAsync(string[] words, params string[] arguments)
    {
        var said = await CommandLine.KintsugiAsync(arguments);

        Assert.True(said.Exit == 2, $"exit {said.Exit}: {said.All}");
        Assert.Equal("", said.Output);
        var line = Assert.Single(said.Error.TrimEnd('\n').Split('\n'));
        Assert.All(words, word => Assert.Contains(word, line, StringComparison.Ordinal));
    }
}
