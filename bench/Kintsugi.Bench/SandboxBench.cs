using System.Globalization;
using System.Text;
using Kintsugi.Sandbox;

namespace Kintsugi.Bench;

/// <summary>What a sandbox costs and leaves: starts, the way to the gateway, leftovers, the probe at the start of the product.</summary>
public static class SandboxBench
{
    private const int AtOnce = 32, HeldAtTheKill = 8;

    private const double MostCpu = 10, MostCpuWithFiles = 15, MostWall = 15, MostDetour = 10;

    /// <param name="rounds">Starts of each kind.</param>
    /// <param name="row">Sandboxes one after another.</param>
    public static async Task<int> RunAsync(int rounds, int row, string? file, CancellationToken cancellationToken)
    {
        var tiers = await TiersAsync(cancellationToken);
        var table = new StringBuilder().AppendLine("# What a sandbox costs and leaves").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version.Major}.{Environment.OSVersion.Version.Minor}, {await BubblewrapAsync(cancellationToken)}. Where other work shares the cores (a load above 1 or 2), wall times grow with it, CPU times little.");
        table.AppendLine("Tier A is bubblewrap with a cgroup, tier B without; both with the system call filter, the native init, the handed-out gateway socket and the refusing name server.").AppendLine();
        if (SandboxUser.DropTo is not null) table.AppendLine("Measured as root, which becomes an ordinary user first: one program more (setpriv) for each start but the plain one's and podman's.").AppendLine();
        await SpawnsAsync(table, tiers, rounds, cancellationToken);
        await PathsAsync(table, tiers, cancellationToken);
        await LeftoversAsync(table, tiers, row, cancellationToken);
        await ProbesAsync(table, tiers, cancellationToken);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table.ToString(), cancellationToken);
        return 0;
    }

    private static async Task<IReadOnlyDictionary<string, ISandbox>> TiersAsync(CancellationToken cancellationToken)
    {
        var tiers = new SortedDictionary<string, ISandbox>(StringComparer.Ordinal);
        foreach (var tier in (string[])["A", "B"])
        {
            try
            {
                tiers[tier] = await Sandboxes.OpenAsync(tier, allowUnsandboxed: false, cancellationToken);
            }
            catch (SandboxUnavailableException error)
            {
                await Console.Error.WriteLineAsync($"tier {tier} is left out: {error.Message}");
            }
        }
        return tiers;
    }

    private static async Task SpawnsAsync(StringBuilder table, IReadOnlyDictionary<string, ISandbox> tiers, int rounds, CancellationToken cancellationToken)
    {
        var before = Load();
        using var spawns = new SandboxSpawns();
        var rows = await spawns.MeasureAsync(tiers, rounds, cancellationToken);
        table.AppendLine("## Start to end of `true`").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Medians in ms, in turns, one at a time. CPU of what was started is the kernel's count of all descendants, CPU of the starter that of the measuring .NET process with all its threads. Workspaces have a base layer and a patch of three files and a whiteout; podman's CPU is that of its descendants down to the last. Load {before} before, {Load()} after.").AppendLine();
        table.AppendLine("| way | runs | CPU, started | CPU, starter | CPU, both | wall | least wall |").AppendLine("|---|--:|--:|--:|--:|--:|--:|");
        foreach (var row in rows)
        {
            if (row.Median is { } cost)
                table.AppendLine(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Runs} | {cost.Started:0.0} | {cost.Own:0.0} | {cost.Cpu:0.0} | {cost.Wall:0.0} | {row.LeastWall:0.0} |");
            else
                table.AppendLine(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Missing} | | | | | |");
        }
        table.AppendLine();
        Wanted(table);
        foreach (var tier in tiers.Keys)
        {
            var (bare, files) = (Cost(SandboxSpawns.WithoutFiles(tier)), Cost(SandboxSpawns.WithFiles(tier)));
            Line(table, $"tier {tier}: at most {MostCpu:0} ms CPU", bare.Cpu, MostCpu, "ms");
            Line(table, $"tier {tier}: at most {MostWall:0} ms wall on an idle machine", bare.Wall, MostWall, "ms");
            Line(table, $"tier {tier} with a workspace: at most {MostCpuWithFiles:0} ms CPU", files.Cpu, MostCpuWithFiles, "ms");
        }
        table.AppendLine().AppendLine("A start executes six programs, each of which costs what a plain process does before it has done anything: setpriv (root only), unshare, the init that lays out the files, bwrap, the init that is PID 1, the command. The rest is bwrap's mounts, for each of which it reads the mount table of the host.").AppendLine();

        SpawnCost Cost(string name) => rows.First(row => row.Name == name).Median!;
    }

    private static async Task PathsAsync(StringBuilder table, IReadOnlyDictionary<string, ISandbox> tiers, CancellationToken cancellationToken)
    {
        var before = Load();
        using var paths = new SandboxPaths();
        var times = await paths.MeasureAsync(tiers, cancellationToken);
        table.AppendLine("## The way to the gateway").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"A request and an answer of some 40 bytes between a Python client and a blocking .NET server, medians in µs, best of three rounds in turns. Load {before} before, {Load()} after.").AppendLine();
        table.AppendLine("| way | connection kept | new connection |").AppendLine("|---|--:|--:|");
        foreach (var (name, time) in times) table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {time.KeptAlive:0.0} | {time.Connecting:0.0} |");
        table.AppendLine();
        Wanted(table);
        foreach (var tier in tiers.Keys)
            Line(table, $"tier {tier}: at most {MostDetour:0} µs over a Unix socket of the host, connection kept", times[SandboxPaths.FromInside(tier)].KeptAlive - times[SandboxPaths.HostUnix].KeptAlive, MostDetour, "µs");
        table.AppendLine();
    }

    private static async Task LeftoversAsync(StringBuilder table, IReadOnlyDictionary<string, ISandbox> tiers, int row, CancellationToken cancellationToken)
    {
        table.AppendLine("## What is left").AppendLine();
        table.AppendLine("Each leaves a child in a session of its own behind and a file in /tmp. Counted are processes that descend from the product, its mounts, descriptors, threads (of those, the ones that wait for a process), entries in its scratch directories and cgroups of runs; before and after. Threads of the pool and descriptors of timers come and go by a few.").AppendLine();
        table.AppendLine("| | processes | mounts | descriptors | scratch entries | cgroups | threads (waiting) |").AppendLine("|---|--:|--:|--:|--:|--:|--:|");
        foreach (var (tier, sandbox) in tiers)
        {
            Row($"tier {tier}: {row} in a row", await SandboxLeftovers.AroundAsync(AtOnceAsync, () => SandboxLeftovers.InARowAsync(sandbox, row, cancellationToken)));
            Row($"tier {tier}: {AtOnce} at once", await SandboxLeftovers.AroundAsync(AtOnceAsync, AtOnceAsync));

            Task AtOnceAsync() => SandboxLeftovers.AtOnceAsync(sandbox, AtOnce, cancellationToken);
        }
        table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"`kill -9` of a process that holds {HeldAtTheKill} running sandboxes; then another process opens a sandbox of the tier:").AppendLine();
        table.AppendLine("| | processes | all gone after, ms | cgroups, scratch directories left | after the next start |").AppendLine("|---|--:|--:|--:|--:|");
        foreach (var tier in tiers.Keys)
        {
            var killed = await SandboxLeftovers.KillAsync(tier, HeldAtTheKill, cancellationToken);
            table.AppendLine(CultureInfo.InvariantCulture, $"| tier {tier} | {killed.Before.Processes} | {killed.Gone.TotalMilliseconds:0} | {killed.Left.Cgroups}, {killed.Left.Scratches} | {killed.LeftNext.Cgroups}, {killed.LeftNext.Scratches} |");
        }
        table.AppendLine();

        void Row(string name, (Held Before, Held After) held)
        {
            var (a, b) = held;
            table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {a.Processes} → {b.Processes} | {a.Mounts} → {b.Mounts} | {a.Descriptors} → {b.Descriptors} | {a.Files} → {b.Files} | {a.Cgroups} → {b.Cgroups} | {a.Threads} ({a.Waiting}) → {b.Threads} ({b.Waiting}) |");
        }
    }

    private static async Task ProbesAsync(StringBuilder table, IReadOnlyDictionary<string, ISandbox> tiers, CancellationToken cancellationToken)
    {
        table.AppendLine("## The probe").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"`Sandboxes.OpenAsync` in a fresh process, medians of nine; CPU of the process and of what it started, the runtime's own start left out. Load {Load()} before.").AppendLine();
        Wanted(table);
        foreach (var tier in tiers.Keys)
        {
            var probe = await SandboxProbe.MeasureAsync(tier, cancellationToken);
            table.AppendLine(CultureInfo.InvariantCulture, $"| tier {tier}: under 1 s | {probe.WallSeconds:0.00} s wall, {probe.CpuSeconds:0.00} s CPU | {Said(probe.WallSeconds < 1)} |");
        }
    }

    private static void Wanted(StringBuilder table) => table.AppendLine("| wanted | measured | |").AppendLine("|---|--:|---|");

    private static void Line(StringBuilder table, string wanted, double measured, double most, string unit) =>
        table.AppendLine(CultureInfo.InvariantCulture, $"| {wanted} | {measured:0.0} {unit} | {Said(measured <= most)} |");

    private static string Said(bool reached) => reached ? "reached" : "missed";

    /// <summary>`bubblewrap 0.8.0`.</summary>
    private static async Task<string> BubblewrapAsync(CancellationToken cancellationToken) => (await KintsugiCommand.HostAsync("bwrap", ["--version"], cancellationToken)).Trim();

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
