using System.Globalization;

namespace Kintsugi.Sandbox.Cgroups;

/// <summary>The cgroups of this process's sandboxes: a parent of its own in each hierarchy, and in it one for each run.</summary>
/// <remarks>
/// Version 2 where this process's cgroup is delegated to it alone, or where it is root; version 1, for root, on hosts that still mount it.
/// The parent's name tells whose it is, so that what a killed process left is removed by the next.
/// </remarks>
internal sealed class ControlGroups : IDisposable
{
    private const string Prefix = "kintsugi-", SubtreeControl = "cgroup.subtree_control";

    private static readonly string[] Needed = ["memory", "pids"];

    private readonly IReadOnlyList<string> _parents;
    private readonly bool _unified;
    private int _runs;

    private ControlGroups(IReadOnlyList<string> parents, bool unified)
    {
        _parents = parents;
        _unified = unified;
    }

    public string Kind => _unified ? "cgroup (v2)" : "cgroup (v1)";

    /// <returns>Null, with the reason and the remedy, where cgroups cannot be had.</returns>
    public static ControlGroups? Find(out string why)
    {
        var hierarchies = Hierarchy.Parse(Read("/proc/self/cgroup"), Read("/proc/self/mountinfo"));
        var whyNot = "no cgroup file system is mounted";
        foreach (var unified in (bool[])[true, false])
        {
            try
            {
                if (Open([.. hierarchies.Where(hierarchy => hierarchy.Unified == unified)], unified, ref whyNot) is { } groups)
                {
                    why = "";
                    return groups;
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                whyNot = error.Message;
            }
        }

        why = $"cgroups cannot be used ({whyNot}); to have them, start kintsugi as `systemd-run --user --scope -p Delegate=yes kintsugi …`";
        return null;
    }

    /// <exception cref="SandboxUnavailableException">It cannot be made.</exception>
    public Cgroup New(string tier, SandboxLimits limits)
    {
        var name = Interlocked.Increment(ref _runs).ToString(CultureInfo.InvariantCulture);
        List<string> directories = [.. _parents.Select(parent => Path.Combine(parent, name))];
        try
        {
            foreach (var directory in directories)
                Make(directory, limits);
            return new Cgroup(directories, limits);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            foreach (var directory in directories)
                _ = Cgroup.TryRemove(directory);
            throw new SandboxUnavailableException(tier, $"Its cgroup cannot be made: {error.Message} Run `kintsugi doctor`.");
        }
    }

    public void Dispose()
    {
        foreach (var parent in _parents)
            _ = Cgroup.TryRemove(parent);
    }

    private static ControlGroups? Open(IReadOnlyList<Hierarchy> hierarchies, bool unified, ref string whyNot)
    {
        List<Hierarchy> chosen = [.. hierarchies.Where(hierarchy => ControllersOf(hierarchy).Intersect(Needed).Any())];
        if (Needed.Except(chosen.SelectMany(ControllersOf)).ToList() is { Count: > 0 } missing)
        {
            whyNot = $"no controller for {string.Join(" and ", missing)} is delegated here";
            return null;
        }

        var parents = new List<string>();
        foreach (var hierarchy in chosen)
        {
            RemoveLeftovers(hierarchy.Own);
            var parent = Path.Combine(hierarchy.Own, Prefix + Owner.Current);
            if (unified)
                Enable(hierarchy);
            Directory.CreateDirectory(parent);
            parents.Add(parent);
            if (unified)
                EnableBelow(parent);
        }

        return new ControlGroups(parents, unified);
    }

    /// <summary>Version 2: a cgroup whose children have controllers holds no processes itself, so this process moves into a child first.</summary>
    private static void Enable(Hierarchy hierarchy)
    {
        if (!Needed.Except(Words(Path.Combine(hierarchy.Own, SubtreeControl))).Any())
            return;
        if (File.Exists(Path.Combine(hierarchy.Own, "cgroup.type"))) // all but the topmost of the machine have it, and only that may hold processes too
        {
            var own = Path.Combine(hierarchy.Own, Prefix + "itself-" + Owner.Current);
            Directory.CreateDirectory(own);
            File.WriteAllText(Path.Combine(own, "cgroup.procs"), "0");
        }

        EnableBelow(hierarchy.Own);
    }

    private static void EnableBelow(string directory) =>
        File.WriteAllText(Path.Combine(directory, SubtreeControl), string.Join(' ', Needed.Select(controller => "+" + controller)));

    private static IEnumerable<string> ControllersOf(Hierarchy hierarchy) =>
        hierarchy.Unified ? Words(Path.Combine(hierarchy.Own, "cgroup.controllers")) : hierarchy.Controllers;

    private static void RemoveLeftovers(string directory)
    {
        foreach (var parent in Directory.EnumerateDirectories(directory, Prefix + "*").Where(parent => !Owner.Lives(Path.GetFileName(parent))))
        {
            foreach (var run in Directory.EnumerateDirectories(parent))
                _ = Cgroup.TryRemove(run);
            _ = Cgroup.TryRemove(parent);
        }
    }

    /// <summary>Files that a kernel does not have (no swap accounting, no such controller in this hierarchy) are left out: what they would limit cannot be had either.</summary>
    private void Make(string directory, SandboxLimits limits)
    {
        Directory.CreateDirectory(directory);
        var memory = limits.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        var processes = limits.Processes.ToString(CultureInfo.InvariantCulture); // bwrap's own and PID 1's threads among them, so it is met before RLIMIT_NPROC, which tells nobody
        foreach (var (file, value) in _unified
            ? (ReadOnlySpan<(string, string)>)[("memory.max", memory), ("memory.swap.max", "0"), ("memory.oom.group", "1"), ("pids.max", processes)]
            : [("memory.limit_in_bytes", memory), ("memory.memsw.limit_in_bytes", memory), ("pids.max", processes)])
        {
            var path = Path.Combine(directory, file);
            if (File.Exists(path))
                File.WriteAllText(path, value);
        }
    }

    private static string[] Words(string path) => Read(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Read(string path) => File.Exists(path) ? File.ReadAllText(path) : "";
}
