using System.Globalization;
using System.Net.Sockets;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>A command in a bubblewrap sandbox, by its PID 1.</summary>
internal sealed class BubblewrapCommandHandle : CommandHandle
{
    private readonly BubblewrapStatus _status;
    private readonly string? _serveDirectory;
    private readonly int? _port;
    private readonly SafeFileHandle _firstProcess;

    public BubblewrapCommandHandle(HostProcess host, BubblewrapStatus status, string? serveDirectory, int? port)
    {
        Host = host;
        _status = status;
        _serveDirectory = serveDirectory;
        _port = port;
        Root = status.Child ?? throw new SandboxUnavailableException(BubblewrapSandbox.Tier, "bwrap does not report its child: version 0.8 or later is needed.");

        // A descriptor, since the number may be another process's by the time it is to be killed.
        _firstProcess = new SafeFileHandle((nint)LibC.SystemCall(LibC.SystemOpenProcess, (ulong)Root, 0, 0, 0), ownsHandle: true);
    }

    public override int Root { get; }

    public override HostProcess Host { get; }

    /// <summary>Kills PID 1, with which the kernel kills the whole namespace; bwrap then ends by itself once all are gone.</summary>
    public override void Kill()
    {
        if (_firstProcess.IsClosed || _firstProcess.IsInvalid || LibC.SystemCall(LibC.SystemSignalProcess, (ulong)_firstProcess.DangerousGetHandle(), LibC.SignalKill, 0, 0) < 0)
            Host.Kill();
    }

    public override int ExitCode(int hostCode, bool killed) => (_status.ExitCode, killed) switch
    {
        (_, true) => 128 + LibC.SignalKill,
        ({ } code, false) => code,
        (null, false) => throw new SandboxUnavailableException(
            BubblewrapSandbox.Tier, $"bwrap itself was ended (status {hostCode.ToString(CultureInfo.InvariantCulture)}) under a running command: the machine may be out of memory. Try again."),
    };

    public override async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_port is not { } port || _serveDirectory is null)
            throw new IOException("The command was started without a port to serve on (ServesOn).");
        if (!IsListening(port))
            throw new IOException($"Nothing listens on port {port.ToString(CultureInfo.InvariantCulture)} in the sandbox yet.");

        // The command can replace the socket by a link to one of the host's: opened without following, then connected to as opened.
        const int pathOnly = 0x200000, noFollowX64 = 0x20000, noFollowArm64 = 0x8000;
        var noFollow = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? noFollowArm64 : noFollowX64;
        using var place = new SafeFileHandle(LibC.Open($"{_serveDirectory}/sock", pathOnly | noFollow | LibC.CloseOnExec, 0), ownsHandle: true);
        if (place.IsInvalid)
            throw new IOException("The sandbox's forwarder is not ready yet.");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint($"/proc/self/fd/{place.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)}"), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"The sandboxed command cannot be reached: {error.Message}", error);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
    }

    public override ValueTask DisposeAsync()
    {
        _firstProcess.Dispose();
        _status.Dispose();
        if (_serveDirectory is not null)
            Deletion.Delete(_serveDirectory);
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether some address in the sandbox's network listens on the port, by the tables that the kernel shows of it.</summary>
    private bool IsListening(int port)
    {
        const string listening = "0A";
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return ((string[])["tcp", "tcp6"]).Any(table =>
        {
            try
            {
                return File.ReadLines($"/proc/{Root.ToString(CultureInfo.InvariantCulture)}/net/{table}").Skip(1)
                    .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Any(fields => fields.Length > 3 && fields[1].EndsWith(suffix, StringComparison.Ordinal) && fields[3] == listening);
            }
            catch (IOException)
            {
                return false; // it has ended, or has no IPv6
            }
        });
    }
}
