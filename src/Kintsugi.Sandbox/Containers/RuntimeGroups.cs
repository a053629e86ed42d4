using System.Globalization;
using Kintsugi.Sandbox.Cgroups;

namespace Kintsugi.Sandbox.Containers;

/// <summary>
/// The cgroups that podman and the runtime make for themselves in every hierarchy: below one parent for each run, which tells whose it is. They hold no
/// command to anything (PID 1 leaves them for the product's own), and outlast a killed podman.
/// </summary>
internal sealed class RuntimeGroups
{
    private const string Prefix = "kintsugi-container-";

    private readonly IReadOnlyList<string> _mounts =
        [.. Hierarchy.Parse(File.ReadAllText("/proc/self/cgroup"), File.ReadAllText("/proc/self/mountinfo")).Select(hierarchy => hierarchy.Mount)];

    private int _runs;

    /// <returns>A name that nobody else has.</returns>
    public string NewParent() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Interlocked.Increment(ref _runs)}-{Owner.Current}");

    /// <summary>Removes what is below a parent, and the parent; its processes have ended.</summary>
    public Task RemoveAsync(string parent) =>
        Cgroup.RemoveAsync([.. _mounts.Select(mount => Path.Combine(mount, parent)).SelectMany(WithChildren)]);

    /// <summary>Removes what products that are no more left.</summary>
    public async Task RemoveLeftoversAsync()
    {
        var left = _mounts.SelectMany(mount => Directory.EnumerateDirectories(mount, Prefix + "*")).Select(path => Path.GetFileName(path)).Where(name => !Owner.Lives(name)).Distinct();
        foreach (var parent in left.ToList())
            await RemoveAsync(parent);
    }

    private static IEnumerable<string> WithChildren(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateDirectories(directory), directory] : [];
}
