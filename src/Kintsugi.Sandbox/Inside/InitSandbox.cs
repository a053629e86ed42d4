using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Init;
using Kintsugi.Sandbox.Cgroups;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Inside;

/// <summary>A sandbox whose PID 1 is our init: what it is made of differs, how a command is started in it and watched does not.</summary>
/// <param name="groups">Where cgroups can be made; null to do without.</param>
internal abstract class InitSandbox(ControlGroups? groups) : ISandbox
{
    private const int MostErrorBytes = 4096;

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    public abstract Isolation Isolation { get; }

    /// <summary>What makes the sandbox, for messages.</summary>
    public abstract string Program { get; }

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
        Launched? launched = null;
        try
        {
            cgroup = groups?.New(Tier, request.Limits);
            (channel, var remote) = InitChannel.Open();
            using (remote)
                launched = await LaunchAsync(request, hostEnvironment, remote, cgroup);
            await WaitUntilReadyAsync(launched.Host, channel, request, cancellationToken);
            return new SupervisedProcess(
                new InitCommandHandle(Tier, Program, launched.Host, channel, cgroup, request, launched.ClearAsync), request.Limits, request.Workspace?.Keep);
        }
        catch (Exception error)
        {
            channel?.Dispose();
            if (launched is not null)
                await launched.ClearAsync();
            if (cgroup is not null)
                await cgroup.DisposeAsync();
            if (error is Win32Exception)
                throw new SandboxUnavailableException(Tier, $"{error.Message}. Run `kintsugi doctor`.");
            throw;
        }
    }

    /// <summary>Starts the programs that become the sandbox.</summary>
    /// <param name="control">The end of the control socket that PID 1 is to find.</param>
    /// <exception cref="Win32Exception">A program is absent or may not be run.</exception>
    protected abstract Task<Launched> LaunchAsync(SandboxRequest request, IReadOnlyList<string> hostEnvironment, SafeFileHandle control, Cgroup? cgroup);

    /// <summary>What every init is handed: its end of the control socket, and the cgroups that it joins.</summary>
    protected static Dictionary<int, SafeFileHandle> Descriptors(SafeFileHandle control, Cgroup? cgroup)
    {
        var descriptors = new Dictionary<int, SafeFileHandle> { [InitProtocol.ControlDescriptor] = control };
        foreach (var join in cgroup?.Join ?? [])
            descriptors[InitProtocol.FirstCgroupDescriptor + descriptors.Count - 1] = join;
        return descriptors;
    }

    /// <returns>What to do about a sandbox that did not start.</returns>
    /// <param name="message">What its programs said.</param>
    protected abstract string RemedyFor(string message);

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

    private string Explain(string message) =>
        message.Trim() is { Length: > 0 } said ? $"It said: {said} {RemedyFor(message)}" : $"It said nothing. {RemedyFor(message)}";

    private static async Task<string> FirstBytesAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostErrorBytes];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    /// <param name="ClearAsync">Frees what the sandbox had of the host, once its processes have ended.</param>
    protected sealed record Launched(HostProcess Host, Func<Task> ClearAsync);
}
