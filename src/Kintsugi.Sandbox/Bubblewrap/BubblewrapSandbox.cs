using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Kintsugi.Sandbox.Cgroups;
using Kintsugi.Sandbox.Inside;
using Kintsugi.Sandbox.Processes;
using Kintsugi.Sandbox.Seccomp;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>Tiers A and B: bubblewrap as an ordinary user, a system call filter, a layer for writes that is thrown away; in tier A a cgroup as well.</summary>
/// <remarks>
/// It shares the host's kernel: right for a patch that a model wrote for one's own repository, no boundary between hostile tenants.
/// Without a cgroup, memory held in a memfd that nobody maps is not counted, nor what sockets and pipes hold.
/// </remarks>
/// <param name="groups">Where cgroups can be made; null for tier B.</param>
internal sealed class BubblewrapSandbox(HostPrograms programs, BubblewrapLayout layout, ControlGroups? groups) : InitSandbox(groups)
{
    public const string FullTier = "A", UnlimitedTier = "B";

    private readonly byte[] _filter = SeccompFilter.For(RuntimeInformation.ProcessArchitecture);

    public override Isolation Isolation { get; } = new(
        groups is null ? UnlimitedTier : FullTier,
        "bubblewrap: own user, PID, network and mount namespaces, system call filter, writes to a discarded layer of limited size; "
        + (groups is null ? "memory: best effort (memfd is not counted)" : $"memory and processes held by a {groups.Kind}"));

    public override string Program => "bwrap";

    protected override async Task<Launched> LaunchAsync(SandboxRequest request, IReadOnlyList<string> hostEnvironment, SafeFileHandle control, Cgroup? cgroup)
    {
        using var arguments = MemoryFile("arguments", Encoding.UTF8.GetBytes(string.Join('\0', BubblewrapArguments.For(request, layout)) + '\0'));
        using var filter = MemoryFile("filter", _filter);
        var descriptors = Descriptors(control, cgroup);
        descriptors[BubblewrapCommand.ArgumentsDescriptor] = arguments;
        descriptors[BubblewrapArguments.FilterDescriptor] = filter;
        var host = await Launcher.StartAsync(new LaunchPlan(
            BubblewrapCommand.For(request, layout, programs, SandboxUser.DropTo), [$"PATH={HostPrograms.SearchPath}", .. hostEnvironment], descriptors, SandboxUser.DropTo));
        return new Launched(host, () => Task.CompletedTask); // all it had goes with its namespaces
    }

    protected override string RemedyFor(string message) => message switch
    {
        _ when message.Contains("unshare failed", StringComparison.Ordinal) || message.Contains("uid_map", StringComparison.Ordinal) || message.Contains("RTM_NEWADDR", StringComparison.Ordinal) =>
            UserNamespaces.Remedy(),
        _ when message.Contains("can't open", StringComparison.Ordinal) =>
            "A layer of the workspace cannot be reached by the user that sandboxed commands run as: lay it out in a Scratch directory.",
        _ when message.Contains("overlay", StringComparison.Ordinal) => "Overlay mounts in user namespaces need Linux 5.11 or later, and layers on a local file system.",
        _ => "Run `kintsugi doctor` to see what this host lacks.",
    };

    private static SafeFileHandle MemoryFile(string name, byte[] content)
    {
        const uint closeOnExec = 1;
        var handle = new SafeFileHandle(LibC.MemoryFile(name, closeOnExec), ownsHandle: true);
        if (handle.IsInvalid)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        RandomAccess.Write(handle, content, 0); // by offset: the descriptor's own position stays at the start, for bwrap to read
        return handle;
    }
}
