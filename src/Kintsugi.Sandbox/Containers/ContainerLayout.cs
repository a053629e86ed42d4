using System.ComponentModel;
using System.Runtime.InteropServices;
using Kintsugi.Init;
using Kintsugi.Sandbox.Inside;
using Kintsugi.Sandbox.Processes;
using Kintsugi.Sandbox.Seccomp;

namespace Kintsugi.Sandbox.Containers;

/// <summary>What the host has to offer a container, so that the argument list is a function of its inputs alone.</summary>
/// <param name="Stage">Empty directory on which each container, in a mount namespace of its own, puts its layers: x the workspace, t for /tmp.</param>
/// <param name="Etc">Directory holding what lies in /etc inside: synthetic files, and copies of some of the host's.</param>
/// <param name="EtcNames">The files in it.</param>
/// <param name="Init">The program that lays out the stage and is PID 1 inside.</param>
/// <param name="Skeleton">Directory that is the container's root: links into /usr, and places to mount on.</param>
/// <param name="Profile">File with the system call filter as JSON.</param>
/// <param name="Engine">podman's settings, in place of the host's, which could mount or start what they like.</param>
/// <param name="Storage">podman's settings of where it keeps its state: on the /run that the stage mounts, so that it shares nothing with the host's podman.</param>
/// <param name="Shown">The host's files and directories shown read-only at the same path: /usr, and what of /etc and beside /usr there is.</param>
internal sealed record ContainerLayout(
    string Stage, string Etc, IReadOnlyList<string> EtcNames, string Init, string Skeleton, string Profile, string Engine, string Storage, IReadOnlyList<string> Shown)
{
    private const string StorageSettings = """
        [storage]
        driver = "vfs"
        graphroot = "/run/storage"
        runroot = "/run/containers"

        """;

    /// <exception cref="SandboxUnavailableException">This build of the product has no init.</exception>
    /// <exception cref="PlatformNotSupportedException">There is no system call filter for this architecture.</exception>
    public static ContainerLayout In(Scratch scratch)
    {
        var settings = scratch.Directory("settings");
        var etc = scratch.Directory("etc");
        var links = SystemFiles.FindLinks();
        return new ContainerLayout(
            scratch.Directory("stage"),
            etc,
            SystemFiles.WriteEtc(etc),
            InitProgram.CopyTo(scratch.Directory("init"), ContainerSandbox.Tier),
            WriteSkeleton(scratch.Directory("skeleton"), links),
            Write(settings, "seccomp.json", SeccompProfile.For(RuntimeInformation.ProcessArchitecture)),
            Write(settings, "containers.conf", EngineSettings(scratch.Directory("hooks"))),
            Write(settings, "storage.conf", StorageSettings),
            ["/usr", .. links.Where(link => link.Target is null).Select(link => link.Path), .. SystemFiles.FromEtc.Where(Path.Exists)]);
    }

    /// <param name="hooks">An empty directory: hooks are programs that a runtime starts outside of the container.</param>
    private static string EngineSettings(string hooks) => $"""
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "none"
        hooks_dir = ["{hooks}"]
        lock_type = "file"

        """;

    /// <summary>The root belongs to the container's own root, who has to make mount points in it, and who is nobody outside.</summary>
    private static string WriteSkeleton(string directory, IReadOnlyList<(string Path, string? Target)> links)
    {
        foreach (var name in (ReadOnlySpan<string>)["usr", "proc", "sys", "dev", "etc", "tmp", "run"])
            Directory.CreateDirectory(Path.Combine(directory, name), Scratch.Readable);
        foreach (var (path, target) in links)
        {
            if (target is not null)
                File.CreateSymbolicLink(directory + path, target);
        }

        foreach (var path in Directory.EnumerateFileSystemEntries(directory).Append(directory))
        {
            if (LibC.ChangeOwner(path, InitProtocol.ContainerRootUser, InitProtocol.ContainerRootUser) < 0)
                throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{path} cannot be given away");
        }

        return directory;
    }

    private static string Write(string directory, string name, string content)
    {
        var path = Path.Combine(directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
