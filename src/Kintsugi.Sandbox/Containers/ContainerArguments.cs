using System.Globalization;
using Kintsugi.Init;
using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Sandbox.Containers;

/// <summary>The chain of programs from the product to PID 1 of a container: the whole boundary is in this list, each line with its reason.</summary>
internal static class ContainerArguments
{
    /// <summary>The kernel's user that the command is; the layers of a workspace belong to it.</summary>
    private const uint User = 65534;

    /// <param name="cgroupParent">Name of the cgroup, at the top of each hierarchy, below which the runtime makes its own.</param>
    /// <param name="joins">How many cgroups PID 1 is to join.</param>
    public static IReadOnlyList<string> For(SandboxRequest request, ContainerLayout layout, ContainerPrograms programs, string cgroupParent, int joins)
    {
        var arguments = new List<string>();
        void Add(params ReadOnlySpan<string> words) => arguments.AddRange(words);

        // podman, what it starts and all of its state live in namespaces that end with it, and it with us.
        Add(programs.SetPriv, "--pdeathsig", "KILL", programs.Unshare, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc");
        Add([.. StageArguments.For(request, layout.Init, layout.Stage)]);
        Add($"owner={Text(User)}", $"skeleton={layout.Skeleton}", "--");

        Add(programs.Podman, "--runtime", programs.Runtime, "--log-level", "fatal", "run", "--rm", "--interactive", "--log-driver", "none", "--pull", "never");
        Add("--preserve-fds", Text(InitProtocol.FirstCgroupDescriptor - 3 + joins), "--sig-proxy=false", "--systemd=false");
        Add("--cgroup-parent", "/" + cgroupParent, "--cgroupns", "private", "--ulimit", "host"); // PID 1 sets the limits

        // Neither root nor the command's user is anybody of the host's who could own something in /proc/sys.
        foreach (var map in (ReadOnlySpan<string>)["--uidmap", "--gidmap"])
            Add(map, $"0:{Text(InitProtocol.ContainerRootUser)}:1", map, $"1000:{Text(User)}:1");
        Add("--user", "1000:1000", "--passwd=false", "--cap-drop", "all");
        Add("--security-opt", "no-new-privileges", "--security-opt", $"seccomp={layout.Profile}");
        Add("--security-opt", "mask=/sys:/dev/mqueue"); // beyond what podman hides of /proc
        Add("--network", "none", "--no-hosts", "--sysctl", "net.ipv4.ip_unprivileged_port_start=0"); // PID 1 listens for names on port 53
        Add("--hostname", "sandbox");

        Add("--unsetenv-all", "--http-proxy=false");
        foreach (var (name, value) in SandboxEnvironment.Of(request))
            Add("--env", $"{name}={value}");

        Add("--read-only", "--read-only-tmpfs=false", "--shm-size", "67108864");
        foreach (var path in layout.Shown)
            Show(path, path);
        foreach (var name in layout.EtcNames)
            Show($"{layout.Etc}/{name}", $"/etc/{name}");
        Mount($"{layout.Stage}/t", "/tmp");
        if (request.Workspace is { } workspace)
            Mount($"{layout.Stage}/x", workspace.MountAt);
        foreach (var (host, inside) in request.ReadOnly.OrderBy(pair => pair.Value, StringComparer.Ordinal))
            Show(host, inside);
        Show(layout.Init, InitArguments.Path);

        Add("--workdir", SandboxEnvironment.WorkingDirectoryOf(request), "--rootfs", InitProtocol.ContainerRoot);
        Add([.. InitArguments.For(request, [.. InitArguments.Sockets(request), "join"])]);
        return arguments;

        void Mount(string host, string inside) => Add("--mount", Fields("type=bind", $"source={host}", $"destination={inside}"));
        void Show(string host, string inside) => Add("--mount", Fields("type=bind", $"source={host}", $"destination={inside}", "ro"));
    }

    /// <summary>podman reads them as one line of CSV.</summary>
    private static string Fields(params IEnumerable<string> fields) =>
        string.Join(',', fields.Select(field => field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
