using System.Globalization;
using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>What bwrap is told: the whole boundary is in this list, each line with its reason.</summary>
internal static class BubblewrapArguments
{
    public const int FilterDescriptor = 9;

    public static IReadOnlyList<string> For(SandboxRequest request, BubblewrapLayout layout)
    {
        var arguments = new List<string>();
        void Add(params ReadOnlySpan<string> words) => arguments.AddRange(words);

        // An unprivileged user in namespaces of its own, unable to make further ones (each would bring fresh capabilities).
        // The network is the stage's own, an empty one, over which nothing in here has a capability.
        Add("--unshare-user", "--uid", "1000", "--gid", "1000", "--disable-userns");
        Add("--unshare-pid", "--as-pid-1"); // our init is PID 1: bwrap's own would show the environment that bwrap was started with
        Add("--unshare-ipc", "--unshare-uts", "--hostname", "sandbox", "--unshare-cgroup");
        Add("--die-with-parent", "--new-session", "--cap-drop", "ALL");

        Add("--clearenv");
        foreach (var (name, value) in SandboxEnvironment.Of(request))
            Add("--setenv", name, value);

        Add("--ro-bind", "/usr", "/usr");
        foreach (var (path, target) in layout.SystemLinks)
        {
            if (target is null)
                Add("--ro-bind", path, path);
            else
                Add("--symlink", target, path);
        }

        // One mount and links into it rather than a mount for each file: bwrap reads the whole mount table at every mount.
        Add("--ro-bind", layout.Etc, SystemFiles.EtcInside);
        foreach (var name in layout.EtcNames)
            Add("--symlink", $"{SystemFiles.EtcInside}/{name}", $"/etc/{name}");
        foreach (var path in SystemFiles.FromEtc)
            Add("--ro-bind-try", path, path);

        Add("--proc", "/proc");
        foreach (var path in (ReadOnlySpan<string>)["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"])
            Add("--ro-bind-try", path, path); // no matter who owns them
        Add("--dev", "/dev", "--size", "67108864", "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev");

        // /tmp first: the workspace may well be mounted below it. It shares the workspace's layer, so one size and one inode limit hold for both.
        // Nothing is ever mounted inside the workspace: bwrap follows links on the way to a mount point, and the workspace's are a stranger's.
        Add("--bind", $"{layout.Stage}/t", "/tmp");
        if (request.Workspace is { } workspace)
            Add("--bind", $"{layout.Stage}/x", workspace.MountAt);
        foreach (var (host, inside) in request.ReadOnly.OrderBy(pair => pair.Value, StringComparer.Ordinal))
            Add("--ro-bind", host, inside);
        Add("--ro-bind", layout.Init, InitArguments.Path);

        Add("--remount-ro", "/"); // bwrap's own root is a writable tmpfs without bound
        Add("--chdir", SandboxEnvironment.WorkingDirectoryOf(request));
        Add("--seccomp", FilterDescriptor.ToString(CultureInfo.InvariantCulture));
        return arguments;
    }
}
