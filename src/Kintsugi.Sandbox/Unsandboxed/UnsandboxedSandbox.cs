using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kintsugi.Sandbox.Inside;
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
        Socket? listening = null;
        try
        {
            var tree = scratch.Directory("tree");
            var home = scratch.Directory("home");
            SandboxUser.Give(tree);
            SandboxUser.Give(home);
            await CopyAsync(request, tree, programs, cancellationToken);
            listening = request.Gateway is null ? null : Listen();
            var port = (listening?.LocalEndPoint as IPEndPoint)?.Port ?? SandboxRequest.GatewayPort;
            if (listening is not null)
                request.Gateway?.Invoke(listening);
            string Here(string text) => request.Workspace is { } workspace ? text.Replace(workspace.MountAt, tree, StringComparison.Ordinal) : text;

            var host = await Launcher.StartAsync(new LaunchPlan(
                programs.Run(request, Path.Combine(tree, request.WorkingDirectory), Here),
                [.. Environment(request, Here, home, port)],
                new Dictionary<int, SafeFileHandle>(),
                SandboxUser.DropTo));
            return new SupervisedProcess(new UnsandboxedCommandHandle(host, scratch, listening, request.ServesOn), request.Limits);
        }
        catch (Exception error)
        {
            listening?.Dispose();
            scratch.Dispose();
            if (error is Win32Exception)
                throw new SandboxUnavailableException(Tier, error.Message);
            throw;
        }
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static IEnumerable<string> Environment(SandboxRequest request, Func<string, string> here, string home, int gatewayPort)
    {
        foreach (var (name, value) in SandboxEnvironment.Of(request))
        {
            var rewritten = here(value).Replace(
                $"127.0.0.1:{SandboxRequest.GatewayPort}", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gatewayPort}"), StringComparison.Ordinal);
            yield return $"{name}={(rewritten == "/tmp/home" ? home : rewritten)}";
        }
    }

    private static async Task CopyAsync(SandboxRequest request, string tree, UnsandboxedPrograms programs, CancellationToken cancellationToken)
    {
        if (request.Workspace?.Keep is not null)
            throw new ArgumentException("Without a sandbox nothing that a command writes can be kept: use tier A or B.");
        if (request.ReadOnly.FirstOrDefault(pair => pair.Key != pair.Value) is { Value: { } elsewhere })
            throw new ArgumentException($"Without a sandbox nothing can be shown at '{elsewhere}': use tier A or B.");
        foreach (var layer in request.Workspace?.Layers ?? [])
        {
            List<string> hidden = [.. Whiteouts.In(layer).Select(path => Path.Combine(tree, path))];
            hidden.ForEach(Remove); // a mark cannot be copied onto a directory
            await RunAsync(programs.Copy(layer, tree), cancellationToken);
            hidden.ForEach(Remove); // nor shall it stay
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
            Deletion.Delete(path);
        else
            File.Delete(path);
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
