using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Kintsugi.Init;
using Kintsugi.Sandbox.Bubblewrap.Seccomp;
using Kintsugi.Sandbox.Cgroups;
using Kintsugi.Sandbox.Inside;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>Tiers A and B: bubblewrap as an ordinary user, a system call filter, a layer for writes that is thrown away; in tier A a cgroup as well.</summary>
/// <remarks>
/// It shares the host's kernel: right for a patch that a model wrote for one's own repository, no boundary between hostile tenants.
/// Without a cgroup, memory held in a memfd that nobody maps is not counted, nor what sockets and pipes hold.
/// </remarks>
/// <param name="groups">Where cgroups can be made; null for tier B.</param>
internal sealed class BubblewrapSandbox(HostPrograms programs, BubblewrapLayout layout, ControlGroups? groups) : ISandbox
{
    public const string FullTier = "A", UnlimitedTier = "B";

    private const int MostErrorBytes = 4096;

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    private readonly byte[] _filter = SeccompFilter.For(RuntimeInformation.ProcessArchitecture);

    public Isolation Isolation { get; } = new(
        groups is null ? UnlimitedTier : FullTier,
        "bubblewrap: own user, PID, network and mount namespaces, system call filter, writes to a discarded layer of limited size; "
        + (groups is null ? "memory: best effort (memfd is not counted)" : $"memory and processes held by a {groups.Kind}"));

    private string Tier => Isolation.Tier;

    public Task<ISandboxProcess> StartAsync(SandboxRequest request, CancellationToken cancellationToken) =>
        StartAsync(request, [], cancellationToken);

    /// <param name="hostEnvironment">`NAME=value` for the programs before the sandbox; only the start-up probe has a use for any.</param>
    internal async Task<ISandboxProcess> StartAsync(
        SandboxRequest request, IReadOnlyList<string> hostEnvironment, CancellationToken cancellationToken)
    {
        RequestCheck.Throw(request);
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Workspace?.Keep is { } keep)
            KeptLayer.Prepare(keep);

        Cgroup? cgroup = null;
        InitChannel? channel = null;
        try
        {
            cgroup = groups?.New(request.Limits);
            (channel, var remote) = InitChannel.Open();
            HostProcess host;
            using (remote)
                host = await LaunchAsync(request, hostEnvironment, remote, cgroup);
            await WaitUntilReadyAsync(host, channel, request, cancellationToken);
            return new SupervisedProcess(new BubblewrapCommandHandle(Tier, host, channel, cgroup, request), request.Limits, request.Workspace?.Keep);
        }
        catch (Exception error)
        {
            channel?.Dispose();
            if (cgroup is not null)
                await cgroup.DisposeAsync();
            if (error is Win32Exception)
                throw new SandboxUnavailableException(Tier, $"{error.Message}. Run `kintsugi doctor`.");
            throw;
        }
    }

    private async Task<HostProcess> LaunchAsync(SandboxRequest request, IReadOnlyList<string> hostEnvironment, SafeFileHandle control, Cgroup? cgroup)
    {
        using var arguments = MemoryFile("arguments", Encoding.UTF8.GetBytes(string.Join('\0', BubblewrapArguments.For(request, layout)) + '\0'));
        using var filter = MemoryFile("filter", _filter);
        var descriptors = new Dictionary<int, SafeFileHandle>
        {
            [InitProtocol.ControlDescriptor] = control,
            [BubblewrapCommand.ArgumentsDescriptor] = arguments,
            [BubblewrapArguments.FilterDescriptor] = filter,
        };
        foreach (var (join, n) in (cgroup?.Join ?? []).Select((join, n) => (join, n)))
            descriptors[InitProtocol.FirstCgroupDescriptor + n] = join;
        return await Launcher.StartAsync(new LaunchPlan(
            BubblewrapCommand.For(request, layout, programs, SandboxUser.DropTo), [$"PATH={HostPrograms.SearchPath}", .. hostEnvironment], descriptors, SandboxUser.DropTo));
    }

    private async Task WaitUntilReadyAsync(HostProcess host, InitChannel channel, SandboxRequest request, CancellationToken cancellationToken)
    {
        // The wall clock runs from the start, and a host too busy to start a sandbox must not be waited for without end.
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(LongestStart);
        try
        {
            if (await channel.ReadyAsync(request.Gateway, ResolverFor(request), limited.Token))
                return;
            var message = await FirstBytesAsync(host.Error, limited.Token);
            throw new SandboxUnavailableException(Tier, Explain(message));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await EndAsync(host, channel);
            throw new SandboxUnavailableException(
                Tier, string.Create(CultureInfo.InvariantCulture, $"It did not start within {LongestStart.TotalSeconds} s: the machine is overloaded. Try again with fewer parallel runs."));
        }
        catch
        {
            await EndAsync(host, channel);
            throw;
        }
    }

    private static Action<Socket>? ResolverFor(SandboxRequest request) =>
        request.Blocked is { } blocked ? socket => _ = RefusingResolver.ServeAsync(socket, blocked) : null;

    /// <summary>Ends a sandbox that is not ready yet: every process of it is of the host's group, and holds the control socket until it is gone.</summary>
    private static async Task EndAsync(HostProcess host, InitChannel channel)
    {
        host.Dispose();
        await host.Ended;
        await channel.DrainAsync();
    }

    private static string Explain(string message)
    {
        var remedy = message switch
        {
            _ when message.Contains("unshare failed", StringComparison.Ordinal) || message.Contains("uid_map", StringComparison.Ordinal) || message.Contains("RTM_NEWADDR", StringComparison.Ordinal) =>
                UserNamespaces.Remedy(),
            _ when message.Contains("can't open", StringComparison.Ordinal) =>
                "A layer of the workspace cannot be reached by the user that sandboxed commands run as: lay it out in a Scratch directory.",
            _ when message.Contains("overlay", StringComparison.Ordinal) => "Overlay mounts in user namespaces need Linux 5.11 or later, and layers on a local file system.",
            _ => "Run `kintsugi doctor` to see what this host lacks.",
        };
        return message.Trim() is { Length: > 0 } said ? $"It said: {said} {remedy}" : $"It said nothing. {remedy}";
    }

    private static async Task<string> FirstBytesAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostErrorBytes];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

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
