using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Bubblewrap;
using Kintsugi.Sandbox.Processes;
using Kintsugi.Sandbox.Seccomp;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Bench;

/// <summary>What a start to the end of `true` took, in milliseconds.</summary>
/// <param name="Started">CPU of what was started, down to the last descendant.</param>
/// <param name="Own">CPU of the process that started it.</param>
public sealed record SpawnCost(double Wall, double Started, double Own)
{
    public double Cpu => Started + Own;
}

/// <summary>One way to run `true`.</summary>
/// <param name="Median">Each figure's own; null where <paramref name="Missing"/> says why there is none.</param>
/// <param name="LeastWall">Milliseconds of the quickest.</param>
public sealed record SpawnRow(string Name, SpawnCost? Median, double LeastWall, int Runs, string? Missing = null);

/// <summary>Starting `true` in sandboxes with everything on, beside lesser ways, in turns.</summary>
public sealed class SandboxSpawns : IDisposable
{
    private const int Warm = 10;

    /// <summary>A container costs a hundred times as much: it takes part in every tenth round only.</summary>
    private const int ContainerEvery = 10;

    private const int BaseFiles = 2_000, FilesPerDirectory = 50, FileBytes = 5_000;

    private readonly Scratch _scratch = Scratch.Create();
    private readonly Dictionary<string, Func<CancellationToken, Task<SpawnCost>>> _ways = [];
    private readonly Dictionary<string, List<SpawnCost>> _costs = [];
    private string? _containerMissing;

    private static readonly Dictionary<int, SafeFileHandle> None = [];

    public const string Plain = "plain process", Bubblewrap = "bwrap alone, all namespaces and the filter", Container = "podman run --rootfs";

    public static string WithoutFiles(string tier) => $"tier {tier}";

    public static string WithFiles(string tier) => $"tier {tier}, workspace of {BaseFiles.ToString("N0", CultureInfo.InvariantCulture)} files";

    /// <param name="tiers">By their letters.</param>
    public async Task<IReadOnlyList<SpawnRow>> MeasureAsync(IReadOnlyDictionary<string, ISandbox> tiers, int rounds, CancellationToken cancellationToken)
    {
        var workspace = LayOut();
        _ways[Plain] = token => LaunchAsync([HostPrograms.Find("true")!], None, token);
        _ways[Bubblewrap] = BubblewrapAsync;
        foreach (var (tier, sandbox) in tiers)
        {
            _ways[WithoutFiles(tier)] = token => SandboxAsync(sandbox, null, token);
            _ways[WithFiles(tier)] = token => SandboxAsync(sandbox, workspace, token);
        }

        await FindContainerAsync(cancellationToken);
        for (var round = 0; round < Warm + rounds; round++)
        {
            foreach (var (name, way) in _ways)
            {
                if (name == Container && round % ContainerEvery != 0) continue;
                var cost = await way(cancellationToken);
                if (round < Warm) continue;
                if (!_costs.TryGetValue(name, out var costs)) _costs[name] = costs = [];
                costs.Add(cost);
            }
        }

        List<SpawnRow> rows = [.. _ways.Keys.Where(_costs.ContainsKey).Select(name => Row(name, _costs[name]))];
        if (_containerMissing is { } why) rows.Add(new SpawnRow(Container, null, 0, 0, why));
        return rows;
    }

    public void Dispose() => _scratch.Dispose();

    private static SpawnRow Row(string name, List<SpawnCost> costs) => new(
        name, new SpawnCost(Middle(costs, c => c.Wall), Middle(costs, c => c.Started), Middle(costs, c => c.Own)), costs.Min(c => c.Wall), costs.Count);

    private static double Middle(List<SpawnCost> costs, Func<SpawnCost, double> of) => costs.Select(of).Order().ElementAt(costs.Count / 2);

    private static Task<SpawnCost> SandboxAsync(ISandbox sandbox, Workspace? workspace, CancellationToken cancellationToken) => MeasureAsync(async () =>
    {
        var request = new SandboxRequest
        {
            Command = ["true"],
            Workspace = workspace,
            Gateway = listening => listening.Dispose(),
            Blocked = _ => { },
            Limits = new SandboxLimits(TimeSpan.FromMinutes(1)),
        };
        var result = await sandbox.RunAsync(request, ReadOnlyMemory<byte>.Empty, cancellationToken);
        if (!result.Succeeded) throw new InvalidOperationException($"`true` ended with {result.Exit}: {result.Error}");
    });

