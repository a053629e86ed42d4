using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Tests.Sandbox;

/// <summary>What hostile code tries that shows only from outside: taking without measure, outliving the run, meeting another.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileFromOutsideTests(SandboxTiers tiers) : IClassFixture<SandboxTiers>, IDisposable
{
    private const string MarkVariable = "KINTSUGI_TEST_MARK";

    private static readonly SandboxLimits LittleMemory = new(TimeSpan.FromSeconds(30), MemoryBytes: 64L << 20);

    private readonly Bait _bait = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _bait.Dispose();

    [Fact]
    public Task Attack_51_a_fork_bomb_in_Python_stops_at_the_limit() => InEachTierAsync(async sandbox =>
    {
        var result = await RunAsync(sandbox, 51, new SandboxLimits(TimeSpan.FromSeconds(30), Processes: 64));

        Assert.InRange(int.Parse(result.Output, CultureInfo.InvariantCulture), 20, 64);
    });

    [Fact]
    public Task Attack_52_a_fork_bomb_in_a_shell_ends_with_its_run_and_leaves_nothing() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();
        var mark = Mark();

        var result = await sandbox.RunAsync(
            tree.Shell($": {mark}; f() {{ f | f & }}; f; while :; do :; done") with { Limits = new SandboxLimits(TimeSpan.FromSeconds(1), Processes: 64) });

        Assert.NotEqual(0, result.Exit.Code); // killed at its wall time, or a shell that could not fork and gave up
        Assert.Equal(0, Processes.With(mark));
    });

    [Fact]
    public Task Attack_53_one_large_allocation_is_refused() => InEachTierAsync(async sandbox =>
    {
        var result = await RunAsync(sandbox, 53, LittleMemory);

        Assert.Contains("MemoryError", result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    });

    [Fact]
    public Task Attack_54_many_allocations_count_together() => InEachTierAsync(async sandbox =>
    {
        var result = await RunAsync(sandbox, 54, LittleMemory);

        Assert.Equal("killed: memory 64 MiB", result.Exit.Limit);
    });

    [Fact]
    public Task Attack_55_memory_that_nobody_maps_comes_to_what_the_table_says() => ComesToAsync(55, result => result.Exit.Limit == "killed: memory 64 MiB");

    [Fact]
    public Task Attack_56_children_in_sessions_of_their_own_end_with_the_command() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();
        var mark = Mark();

        var result = await sandbox.RunAsync(tree.Shell($"(setsid sh -c 'trap \"\" 1 2 15; exec sleep {mark}' >/dev/null 2>&1 &) & setsid sleep {mark} & exit 3"));

        Assert.Equal(3, result.Exit.Code);
        Assert.Equal(0, Processes.With(mark));
    });

    [Fact]
    public async Task Attack_57_nothing_goes_on_after_the_product_was_killed()
    {
        var mark = Mark();
        using var victim = await Launcher.StartAsync(new LaunchPlan(
            [TestRunner.Path, "-noLogo", "-noColor", "-explicit", "only", "-method", $"{typeof(HostileFromOutsideTests).FullName}.{nameof(Victim_57_runs_sandboxes_until_it_is_killed)}"],
            [.. TestRunner.Environment, $"{MarkVariable}={mark}"],
            new Dictionary<int, SafeFileHandle>()));
        using var output = new StreamReader(victim.Output);
        while (await output.ReadLineAsync(Stop) is { } line && line != mark)
        {
        }

        Assert.NotEqual(0, Processes.With(mark));

        Processes.Kill([victim.Id]);
        await victim.Ended;

        await Processes.EndedAsync(mark, Stop);
    }

    [Fact(Explicit = true)]
    public async Task Victim_57_runs_sandboxes_until_it_is_killed()
    {
        var mark = Environment.GetEnvironmentVariable(MarkVariable)!;
        using var tree = new TestTree();
        var runs = new List<Task>();
        await InEachTierAsync(async sandbox =>
        {
            var process = await sandbox.StartAsync(tree.Shell($"setsid sleep {mark} & echo up; exec sleep {mark}"), Stop);
            using var reader = new StreamReader(process.StandardOutput);
            await reader.ReadLineAsync(Stop);
            runs.Add(process.Exited);
        });
        await Console.Out.WriteLineAsync(mark);
        await Task.WhenAll(runs);
    }

    [Fact]
    public Task Attack_58_endless_output_is_cut() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();

        var result = await sandbox.RunAsync(tree.Shell("yes & yes >&2") with { Limits = new SandboxLimits(TimeSpan.FromSeconds(30), OutputBytes: 1 << 20) });

        Assert.Equal("killed: output 1 MiB", result.Exit.Limit);
        Assert.Equal(1 << 20, result.Output.Length + result.Error.Length);
    });

    [Fact]
    public Task Attack_59_slow_output_does_not_stretch_the_time() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();

        var result = await sandbox.RunAsync(tree.Shell("while :; do echo x; sleep 0.1; done") with { Limits = new SandboxLimits(TimeSpan.FromSeconds(1)) });

        Assert.Equal(new SandboxExit(137, "killed: wall 1 s"), result.Exit);
        Assert.NotEqual("", result.Output);
    });

    [Fact]
    public Task Attack_60_a_child_that_keeps_standard_output_does_not_keep_the_run() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();

        var result = await sandbox.RunAsync(tree.Shell("setsid sleep 1000 & echo end"));

        Assert.Equal((new SandboxExit(0, null), "end\n"), (result.Exit, result.Output));
    });

    [Fact]
    public Task Attack_61_who_ignores_every_signal_is_killed_at_the_wall_time() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();
        var request = tree.Python("import signal\nfor s in range(1, 32):\n  try: signal.signal(s, signal.SIG_IGN)\n  except OSError: pass\nwhile True: pass");

        var result = await sandbox.RunAsync(request with { Limits = new SandboxLimits(TimeSpan.FromSeconds(1)) });

        Assert.Equal(new SandboxExit(137, "killed: wall 1 s"), result.Exit);
    });

    [Fact]
    public Task Attack_62_no_escape_sequence_reaches_the_report() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();

        var result = await sandbox.RunAsync(tree.Shell("printf 'a\\033]52;c;eA==\\a\\tb\\r\\n\\302\\233c\\377'; printf '\\033[2J\\010' >&2"));

        Assert.Equal(("a]52;c;eA==\tb\nc\uFFFD", "[2J"), (result.Output, result.Error));
    });

    [Fact]
    public Task Attack_65_nothing_is_mounted_below_a_link_of_the_workspace() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree().With("kept", "original");
        var outside = tree.Beside("outside");
        Directory.CreateSymbolicLink(Path.Combine(tree.Path, "tests"), outside);
        var request = tree.Run("true") with { ReadOnly = new Dictionary<string, string> { [Path.Combine(tree.Path, "kept")] = $"{SandboxFixture.MountAt}/tests/kept" } };

        await Assert.ThrowsAnyAsync<ArgumentException>(() => sandbox.RunAsync(request));

        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    });

    [Fact]
    public Task Attack_66_what_is_written_to_the_workspace_ends_at_its_limit() => InEachTierAsync(async sandbox =>
    {
        var result = await RunAsync(sandbox, 66, new SandboxLimits(TimeSpan.FromSeconds(30), WorkspaceBytes: 32L << 20));

        Assert.InRange(int.Parse(result.Output, CultureInfo.InvariantCulture), 24, 32);
    });

    [Fact]
    public Task Attack_67_memory_in_the_kernels_buffers_comes_to_what_the_table_says() => ComesToAsync(67, result => result.Output == "");

    [Fact]
    public Task Attack_71_two_runs_at_once_find_nothing_of_each_other() => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();
        string[] marks = [Mark(), Mark()];
        var request = tree.Attack(AttackTable.Of(71).Script!); // written once: the first run reads it while the second starts
        await using var first = await sandbox.StartAsync(request, Stop);
        await using var second = await sandbox.StartAsync(request, Stop);
        var neighbours = ((ISandboxProcess[])[first, second]).Select(process => (process.StandardInput, Output: new StreamReader(process.StandardOutput), process)).ToList();
        for (var i = 0; i < 2; i++)
        {
            var knowledge = _bait.Knowledge(tree, ("marks", new JsonArray(marks[i], marks[1 - i])), ("serve", new JsonArray(7000 + i, 7001 - i)));
            await neighbours[i].StandardInput.WriteAsync(Encoding.UTF8.GetBytes(knowledge), Stop);
        }

        foreach (var (_, output, _) in neighbours)
            Assert.Equal("ready", await output.ReadLineAsync(Stop));
        foreach (var (input, output, process) in neighbours)
        {
            await input.WriteAsync("look\n"u8.ToArray(), Stop);
            Assert.Equal("", await output.ReadToEndAsync(Stop));
            Assert.Equal(new SandboxExit(0, null), await process.Exited);
        }
    });

    [Fact]
    public Task Attack_78_a_kept_layer_filled_by_nameless_files_comes_to_what_the_table_says() => KeptComesToAsync(78);

    [Fact]
    public Task Attack_79_a_kept_layer_filled_out_of_sight_comes_to_what_the_table_says() => KeptComesToAsync(79);

    [Fact]
    public Task Attack_80_a_kept_layer_filled_in_a_closed_directory_comes_to_what_the_table_says() => KeptComesToAsync(80);

    [Fact]
    public Task Attack_81_a_kept_layer_filled_beside_passing_files_comes_to_what_the_table_says() => KeptComesToAsync(81);

    private Task KeptComesToAsync(int number) => InEachTierAsync(async sandbox =>
    {
        using var tree = new TestTree();
        var request = tree.Attack(AttackTable.Of(number).Script!);

        var result = await sandbox.RunAsync(
            request with
            {
                Workspace = request.Workspace! with { Keep = Path.Combine(tree.Beside("kept"), "layer") },
                Limits = new SandboxLimits(TimeSpan.FromSeconds(3), WorkspaceBytes: 32L << 20),
            },
            _bait.Knowledge(tree));

        ComesTo(number, sandbox, result, result.Exit.Limit == "killed: disk 32 MiB");
    });

    private async Task<SandboxResult> RunAsync(ISandbox sandbox, int number, SandboxLimits limits) =>
        (await AttackRun.OfAsync(sandbox, AttackTable.Of(number).Script!, _bait, limits)).Result;

    private Task ComesToAsync(int number, Func<SandboxResult, bool> isHeld) => InEachTierAsync(async sandbox =>
    {
        var result = await RunAsync(sandbox, number, LittleMemory);

        ComesTo(number, sandbox, result, isHeld(result));
    });

    private static void ComesTo(int number, ISandbox sandbox, SandboxResult result, bool isHeld)
    {
        var why = AttackTable.Of(number).NotHeldIn(sandbox.Isolation.Tier);
        Assert.True(isHeld == (why is null), $"The table says {(why is null ? "held" : $"not held, {why}")}, but: {result}");
        Assert.Equal("", result.Error);
    }

    private async Task InEachTierAsync(Func<ISandbox, Task> test)
    {
        foreach (var (tier, sandbox) in tiers.Available)
        {
            TestContext.Current.SendDiagnosticMessage($"tier {tier}");
            await test(sandbox);
        }
    }

    private static string Mark() => (100000 + (Guid.NewGuid().GetHashCode() & 0xffffff)).ToString(CultureInfo.InvariantCulture);
}
