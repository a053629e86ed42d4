using System.Globalization;
using Kintsugi.Sandbox.Cgroups;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Inside;

/// <summary>A command in a sandbox of namespaces, by its PID 1.</summary>
internal sealed class InitCommandHandle : CommandHandle
{
    private readonly string _tier;
    private readonly string _program;
    private readonly Func<Task> _clearAsync;
    private readonly InitChannel _channel;
    private readonly Cgroup? _cgroup;
    private readonly SandboxRequest _request;
    private readonly SafeFileHandle _firstProcess;

    public InitCommandHandle(
        string tier, string program, HostProcess host, InitChannel channel, Cgroup? cgroup, SandboxRequest request, Func<Task> clearAsync)
    {
        _tier = tier;
        _program = program;
        _clearAsync = clearAsync;
        Host = host;
        _channel = channel;
        _cgroup = cgroup;
        _request = request;

        // A descriptor, since the number may be another process's by the time it is to be killed.
        _firstProcess = new SafeFileHandle((nint)LibC.SystemCall(LibC.SystemOpenProcess, (ulong)channel.Process, 0, 0, 0), ownsHandle: true);
    }

    public override int Root => _channel.Process;

    public override HostProcess Host { get; }

    public override bool CountsMemory => _cgroup is not null;

    /// <summary>Kills PID 1, with which the kernel kills the whole namespace; what made it then ends by itself once all are gone.</summary>
    public override void Kill()
    {
        if (_firstProcess.IsClosed || _firstProcess.IsInvalid || LibC.SystemCall(LibC.SystemSignalProcess, (ulong)_firstProcess.DangerousGetHandle(), LibC.SignalKill, 0, 0) < 0)
            Host.Kill();
    }

    public override void Terminate() => _channel.Signal(LibC.SignalTerminate);

    public override async Task<SandboxExit> EndAsync(int hostCode, bool killed)
    {
        var report = await _channel.Ended;
        var exceeded = _cgroup?.Exceeded();
        if (killed || exceeded is not null)
            return new SandboxExit(report?.Code ?? 128 + LibC.SignalKill, exceeded);
        if (report is null)
            throw new SandboxUnavailableException(
                _tier, $"{_program} itself was ended (status {hostCode.ToString(CultureInfo.InvariantCulture)}) under a running command: the machine may be out of memory. Try again.");
        return new SandboxExit(report.Code, LimitWords.Of(report, _request.Limits, _cgroup?.RanIntoProcesses ?? false));
    }

    public override async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_request.ServesOn is not { } port)
            throw new IOException("The command was started without a port to serve on (ServesOn).");
        var socket = await _channel.ConnectAsync(port, cancellationToken)
            ?? throw new IOException($"Nothing listens on 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)} in the sandbox yet.");
        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
    }

    public override async ValueTask DisposeAsync()
    {
        _firstProcess.Dispose();
        _channel.Dispose();
        await _clearAsync();
        if (_cgroup is not null)
            await _cgroup.DisposeAsync();
    }
}