    private static Task<SpawnCost> LaunchAsync(string[] command, Dictionary<int, SafeFileHandle> descriptors, CancellationToken cancellationToken) => MeasureAsync(async () =>
    {
        using var process = await Launcher.StartAsync(new LaunchPlan(command, [$"PATH={HostPrograms.SearchPath}"], descriptors));
        if (await process.Ended.WaitAsync(cancellationToken) is var code and not 0)
            throw new InvalidOperationException($"{command[0]} ended with {code}: {await new StreamReader(process.Error).ReadToEndAsync(cancellationToken)}");
    });

    private static async Task<SpawnCost> MeasureAsync(Func<Task> run)
    {
        var (own, children, started) = (Usage.OwnCpuSeconds, Usage.ChildrenCpuSeconds, Stopwatch.GetTimestamp());
        await run();
        var wall = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return new SpawnCost(wall, (Usage.ChildrenCpuSeconds - children) * 1e3, (Usage.OwnCpuSeconds - own) * 1e3);
    }

    /// <summary>The reference's plain line: as an ordinary user, no stage, no init, no cgroup, no limits, nothing handed over.</summary>
    private async Task<SpawnCost> BubblewrapAsync(CancellationToken cancellationToken)
    {
        var programs = HostPrograms.FindAll("B");
        var path = Path.Combine(_scratch.Directory("filter"), "filter.bpf");
        if (!File.Exists(path)) await File.WriteAllBytesAsync(path, SeccompFilter.For(RuntimeInformation.ProcessArchitecture), cancellationToken);
        using var filter = File.OpenHandle(path); // anew each time: bwrap reads from the descriptor's own position
        string[] user = SandboxUser.DropTo?.ToString(CultureInfo.InvariantCulture) is { } id ? [programs.SetPriv, "--reuid", id, "--regid", id, "--clear-groups"] : [];
        return await LaunchAsync(
            [
                .. user, programs.Bubblewrap, "--unshare-all", "--uid", "1000", "--gid", "1000", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
                "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
                "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--remount-ro", "/",
                "--seccomp", BubblewrapArguments.FilterDescriptor.ToString(CultureInfo.InvariantCulture), "/usr/bin/true",
            ],
            new Dictionary<int, SafeFileHandle> { [BubblewrapArguments.FilterDescriptor] = filter },
            cancellationToken);
    }

    private async Task FindContainerAsync(CancellationToken cancellationToken)
    {
        if (HostPrograms.Find("podman") is not { } podman || HostPrograms.Find("python3") is not { } python)
        {
            _containerMissing = "podman is not installed";
            return;
        }

        var root = _scratch.Directory("rootfs");
        foreach (var name in (string[])["usr", "proc", "dev", "sys", "etc", "tmp", "run"]) Directory.CreateDirectory(Path.Combine(root, name));
        foreach (var name in (string[])["bin", "lib", "lib64"]) Directory.CreateSymbolicLink(Path.Combine(root, name), $"usr/{name}");
        string[] runtime = HostPrograms.Find("runc") is null ? [] : ["--runtime", "runc", "--cgroup-manager", "cgroupfs"]; // crun refuses hosts that mount both versions of cgroups
        string[] command =
        [
            python, "-c", WaitForAll, podman, .. runtime, "run", "--rm", "-v", "/usr:/usr:ro", "--read-only", "--network", "none", "--cap-drop", "all",
            "--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--rootfs", root, "true",
        ];
        try
        {
            await LaunchAsync(command, None, cancellationToken);
            _ways[Container] = token => LaunchAsync(command, None, token);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            _containerMissing = $"podman does not run here: {error.Message.ReplaceLineEndings(" ").Trim()}";
        }
    }

    /// <summary>podman leaves its container to a process that nobody waits for: this one does, so that its CPU is counted.</summary>
    private const string WaitForAll = """
        import ctypes, os, sys
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        podman = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
        code = 1
        while True:
            try:
                ended, status = os.wait()
            except ChildProcessError:
                sys.exit(code)
            if ended == podman:
                code = os.waitstatus_to_exitcode(status)
        """;

    /// <summary>A base, and above it a patch of three files and a whiteout.</summary>
    private Workspace LayOut()
    {
        var (below, patch) = (_scratch.Directory("base"), _scratch.Directory("patch"));
        var content = new byte[FileBytes];
        for (var n = 0; n < BaseFiles; n++) File.WriteAllBytes(Path.Combine(_scratch.Directory($"base/{n / FilesPerDirectory}"), $"{n}.py"), content);
        for (var n = 0; n < 3; n++) File.WriteAllBytes(Path.Combine(_scratch.Directory($"patch/{n}"), $"{n * FilesPerDirectory}.py"), content);
        Whiteouts.Make(Path.Combine(_scratch.Directory("patch/3"), $"{3 * FilesPerDirectory}.py"));
        return new Workspace([below, patch], "/srv/checkout");
    }
}
