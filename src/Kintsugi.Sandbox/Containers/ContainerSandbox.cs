using Kintsugi.Sandbox.Cgroups;
using Kintsugi.Sandbox.Inside;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Containers;

/// <summary>Tier C: a container by podman, without an image and so without a registry, for hosts that have no bubblewrap or forbid its user namespaces.</summary>
/// <remarks>
/// Root starts it, so podman, conmon and the runtime are trusted with root until PID 1 runs; the command never is root, neither inside nor outside.
/// As for bubblewrap: it shares the host's kernel. The limits are the product's own cgroups', which PID 1 joins, and not podman's: those are gone
/// before anybody could read what a command ran into.
/// </remarks>
internal sealed class ContainerSandbox(ContainerPrograms programs, ContainerLayout layout, RuntimeGroups runtimeGroups, ControlGroups groups) : InitSandbox(groups)
{
    public const string Tier = "C";

    public override Isolation Isolation { get; } = new(
        Tier,
        $"container (podman, {Path.GetFileName(programs.Runtime)}; started by root): own user, PID, network, IPC and mount namespaces, system call filter, "
        + $"writes to a discarded layer of limited size; memory and processes held by a {groups.Kind}");

    public override string Program => "podman";

    protected override async Task<Launched> LaunchAsync(SandboxRequest request, IReadOnlyList<string> hostEnvironment, SafeFileHandle control, Cgroup? cgroup)
    {
        using var nothing = File.OpenHandle("/dev/null"); // podman passes on a run of numbers without a gap
        var descriptors = Descriptors(control, cgroup);
        descriptors[3] = descriptors[4] = nothing;
        var parent = runtimeGroups.NewParent();
        var host = await Launcher.StartAsync(new LaunchPlan(
            ContainerArguments.For(request, layout, programs, parent, cgroup?.Join.Count ?? 0),
            [$"PATH={HostPrograms.SearchPath}", $"CONTAINERS_CONF={layout.Engine}", $"CONTAINERS_STORAGE_CONF={layout.Storage}", .. hostEnvironment],
            descriptors));
        return new Launched(host, () => runtimeGroups.RemoveAsync(parent));
    }

    protected override string RemedyFor(string message) => message switch
    {
        _ when message.Contains("hybrid mode", StringComparison.Ordinal) => "This host mounts both versions of cgroups, which crun refuses: run `apt-get install runc` (or your system's equivalent).",
        _ when message.Contains("can't open", StringComparison.Ordinal) => "A layer of the workspace cannot be opened.",
        _ => "Look whether `podman run` works on this host by itself, or install bubblewrap and use tier auto.",
    };
}
