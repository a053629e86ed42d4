using System.Diagnostics;
using System.Globalization;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Bench;

/// <summary>What a process holds of the host for its sandboxes.</summary>
/// <param name="Processes">All that descend from it.</param>
/// <param name="Files">In its scratch directories, directories too.</param>
/// <param name="Waiting">Threads that wait for a process's end.</param>
public sealed record Held(int Processes, int Mounts, int Descriptors, int Files, int Cgroups, int Threads, int Waiting)
{
    private const string LockSuffix = ".lock";

    public static Held Of(int process)
    {
        var threads = Directory.GetDirectories($"/proc/{Text(process)}/task");
        return new Held(
            Descendants.Of(process).Count - 1,
            File.ReadAllLines($"/proc/{Text(process)}/mountinfo").Length,
            Directory.GetFiles($"/proc/{Text(process)}/fd").Length,
            ScratchesOf(process).Sum(FilesIn),
            CgroupsOf(process),
            threads.Length,
            threads.Count(thread => NameOf(thread).StartsWith("waits for", StringComparison.Ordinal)));
    }

    /// <summary>Scratch directories are locked by their owner, through a file beside each.</summary>
    public static IReadOnlyList<string> ScratchesOf(int process) =>
        [.. Directory.GetFiles($"/proc/{Text(process)}/fd")
            .Select(descriptor => new FileInfo(descriptor).LinkTarget ?? "")
            .Where(target => target.EndsWith(LockSuffix, StringComparison.Ordinal) && target.Contains("kintsugi-", StringComparison.Ordinal))
            .Select(target => target[..^LockSuffix.Length])];

    /// <summary>One for each run and each hierarchy, the parents left out, also of a process that has ended.</summary>
    public static int CgroupsOf(int process) => ParentsOf(process).Sum(parent => Directory.GetDirectories(parent).Length);

    public static IEnumerable<string> ParentsOf(int process) => Directory.Exists("/sys/fs/cgroup")
        ? Directory.EnumerateDirectories("/sys/fs/cgroup", $"kintsugi-{Text(process)}-*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
        : [];

    public static int FilesIn(string directory) => Directory.Exists(directory) ? Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories).Count() : 0;

    /// <summary>A process that has ended and waits for the host's init to take note runs no more.</summary>
    public static bool Runs(int process)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{Text(process)}/stat");
            return status[status.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/comm");
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a `kill -9` of the product leaves, and for how long.</summary>
/// <param name="Gone">From the kill until none of its processes was left.</param>
/// <param name="Left">Cgroups (parents too) and scratch directories after that.</param>
/// <param name="LeftNext">The same once another process has opened a sandbox.</param>
public sealed record KilledProduct(Held Before, TimeSpan Gone, (int Cgroups, int Scratches) Left, (int Cgroups, int Scratches) LeftNext);

/// <summary>Counts what is held before and after many sandboxes.</summary>
public static class SandboxLeftovers
{
    private const string Up = "up";

    /// <summary>A thread of the pool ends after some seconds without work; its threads are not what is looked for.</summary>
    /// <param name="first">Makes what is made once and kept.</param>
    public static async Task<(Held Before, Held After)> AroundAsync(Func<Task> first, Func<Task> runs)
    {
        await first();
        var before = Held.Of(Environment.ProcessId);
        await runs();
        return (before, Held.Of(Environment.ProcessId));
    }

    public static async Task InARowAsync(ISandbox sandbox, int count, CancellationToken cancellationToken)
    {
        for (var n = 0; n < count; n++) await RunAsync(sandbox, cancellationToken);
    }

    public static Task AtOnceAsync(ISandbox sandbox, int count, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => RunAsync(sandbox, cancellationToken)));

    public static async Task<KilledProduct> KillAsync(string tier, int count, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["sandbox-held", tier, count.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        using var victim = Process.Start(start)!;
        if (await victim.StandardOutput.ReadLineAsync(cancellationToken) != Up) throw new InvalidOperationException("The process that holds sandboxes did not come up.");
        var (before, scratches, processes) = (Held.Of(victim.Id), Held.ScratchesOf(victim.Id), Descendants.Of(victim.Id));

        var killed = Stopwatch.GetTimestamp();
        victim.Kill();
        await victim.WaitForExitAsync(cancellationToken);
        while (processes.Any(Held.Runs)) await Task.Yield();
        var gone = Stopwatch.GetElapsedTime(killed);

        var left = Left();
        await KintsugiCommand.HostAsync(Environment.ProcessPath!, ["sandbox-opened", tier], cancellationToken);
        return new KilledProduct(before, gone, left, Left());

        (int, int) Left() => (Held.CgroupsOf(victim.Id) + Held.ParentsOf(victim.Id).Count(), scratches.Count(Directory.Exists));
    }

    /// <summary>The victim.</summary>
    public static async Task<int> HoldAsync(string tier, int count, CancellationToken cancellationToken)
    {
        var sandbox = await Sandboxes.OpenAsync(tier, allowUnsandboxed: false, cancellationToken);
        var request = new SandboxRequest { Command = ["/bin/sh", "-c", "setsid sleep 1000 & sleep 1000"], Gateway = _ => { }, Blocked = _ => { } };
        var running = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => sandbox.StartAsync(request, cancellationToken)));
        Console.WriteLine(Up);
        await Task.WhenAll(running.Select(process => process.Exited));
        return 1; // nobody killed us
    }

    private static async Task RunAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        var request = new SandboxRequest
        {
            Command = ["/bin/sh", "-c", "setsid sleep 1000 & echo > /tmp/file"],
            Gateway = listening => listening.Dispose(),
            Blocked = _ => { },
            ServesOn = 9000,
            Limits = new SandboxLimits(TimeSpan.FromMinutes(1)),
        };
        var result = await sandbox.RunAsync(request, ReadOnlyMemory<byte>.Empty, cancellationToken);
        if (!result.Succeeded) throw new InvalidOperationException($"A sandboxed command ended with {result.Exit}: {result.Error}");
    }
}
