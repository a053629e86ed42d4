using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

public sealed class BubblewrapRunTests(SandboxFixture fixture) : SandboxRunTests(fixture), IClassFixture<SandboxFixture>;

public sealed class ContainerRunTests(ContainerFixture fixture) : SandboxRunTests(fixture), IClassFixture<ContainerFixture>;

/// <summary>What a command can count on in every sandbox.</summary>
public abstract class SandboxRunTests(TierFixture fixture)
{
    [Fact]
    public async Task Output_error_and_exit_code_come_back()
    {
        using var tree = new TestTree();

        var result = await fixture.Sandbox.RunAsync(tree.Shell("cat; echo bad >&2; exit 7"), "hello");

        Assert.Equal(new SandboxExit(7, null), result.Exit);
        Assert.Equal("hello", result.Output);
        Assert.Equal("bad\n", result.Error);
        Assert.False(result.Succeeded);
    }

    [Theory]
    [InlineData("kill -SEGV $$", 139)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task A_signal_that_ends_the_command_is_128_and_its_number(string script, int code)
    {
        using var tree = new TestTree();

        var result = await fixture.Sandbox.RunAsync(tree.Shell(script));

        Assert.Equal(new SandboxExit(code, null), result.Exit);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task A_program_that_does_not_exist_is_the_commands_mistake()
    {
        using var tree = new TestTree();

        var result = await fixture.Sandbox.RunAsync(tree.Run("no-such-program"));

        Assert.Equal(127, result.Exit.Code);
        Assert.Contains("no-such-program", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_command_writes_is_seen_by_it_and_never_by_the_host()
    {
        using var tree = new TestTree().With("kept", "original").With("sub/other", "x");

        var result = await fixture.Sandbox.RunAsync(tree.Shell("echo new > made && rm sub/other && cat made && ls sub"));

        Assert.Equal("new\n", result.Output);
        Assert.Equal("original", await File.ReadAllTextAsync(Path.Combine(tree.Path, "kept"), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(tree.Path, "sub/other")));
        Assert.False(File.Exists(Path.Combine(tree.Path, "made")));
    }

    [Theory]
    [InlineData("/home/somebody/checkout")]
    [InlineData("/tmp/checkout")]
    [InlineData("/tmp")]
    [InlineData("/root/x/y z/ü")]
    [InlineData("/etc/agent")]
    [InlineData("/opt/a:b,c")]
    public async Task The_tree_appears_where_it_was_asked_for_or_the_refusal_says_why(string mountAt)
    {
        using var tree = new TestTree().With("here/file", "found");
        var request = tree.Shell("pwd; cat file") with { Workspace = new Workspace([tree.Path], mountAt), WorkingDirectory = "here" };

        if (mountAt == "/tmp")
        {
            var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => fixture.Sandbox.RunAsync(request));
            Assert.Contains("/tmp", error.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal($"{mountAt}/here\nfound", (await fixture.Sandbox.RunAsync(request)).Output);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/usr")]
    [InlineData("/usr/nowhere/at/all")]
    [InlineData("/proc/1")]
    [InlineData("/dev/x")]
    [InlineData("/bin/x")]
    [InlineData("/a/../b")]
    [InlineData("relative")]
    public async Task A_place_that_cannot_hold_the_tree_is_refused_before_anything_starts(string mountAt)
    {
        using var tree = new TestTree();

        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => fixture.Sandbox.RunAsync(tree.Shell("true") with { Workspace = new Workspace([tree.Path], mountAt) }));

        Assert.Contains(mountAt, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_is_the_requests_on_top_of_a_small_fixed_one()
    {
        using var tree = new TestTree();
        var request = tree.Run("env") with { Environment = new Dictionary<string, string> { ["GREETING"] = "good day", ["LANG"] = "C" } };

        var names = (await fixture.Sandbox.RunAsync(request)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=')[0]).Except(["PWD", "OLDPWD", "_", "SHLVL", "HOSTNAME"]).Order(StringComparer.Ordinal);

        Assert.Equal(
            ["CI", "DOTNET_CLI_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_TERMINAL_PROMPT", "GREETING", "HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "TERM", "TMPDIR"],
            names);
    }

    [Theory]
    [InlineData("python3", "-c", "print('runs')")]
    [InlineData("node", "-e", "console.log('runs')")]
    [InlineData("sh", "-c", "dotnet --version >/tmp/v && echo runs")]
    public async Task The_usual_runtimes_run(params string[] command)
    {
        Assert.SkipUnless(command[0] == "sh" ? File.Exists("/usr/bin/dotnet") : File.Exists($"/usr/bin/{command[0]}"), $"{command[0]} is not installed on this host.");
        using var tree = new TestTree();

        var result = await fixture.Sandbox.RunAsync(tree.Run(command));

        Assert.Equal(("runs\n", 0), (result.Output, result.Exit.Code));
    }

    [Fact]
    public async Task A_long_lived_command_answers_line_by_line()
    {
        using var tree = new TestTree();
        await using var process = await fixture.Sandbox.StartAsync(
            tree.Shell("while read -r l; do echo \"got $l\"; done"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(process.StandardOutput);

        for (var i = 0; i < 50; i++)
        {
            var number = i.ToString(CultureInfo.InvariantCulture);
            await process.StandardInput.WriteAsync(Encoding.UTF8.GetBytes(number + "\n"), TestContext.Current.CancellationToken);
            Assert.Equal($"got {number}", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        await process.StandardInput.DisposeAsync();
        Assert.Equal(new SandboxExit(0, null), await process.Exited);
    }

    [Fact]
    public async Task The_gateway_is_reached_at_its_port_from_the_first_instant()
    {
        using var tree = new TestTree();
        var serving = Task.CompletedTask;
        const string script = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8080/').read().decode())";

        var result = await fixture.Sandbox.RunAsync(tree.Python(script) with { Gateway = listening => serving = AnswerAsync(listening) });

        Assert.Equal("again\n", result.Output);
        await serving;

        static async Task AnswerAsync(Socket listening)
        {
            using (listening)
            {
                using var client = await listening.AcceptAsync(TestContext.Current.CancellationToken);
                await client.ReceiveAsync(new byte[1000], TestContext.Current.CancellationToken);
                await client.SendAsync("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nagain"u8.ToArray(), TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task A_host_that_is_asked_for_is_not_found_at_once_and_named()
    {
        using var tree = new TestTree();
        var asked = new System.Collections.Concurrent.ConcurrentQueue<string>();
        const string script = """
            import socket, sys
            for host in ('CRM.example.com', 'localhost'):
                try: print(socket.getaddrinfo(host, 80)[0][4][0])
                except socket.gaierror as e: print(e.errno == socket.EAI_NONAME)
            """;

        var result = await fixture.Sandbox.RunAsync(tree.Python(script) with { Blocked = asked.Enqueue });

        Assert.Equal(("True\n127.0.0.1\n", ""), (result.Output, result.Error));
        Assert.Equal("crm.example.com", Assert.Single(asked.Distinct()));
    }

    [Fact]
    public async Task A_command_is_asked_to_end_before_it_is_killed()
    {
        using var tree = new TestTree();
        var request = tree.Python("import os, signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'flushed\\n'), sys.exit(3)))\nprint('up', flush=True)\nsignal.pause()") with { ServesOn = 9000 };
        await using var process = await fixture.Sandbox.StartAsync(request, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(process.StandardOutput);
        Assert.Equal("up", await reader.ReadLineAsync(TestContext.Current.CancellationToken));

        process.Terminate();

        Assert.Equal("flushed", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(new SandboxExit(3, null), await process.Exited);
    }

    [Fact]
    public async Task A_port_that_the_command_serves_on_is_reached_from_the_host_once_it_listens()
    {
        using var tree = new TestTree().With("index.html", "served");
        var request = tree.Python(
            "import http.server, sys; s = http.server.HTTPServer(('127.0.0.1', 9000), http.server.SimpleHTTPRequestHandler) if sys.stdin.readline() else None\n"
            + "print('up', flush=True)\ns.serve_forever()") with
        { ServesOn = 9000 };
        await using var process = await fixture.Sandbox.StartAsync(request, TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(() => process.ConnectAsync(TestContext.Current.CancellationToken));
        await process.StandardInput.WriteAsync("go\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(process.StandardOutput);
        Assert.Equal("up", await reader.ReadLineAsync(TestContext.Current.CancellationToken));

        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => await process.ConnectAsync(cancellation) });
        Assert.Equal("served", await client.GetStringAsync(new Uri("http://agent/index.html"), TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("http://agent/absent"), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_read_only_path_is_shown_and_cannot_be_changed()
    {
        using var tree = new TestTree();
        var cache = tree.Beside("cache");
        await File.WriteAllTextAsync(Path.Combine(cache, "a"), "from the host", TestContext.Current.CancellationToken);
        var request = tree.Shell("cat /opt/cache/a; echo x > /opt/cache/a || rm /opt/cache/a || mv /opt/cache /tmp || echo held") with
        {
            ReadOnly = new Dictionary<string, string> { [cache] = "/opt/cache" },
        };

        Assert.Equal("from the hostheld\n", (await fixture.Sandbox.RunAsync(request)).Output);
    }

    [Theory]
    [InlineData("/tests/unit")]
    [InlineData("")]
    public async Task Nothing_is_mounted_inside_the_workspace_whose_links_are_a_strangers(string below)
    {
        using var tree = new TestTree();
        var request = tree.Shell("true") with { ReadOnly = new Dictionary<string, string> { ["/usr"] = SandboxFixture.MountAt + below } };

        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => fixture.Sandbox.RunAsync(request));

        Assert.Contains("layer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Higher_layers_hide_lower_ones_and_what_is_written_can_be_kept_as_one_more()
    {
        using var tree = new TestTree().With("kept", "base").With("changed", "base").With("gone", "base").With("dir/a", "base").With("tests/t", "base");
        var patch = tree.Layer("patch", ("changed", "patch"), ("tests/t", "loosened"));
        Whiteouts.Make(Path.Combine(patch, "gone"));
        Whiteouts.Make(Path.Combine(patch, "dir"));
        var trusted = tree.Layer("trusted", ("tests/t", "pristine"));
        var keep = tree.Beside("kept-writes");
        var workspace = new Workspace([tree.Path, patch, trusted], SandboxFixture.MountAt);

        var first = await fixture.Sandbox.RunAsync(tree.Shell("cat kept changed tests/t; ls; echo new >made; rm kept") with { Workspace = workspace with { Keep = keep } });
        var second = await fixture.Sandbox.RunAsync(tree.Shell("cat made; ls") with { Workspace = workspace with { Layers = [.. workspace.Layers, keep] } });

        Assert.Equal("basepatchpristinechanged\nkept\ntests\n", first.Output);
        Assert.Equal("new\nchanged\nmade\ntests\n", second.Output);
        Assert.True(File.Exists(Path.Combine(tree.Path, "kept")));
    }
}
