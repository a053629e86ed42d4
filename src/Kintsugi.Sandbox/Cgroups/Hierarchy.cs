namespace Kintsugi.Sandbox.Cgroups;

/// <summary>A mounted cgroup hierarchy, and where in it this process is.</summary>
/// <param name="Unified">Whether it is version 2.</param>
/// <param name="Controllers">Version 1: the controllers of this hierarchy. Version 2: none, since cgroup.controllers says.</param>
/// <param name="Own">Directory of the cgroup that this process is in.</param>
/// <param name="Mount">Directory of the topmost cgroup that can be seen.</param>
internal sealed record Hierarchy(bool Unified, IReadOnlyList<string> Controllers, string Own, string Mount)
{
    /// <param name="memberships">/proc/self/cgroup: `id:controllers:path` lines; cgroups(7).</param>
    /// <param name="mounts">/proc/self/mountinfo; proc_pid_mountinfo(5).</param>
    public static IReadOnlyList<Hierarchy> Parse(string memberships, string mounts)
    {
        var found = new List<Hierarchy>();
        foreach (var line in memberships.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(':', 3);
            if (fields.Length < 3)
                continue;
            var unified = fields[1].Length == 0;
            var controllers = fields[1].Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (MountOf(mounts, unified, controllers) is ({ } root, { } mount) && Below(root, fields[2]) is { } path)
                found.Add(new Hierarchy(unified, controllers, Path.Join(mount, path).TrimEnd('/'), mount));
        }

        return found;
    }

    private static (string? Root, string? Mount) MountOf(string mounts, bool unified, string[] controllers)
    {
        foreach (var line in mounts.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // id parent major:minor root mountpoint options … - type source superoptions
            var halves = line.Split(" - ", 2);
            var place = halves[0].Split(' ');
            if (halves.Length < 2 || place.Length < 5 || halves[1].Split(' ') is not [var type, _, var options])
                continue;
            if (unified ? type == "cgroup2" : type == "cgroup" && controllers.Length > 0 && controllers.All(options.Split(',').Contains))
                return (place[3], place[4]);
        }

        return (null, null);
    }

    /// <returns>The path seen from the mount's root; null when it lies elsewhere.</returns>
    private static string? Below(string root, string path) =>
        root == "/" ? path : path == root ? "" : path.StartsWith(root + "/", StringComparison.Ordinal) ? path[root.Length..] : null;
}
