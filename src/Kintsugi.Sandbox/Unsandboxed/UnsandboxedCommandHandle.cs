using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox.Unsandboxed;

/// <summary>An ordinary process and what descends from it. A child that was orphaned in a session of its own escapes.</summary>
internal sealed class UnsandboxedCommandHandle(HostProcess host, Scratch scratch, Socket? gateway, int? port) : CommandHandle
{
    public override int Root => host.Id;

    public override HostProcess Host => host;

    public override bool CountsMemory => false;

    public override void Terminate() => host.Signal(LibC.SignalTerminate);

    public override void Kill()
    {
        if (host.Ended.IsCompleted)
            return;
        foreach (var process in Descendants.Of(host.Id).Skip(1))
            _ = LibC.Kill(process, LibC.SignalKill);
        host.Kill();
    }

    public override Task<SandboxExit> EndAsync(int hostCode, bool killed) => Task.FromResult(new SandboxExit(hostCode >= 0 ? hostCode : 128 - hostCode, null));

    public override async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        if (port is not { } number)
            throw new IOException("The command was started without a port to serve on (ServesOn).");
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, number), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"Nothing listens on port {number.ToString(CultureInfo.InvariantCulture)} yet: {error.Message}", error);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
    }

    public override ValueTask DisposeAsync()
    {
        gateway?.Dispose();
        scratch.Dispose();
        return ValueTask.CompletedTask;
    }
}
