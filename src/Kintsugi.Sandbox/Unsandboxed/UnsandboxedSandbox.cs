using System.ComponentModel;
using System.Globalization;
using Kintsugi.Sandbox.Bubblewrap;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Unsandboxed;

/// <summary>Tier E: an ordinary process in a copy of the tree. It holds nothing back; for code that one would run by hand anyway.</summary>
/// <remarks>
/// The gateway's port is one of the host's, chosen anew for each command, so the command's variables are rewritten to it; likewise paths
/// below the mount point become paths in the copy. A port to serve on is the host's own: one such command at a time.
/// As root it still becomes an ordinary user first.
/// </remarks>
internal sealed class UnsandboxedSandbox : ISandbox
{
    public const string Tier = "E";

    public Isolation Isolation { get; } = new(
        Tier, "NONE: an ordinary process in a copy of the tree; files, network and other processes of this host are open to it; memory: best effort");

    public async Task<ISandboxProcess> StartAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        RequestCheck.Throw(request);
        var programs = new UnsandboxedPrograms(Need("setpriv"), Need("prlimit"), Need("env"), Need("cp"), SandboxUser.DropTo);
        var scratch = Scratch.Create();
        LoopbackForwarder? gateway = null;
        try
        {
            var tree = scratch.Directory("tree");
            var home = scratch.Directory("home");
            SandboxUser.Give(tree);
            SandboxUser.Give(home);
            await CopyAsync(request, tree, programs, cancellationToken);
            if (request.GatewaySocket is { } socket)
                gateway = new LoopbackForwarder(socket);

            var host = await Launcher.StartAsync(new LaunchPlan(
                programs.Run(request, Path.Combine(tree, request.WorkingDirectory), argument => argument.Replace(request.MountAt, tree, StringComparison.Ordinal)),
                [.. Environment(request, tree, home, gateway)],
                new Dictionary<int, SafeFileHandle>(),
                SandboxUser.DropTo));
            return new SupervisedProcess(new UnsandboxedCommandHandle(host, scratch, gateway, request.ServesOn), request.Limits);
        }
        catch (Exception error)
        {
            gateway?.Dispose();
            scratch.Dispose();
            if (error is Win32Exception)
                throw new SandboxUnavailableException(Tier, error.Message);
            throw;
        }
    }

    private static IEnumerable<string> Environment(SandboxRequest request, string tree, string home, LoopbackForwarder? gateway)
    {
        foreach (var (name, value) in BubblewrapArguments.EnvironmentOf(request))
        {
            var here = value.Replace(request.MountAt, tree, StringComparison.Ordinal);
            if (gateway is not null)
                here = here.Replace($"127.0.0.1:{SandboxRequest.GatewayPort}", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gateway.Port}"), StringComparison.Ordinal);
            yield return $"{name}={(here == "/tmp/home" ? home : here)}";
        }
    }

    private static async Task CopyAsync(SandboxRequest request, string tree, UnsandboxedPrograms programs, CancellationToken cancellationToken)
    {
        await RunAsync(programs.Copy(request.Tree, tree), cancellationToken);
        foreach (var (from, inside) in request.ReadOnly)
        {
            if (inside == from)
                continue; // it is there already
            if (!inside.StartsWith(request.MountAt + "/", StringComparison.Ordinal))
                throw new ArgumentException($"Without a sandbox nothing can be shown at '{inside}': use a path inside the tree, or tier B.");
            await RunAsync(programs.Copy(from, tree + inside[request.MountAt.Length..]), cancellationToken);
        }
    }

    private static async Task RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        using var process = await Launcher.StartAsync(new LaunchPlan(command, [], new Dictionary<int, SafeFileHandle>()));
        await using var killed = cancellationToken.Register(process.Kill);
        var complaint = new StreamReader(process.Error).ReadToEndAsync(CancellationToken.None);
        var code = await process.Ended;
        cancellationToken.ThrowIfCancellationRequested();
        if (code != 0)
            throw new SandboxUnavailableException(Tier, $"The tree cannot be copied: {(await complaint).Trim()}");
    }

    private static string Need(string program) =>
        HostPrograms.Find(program) ?? throw new SandboxUnavailableException(Tier, $"'{program}' is not installed: install util-linux and coreutils.");
}
