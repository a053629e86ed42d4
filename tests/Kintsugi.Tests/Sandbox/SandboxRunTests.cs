using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

public sealed class SandboxRunTests(SandboxFixture fixture) : IClassFixture<SandboxFixture>
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
        var request = tree.Shell("pwd; cat file") with { MountAt = mountAt, WorkingDirectory = "here" };

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

        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => fixture.Sandbox.RunAsync(tree.Shell("true") with { MountAt = mountAt }));

        Assert.Contains(mountAt, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_is_the_requests_on_top_of_a_small_fixed_one()
    {
        using var tree = new TestTree();
        var request = tree.Run("env") with { Environment = new Dictionary<string, string> { ["GREETING"] = "good day", ["LANG"] = "C" } };

        var names = (await fixture.Sandbox.RunAsync(request)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=')[0]).Except(["PWD", "OLDPWD", "_", "SHLVL"]).Order(StringComparer.Ordinal);

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
        var path = Path.Combine(tree.Beside("gateway"), "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            var request = new byte[1000];
            await client.ReceiveAsync(request, TestContext.Current.CancellationToken);
            await client.SendAsync("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nagain"u8.ToArray(), TestContext.Current.CancellationToken);
        }, TestContext.Current.CancellationToken);
        const string script = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8080/').read().decode())";

        var result = await fixture.Sandbox.RunAsync(tree.Python(script) with { GatewaySocket = path });

        Assert.Equal("again\n", result.Output);
        await serving;
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
        using var tree = new TestTree().With("golden/a", "from the tree");
        var gold = tree.Beside("gold");
        await File.WriteAllTextAsync(Path.Combine(gold, "a"), "from the host", TestContext.Current.CancellationToken);
        var request = tree.Shell("cat golden/a; echo x > golden/a || rm golden/a || mv golden elsewhere || echo held") with
        {
            ReadOnly = new Dictionary<string, string> { [gold] = SandboxFixture.MountAt + "/golden" },
        };

        Assert.Equal("from the hostheld\n", (await fixture.Sandbox.RunAsync(request)).Output);
    }

    [Fact]
    public async Task A_read_only_path_below_a_link_in_the_tree_is_refused()
    {
        using var tree = new TestTree();
        File.CreateSymbolicLink(Path.Combine(tree.Path, "tests"), "/oldroot/var/tmp");
        var request = tree.Shell("true") with { ReadOnly = new Dictionary<string, string> { ["/usr"] = SandboxFixture.MountAt + "/tests/unit" } };

        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => fixture.Sandbox.RunAsync(request));

        Assert.Contains("symbolic link", error.Message, StringComparison.Ordinal);
    }
}
