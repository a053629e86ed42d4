using Kintsugi.Evaluation.Agents;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Sandbox.Git;

namespace Kintsugi.Tests.Evaluation.Agents;

/// <summary>Versions of a real repository, as a sandbox shows them.</summary>
public sealed class LayoutsTests : IAsyncLifetime
{
    private TestRepository _repository = null!;
    private GitRepository _git = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _repository = await TestRepository.WithCommitAsync(
            ("kintsugi.yaml", "-"), ("gold.jsonl", "answers"), (".kintsugi/baseline.json", "{}"), ("tests/t.py", "strict"), ("kept", "1"), ("changed", "1"), ("removed", "1"),
            ("folder/a", "1"), ("folder/deep/b", "1"), ("thinned/a", "1"), ("thinned/b", "1"), ("scoring/check.py", "secret"), ("scoring/notes", "1"), ("was-file", "1"), ("was-folder/x", "1"), ("was-folder/y", "1"));
        _git = await GitRepository.OpenAsync(_repository.Top, _repository.Own, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _git.DisposeAsync();
        await _repository.DisposeAsync();
    }

    [Fact]
    public async Task Every_version_is_seen_as_committed_without_the_gold_whichever_of_them_is_laid_out_whole()
    {
        var first = await _git.ResolveAsync("HEAD", Stop);
        await ChangeAsync();
        var second = await _git.ResolveAsync("HEAD", Stop);

        foreach (var whole in (Commit[])[first, second])
        {
            var layouts = Layouts(whole.Tree);
            foreach (var version in (Commit[])[first, second])
            {
                var expected = (await _git.ListAsync(version.Tree, Stop)).Select(file => file.Path).Where(path => path != "gold.jsonl" && !path.StartsWith(".kintsugi/", StringComparison.Ordinal));
                var laidOut = await layouts.LayOutAsync(version.Id, version.Tree, foreign: false, Stop);

                var seen = await RunAsync(laidOut, "find . ! -type d -printf '%P\\n'; find . -type d -empty -printf 'empty %P\\n'");

                Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
                Assert.Equal(version == first ? "1" : "2", await RunAsync(laidOut, "cat changed"));
                Assert.Equal(version == first ? "1" : "2", File.ReadAllText(laidOut.Find("changed")!));
                Assert.Equal(version == first, laidOut.Find("removed") is not null);
                Assert.Equal(version == first, laidOut.Find("folder/deep/b") is not null);
                Assert.Equal(version == first, laidOut.Find("was-folder/x") is not null);
                Assert.Equal(version == second, laidOut.Find("was-file/inside") is not null);
                Assert.Null(laidOut.Find("gold.jsonl"));
            }
        }
    }

    [Fact]
    public async Task Where_tests_judge_a_version_they_are_the_commits_own_and_the_gold_is_there()
    {
        var head = await _git.ResolveAsync("HEAD", Stop);
        var layouts = Layouts(head.Tree);
        var loosened = await _git.WriteTreeAsync(head.Tree, [new TreeEdit("tests/t.py", "100644", "loose"u8.ToArray())], Stop);
        var laidOut = await layouts.LayOutAsync(head.Id, loosened, foreign: true, Stop);
        var trusted = await layouts.TrustedAsync(head.Id, Stop);

        Assert.Equal("loose", await RunAsync(laidOut, "cat tests/t.py"));
        Assert.Equal("strictanswers", await RunAsync(laidOut with { Files = [.. laidOut.Files, trusted] }, "cat tests/t.py gold.jsonl"));
    }

    [Fact]
    public async Task Whoever_works_on_the_agent_sees_its_tests_and_neither_the_gold_nor_what_scorers_judge_by()
    {
        var head = await _git.ResolveAsync("HEAD", Stop);
        var layouts = Layouts(head.Tree);
        var laidOut = await layouts.LayOutAsync(head.Id, head.Tree, foreign: true, Stop);
        var judges = await layouts.JudgesAsync(head.Id, Stop);

        Assert.Equal("secret", await RunAsync(laidOut, "cat scoring/check.py"));
        Assert.Equal("notes\nstrict", await RunAsync(laidOut with { Files = [.. laidOut.Files, judges] }, "ls scoring; cat tests/t.py; test ! -e gold.jsonl"));
    }

    [Fact]
    public async Task A_link_is_never_followed_on_the_way_to_a_versions_file()
    {
        File.CreateSymbolicLink(Path.Combine(_repository.Top, "link"), "kept");
        File.CreateSymbolicLink(Path.Combine(_repository.Top, "way"), "folder");
        await _repository.CommitAllAsync("Link");
        var head = await _git.ResolveAsync("HEAD", Stop);

        var laidOut = await Layouts(head.Tree).LayOutAsync(head.Id, head.Tree, foreign: false, Stop);

        Assert.Null(laidOut.Find("link"));
        Assert.Null(laidOut.Find("way/a"));
        Assert.NotNull(laidOut.Find("folder/a"));
    }

    private async Task ChangeAsync()
    {
        _repository.Write("changed", "2");
        File.Delete(Path.Combine(_repository.Top, "removed"));
        Directory.Delete(Path.Combine(_repository.Top, "folder"), recursive: true);
        File.Delete(Path.Combine(_repository.Top, "thinned/a"));
        File.Delete(Path.Combine(_repository.Top, "was-file"));
        _repository.Write("was-file/inside", "2");
        Directory.Delete(Path.Combine(_repository.Top, "was-folder"), recursive: true);
        _repository.Write("was-folder", "2");
        await _repository.CommitAllAsync("Change");
    }

    private Layouts Layouts(string whole) => new(
        _git, _repository.Beside($"layers-{Guid.NewGuid():N}"), whole, new AgentFiles(AgentFile.Load(
            "agent: { name: a, run: ./a }\ndataset: gold.jsonl\nscorers: [exact: { path: $ }, command: { run: python3 scoring/check.py }]\n", "kintsugi.yaml", _ => null), "", []));

    private static async Task<string> RunAsync(LaidOutVersion version, string script)
    {
        var sandbox = await Sandboxes.OpenAsync("auto", allowUnsandboxed: false, Stop);
        var result = await sandbox.RunAsync(
            new SandboxRequest { Command = ["/bin/sh", "-c", script], Workspace = new Workspace(version.Layers, version.MountAt), Limits = new SandboxLimits(TimeSpan.FromSeconds(30)) },
            ReadOnlyMemory<byte>.Empty, Stop);
        Assert.True(result.Succeeded, result.ToString());
        return result.Output;
    }
}
