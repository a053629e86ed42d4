using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Repair;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Sandbox.Results;
using Kintsugi.Tests.Sandbox.Git;

namespace Kintsugi.Tests.Healing.Repair;

public sealed class CandidateFilesTests : IAsyncLifetime
{
    private TestRepository _repository = null!;
    private GitRepository _git = null!;
    private CandidateFiles _files = null!;
    private string _tree = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _repository = await TestRepository.WithCommitAsync(
            ("agent.py", "x = 1\n"), ("lib/a.py", "a\n"), ("lib/b.py", "b\n"), ("lib/deep/c.py", "c\n"), ("dist/kept.py", "k\n"),
            ("golden/leads.jsonl", "{}\n"), (".kintsugi/baseline.json", "{}\n"), ("tests/test_a.py", "t\n"), ("scoring/check.py", "s\n"));
        _git = await GitRepository.OpenAsync(_repository.Top, _repository.Own, Cancellation);
        _tree = (await _git.ResolveAsync("HEAD", Cancellation)).Tree;
        var tracked = await _git.ListAsync(_tree, Cancellation);
        var agent = AgentFile.Load("agent: { name: a, run: r }\ndataset: golden/leads.jsonl\nscorers: [{ exact: {} }, { command: { run: python3 scoring/check.py } }]\n", AgentFile.FileName, _ => null);
        _files = new CandidateFiles(_git, _tree, new PatchTerms(new AgentFiles(agent, "", tracked.Select(f => f.Path)), tracked, tracked, [], Foreign: true));
    }

    public async ValueTask DisposeAsync()
    {
        await _git.DisposeAsync();
        await _repository.DisposeAsync();
    }

    [Fact]
    public async Task Golden_data_scorers_and_what_kintsugi_keeps_are_not_there()
    {
        Assert.Equal(["agent.py", "dist/kept.py", "lib/a.py", "lib/b.py", "lib/deep/c.py", "tests/test_a.py"], _files.Paths);
        Assert.Null(await _files.ReadAsync("golden/leads.jsonl", Cancellation));
        Assert.Null(await _files.ReadAsync(".kintsugi/baseline.json", Cancellation));
        Assert.Null(await _files.ReadAsync("scoring/check.py", Cancellation));
        Assert.Null(await _files.ReadAsync("lib", Cancellation));
    }

    [Fact]
    public async Task What_is_written_is_read_back_and_becomes_a_tree()
    {
        Assert.Equal(_tree, await _files.TreeAsync(Cancellation));

        Assert.Null(_files.Write("agent.py", "x = 2\n"));
        Assert.Null(_files.Write("lib/new.py", "n\n"));

        Assert.Equal("x = 2\n", Encoding.UTF8.GetString((await _files.ReadAsync("agent.py", Cancellation))!.Value.Span));
        Assert.Equal(["agent.py M", "lib/new.py A"], await ChangesAsync());
    }

    [Theory]
    [InlineData("tests/test_a.py", "is a test")]
    [InlineData("golden/leads.jsonl", "is golden data")]
    [InlineData("scoring/check.py", "is a test, a scorer's file")]
    [InlineData(".git/hooks/x", "names .git")]
    [InlineData("../up.py", "`..` part")]
    [InlineData("pytest.ini", "is obeyed unasked")]
    [InlineData("docs/a.md", "may not be changed")]
    public void What_may_not_be_changed_is_refused_at_once(string path, string reason)
    {
        Assert.Contains(reason, _files.Write(path, ""), StringComparison.Ordinal);
        Assert.Empty(_files.Written);
    }

    [Fact]
    public async Task What_a_command_left_in_its_layer_is_taken_over_but_for_by_products()
    {
        var layer = _repository.Beside("layer");
        Leave(layer, "agent.py", "x = 3\n");
        Leave(layer, "TASK.md", "done");
        Leave(layer, "lib/__pycache__/a.pyc", "x");
        Leave(layer, "node_modules/m/index.js", "x");
        Leave(layer, "dist/kept.py", "k2\n"); // tracked, and so no by-product
        Whiteouts.Make(Path.Combine(layer, "lib", "a.py"));
        Whiteouts.Make(Path.Combine(layer, "lib", "deep"));

        Assert.Null(TakeOver(layer));

        Assert.Equal(["agent.py M", "dist/kept.py M", "lib/a.py D", "lib/deep/c.py D"], await ChangesAsync());
    }

    [Fact]
    public void Links_pipes_and_files_that_are_too_large_are_no_change()
    {
        var (links, large) = (_repository.Beside("links"), _repository.Beside("large"));
        File.CreateSymbolicLink(Path.Combine(links, "lib.py"), "/etc/passwd");
        Leave(large, "big.py", new string('x', CandidateFiles.LargestFile + 1));

        Assert.Contains("lib.py is a symbolic link", TakeOver(links), StringComparison.Ordinal);
        Assert.Contains("big.py is larger than", TakeOver(large), StringComparison.Ordinal);
    }

    private string? TakeOver(string layer)
    {
        using var left = HostileDirectory.Open(layer);
        return _files.TakeOver(left, "TASK.md");
    }

    private async Task<IReadOnlyList<string>> ChangesAsync() =>
        [.. (await _git.DiffAsync(_tree, await _files.TreeAsync(Cancellation), Cancellation)).Select(c => $"{(c.New ?? c.Old)!.Path} {(c.Old is null ? 'A' : c.New is null ? 'D' : 'M')}")];

    private static void Leave(string layer, string path, string text)
    {
        var file = Path.Combine(layer, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
