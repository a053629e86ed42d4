using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

/// <summary>Builds in the real sandbox, of versions of a real repository.</summary>
public sealed class BuildLayersTests : IAsyncLifetime
{
    private readonly Scratch _scratch = Scratch.Create();
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _run = new();
    private GitRepository _git = null!;
    private string _head = "";
    private string _tree = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Cache => Path.Combine(_scratch.Path, "layers");

    public async ValueTask InitializeAsync()
    {
        var top = _scratch.Directory("repository");
        var made = await NewRepository.CreateAsync(top, Token);
        foreach (var (name, text) in new[]
            {
                ("deps.txt", "one\n"), ("agent.py", "1\n"), ("gold.jsonl", "gold\n"), (".kintsugi/baseline.json", "{}\n"),
                ("install.sh", "mkdir modules && cp deps.txt modules/installed && echo 1 > \"$HOME/kept\" && ls > listing && rm agent.py\n"),
            })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(top, name))!);
            await File.WriteAllTextAsync(Path.Combine(top, name), text, Token);
        }
        await made.CommitAllAsync("Begin", "Ann", "ann@example.org", DateTimeOffset.UnixEpoch, Token);
        _git = await GitRepository.OpenAsync(top, _scratch.Directory("git"), Token);
        var head = await _git.ResolveAsync("HEAD", Token);
        (_head, _tree) = (head.Id, head.Tree);
    }

    public async ValueTask DisposeAsync()
    {
        await _git.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task What_a_build_writes_lies_under_the_versions_own_files()
    {
        var built = await Builds().BuildAsync(Agent(), await VersionAsync(_tree), Token);

        var seen = await RunAsync(built.Version, "cat modules/installed agent.py \"$HOME/kept\"");

        Assert.Null(built.Failure);
        Assert.Equal(("one\n1\n1\n", ""), (seen.Output, seen.Error));
    }

    [Fact]
    public async Task A_build_sees_the_version_without_its_gold()
    {
        var built = await Builds().BuildAsync(Agent(), await VersionAsync(_tree), Token);

        var seen = await RunAsync(built.Version, "cat listing");

        Assert.Contains("agent.py\n", seen.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("gold", seen.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_and_compositions_with_equal_inputs_share_one_layer_and_another_input_makes_another()
    {
        var builds = Builds();
        var composed = await WithAsync("agent.py", "2\n"); // a tree that no commit holds, as a hunk trial has it
        var changed = await WithAsync("deps.txt", "two\n");

        var first = await builds.BuildAsync(Agent(), await VersionAsync(_tree), Token);
        var second = await builds.BuildAsync(Agent(), await VersionAsync(composed), Token);
        var third = await builds.BuildAsync(Agent(), await VersionAsync(changed), Token);

        Assert.Equal(2, _run.Count);
        Assert.Equal(first.Version.Built!.Directory, second.Version.Built!.Directory);
        Assert.Equal("2\n", (await RunAsync(second.Version, "cat agent.py")).Output);
        Assert.Equal("two\n", (await RunAsync(third.Version, "cat modules/installed")).Output);
    }

    [Fact]
    public async Task The_next_process_finds_the_layer()
    {
        await Builds().BuildAsync(Agent(), await VersionAsync(_tree), Token);
        var next = Builds();

        var built = await next.BuildAsync(Agent(), await VersionAsync(_tree), Token);

        Assert.Single(_run); // the first one's
        Assert.Equal("one\n", (await RunAsync(built.Version, "cat modules/installed")).Output);
    }

    [Fact]
    public async Task Runs_over_a_layer_leave_it_as_it_was()
    {
        var built = await Builds().BuildAsync(Agent(), await VersionAsync(_tree), Token);

        await RunAsync(built.Version, "echo spoilt > modules/installed; rm \"$HOME/kept\"");

        Assert.Equal("one\n1\n", (await RunAsync(built.Version, "cat modules/installed \"$HOME/kept\"")).Output);
    }

    [Fact]
    public async Task A_strangers_version_takes_our_layer_and_never_makes_it()
    {
        var builds = Builds();

        var before = await builds.BuildAsync(Agent(), await VersionAsync(_tree, foreign: true), Token);
        var own = await builds.BuildAsync(Agent(), await VersionAsync(_tree), Token);
        var after = await builds.BuildAsync(Agent(), await VersionAsync(_tree, foreign: true), Token);

        Assert.NotEqual(own.Version.Built!.Directory, before.Version.Built!.Directory);
        Assert.Equal(own.Version.Built.Directory, after.Version.Built!.Directory);
        Assert.Equal(2, _run.Count);
    }

    [Fact]
    public async Task A_build_that_fails_is_a_result_with_the_end_of_its_output()
    {
        var builds = Builds();

        var built = await builds.BuildAsync(Agent("echo half way; echo no such package >&2; exit 3"), await VersionAsync(_tree), Token);
        await builds.BuildAsync(Agent("echo half way; echo no such package >&2; exit 3"), await VersionAsync(_tree), Token);

        Assert.Equal("The build failed (exit code 3). Its output ends: half way\nno such package", built.Failure);
        Assert.Null(built.Version.Built);
        Assert.Single(_run);
    }

    [Theory]
    [InlineData("python3 -c \\\"import urllib.request as r; r.urlopen('https://packages.invalid/')\\\"", "blocked: packages.invalid; add it under build.network.")]
    [InlineData("python3 -c \\\"import socket; socket.create_connection(('packages.invalid', 443))\\\"", "blocked: packages.invalid; add it under build.network.")]
    [InlineData("python3 -c \\\"import urllib.request as r; r.urlopen('https://gone.invalid/')\\\"", "failed: gone.invalid; it cannot be reached:")]
    public async Task A_build_that_fails_for_want_of_a_host_is_the_worlds_fault_and_names_it(string run, string told)
    {
        var builds = Builds();
        var version = await VersionAsync(_tree);

        var failed = await Assert.ThrowsAsync<BuildNetworkException>(() => builds.BuildAsync(Agent(run, network: "[gone.invalid]"), version, Token));
        await Assert.ThrowsAsync<BuildNetworkException>(() => builds.BuildAsync(Agent(run, network: "[gone.invalid]"), version, Token));

        Assert.Contains(told, failed.Message, StringComparison.Ordinal);
        Assert.Equal(2, _run.Count); // the world may be back
    }

    [Fact]
    public async Task A_registrys_credential_is_added_outside_and_no_variable_of_the_build_holds_it()
    {
        string? seen = null;
        await using var host = await StubHost.StartAsync(context =>
        {
            seen = context.Request.Headers.Authorization;
            return Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "a package");
        });
        var agent = Agent(
            "env > variables; python3 -c \\\"import os, urllib.request as r; open('package', 'wb').write(r.urlopen(os.environ['KINTSUGI_REGISTRY_1'] + '/a').read())\\\"",
            network: $"[{{ url: 'http://127.0.0.1:{host.Port}/team', headers: {{ Authorization: 'Bearer ${{TOKEN}}' }} }}]", secrets: "[TOKEN]");

        var built = await Builds().BuildAsync(agent, await VersionAsync(_tree), Token);

        Assert.Null(built.Failure);
        Assert.Equal("Bearer s3cret", seen);
        Assert.Equal("a package", (await RunAsync(built.Version, "cat package")).Output);
        Assert.DoesNotContain("s3cret", (await RunAsync(built.Version, "cat variables")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_is_laid_out_without_the_baseline_whose_hashes_betray_short_targets()
    {
        var seen = await RunAsync(await VersionAsync(_tree), "ls -A . .kintsugi");
        var changed = await RunAsync(await VersionAsync(await WithAsync(".kintsugi/baseline.json", "{ }\n")), "ls -A . .kintsugi");

        Assert.DoesNotContain("baseline.json", seen.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("baseline.json", changed.Output, StringComparison.Ordinal);
    }

    private static AgentDefinition Agent(string run = "sh install.sh", string network = "[]", string secrets = "[]") => AgentFile.Load(
        $"agent: {{ name: a, run: r }}\nbuild: {{ run: \"{run}\", inputs: deps.txt, network: {network}, secrets: {secrets} }}\ndataset: gold.jsonl\nscorers: [{{ exact: {{}} }}]",
        AgentFile.FileName, _ => null);

    private BuildLayers Builds() => new(
        _git, new LayerCache(Cache, TimeProvider.System),
        token => Sandboxes.OpenAsync("auto", allowUnsandboxed: false, token), name => name == "TOKEN" ? "s3cret" : null, TimeProvider.System)
    {
        Announce = _run.Enqueue,
    };

    private Task<LaidOutVersion> VersionAsync(string tree, bool foreign = false) =>
        new Layouts(_git, _scratch.Directory(Guid.NewGuid().ToString("N")), _tree, new AgentFiles(Agent(), "", [])).LayOutAsync(_head, tree, foreign, Token);

    private Task<string> WithAsync(string path, string text) => _git.WriteTreeAsync(_tree, [new TreeEdit(path, "100644", Encoding.UTF8.GetBytes(text))], Token);

    private static async Task<SandboxResult> RunAsync(LaidOutVersion version, string command)
    {
        var sandbox = await Sandboxes.OpenAsync("auto", allowUnsandboxed: false, Token);
        return await sandbox.RunAsync(
            new SandboxRequest { Command = ["/bin/sh", "-c", command], Workspace = new Workspace(version.Layers, version.MountAt), Environment = version.Variables },
            ReadOnlyMemory<byte>.Empty, Token);
    }
}
