using System.Net.Sockets;
using System.Text;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

public class SandboxesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Auto_is_the_sandbox_that_holds_and_is_probed_once()
    {
        var first = await Sandboxes.OpenAsync("auto", allowUnsandboxed: true, Stop);

        Assert.Contains(first.Isolation.Tier, (string[])["A", "B", "C"]);
        Assert.Same(first, await Sandboxes.OpenAsync(first.Isolation.Tier, allowUnsandboxed: false, Stop));
        Assert.True(first.Isolation.HoldsForeignCode);
    }

    [Fact]
    public async Task No_sandbox_has_to_be_allowed_and_says_what_to_install()
    {
        var error = await Assert.ThrowsAsync<SandboxUnavailableException>(() => Sandboxes.OpenAsync("E", allowUnsandboxed: false, Stop));

        Assert.Contains("bubblewrap", error.Message, StringComparison.Ordinal);
        Assert.False((await Sandboxes.OpenAsync("E", allowUnsandboxed: true, Stop)).Isolation.HoldsForeignCode);
    }

    [Fact]
    public async Task A_tier_that_cannot_be_had_is_no_other_tier() =>
        await Assert.ThrowsAsync<SandboxUnavailableException>(() => Sandboxes.OpenAsync("D", allowUnsandboxed: true, Stop));

    [Fact]
    public async Task A_tier_that_does_not_exist_is_a_mistake() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Sandboxes.OpenAsync("b", allowUnsandboxed: true, Stop));

    [Fact]
    public async Task Without_a_sandbox_the_tree_is_still_a_copy_and_the_gateway_at_its_variable()
    {
        using var tree = new TestTree().With("kept", "original");
        var serving = Task.CompletedTask;
        var sandbox = await Sandboxes.OpenAsync("E", allowUnsandboxed: true, Stop);
        var request = tree.Python("import os, urllib.request\nopen('kept', 'w').write('changed')\nprint(urllib.request.urlopen(os.environ['URL']).read().decode(), os.getuid() != 0)\nraise SystemExit(4)") with
        {
            Gateway = listening => serving = AnswerAsync(listening),
            Environment = new Dictionary<string, string> { ["URL"] = "http://127.0.0.1:8080/v1" },
        };

        var result = await sandbox.RunAsync(request, ReadOnlyMemory<byte>.Empty, Stop);

        Assert.Equal(("ok True\n", "", 4), (result.Output, result.Error, result.Exit.Code));
        Assert.Equal("original", await File.ReadAllTextAsync(Path.Combine(tree.Path, "kept"), Encoding.UTF8, Stop));
        await serving;

        static async Task AnswerAsync(Socket listening)
        {
            using (listening)
            {
                using var client = await listening.AcceptAsync(Stop);
                await client.ReceiveAsync(new byte[1000], Stop);
                await client.SendAsync("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), Stop);
            }
        }
    }

    [Fact]
    public async Task Without_a_sandbox_wall_time_and_children_are_still_held()
    {
        using var tree = new TestTree();
        var sandbox = await Sandboxes.OpenAsync("E", allowUnsandboxed: true, Stop);
        var mark = Guid.NewGuid().ToString("N");

        var result = await sandbox.RunAsync(
            tree.Shell($": {mark}; sh -c 'while :; do :; done # {mark}' & wait") with { Limits = new SandboxLimits(TimeSpan.FromMilliseconds(500)) }, ReadOnlyMemory<byte>.Empty, Stop);

        Assert.Equal(new SandboxExit(137, "killed: wall 0.5 s"), result.Exit);
        Assert.Equal(0, Processes.With(mark));
    }
}
