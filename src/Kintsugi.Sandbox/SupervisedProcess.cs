using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>A running command, held to its limits of time and memory.</summary>
internal sealed class SupervisedProcess : ISandboxProcess
{
    private static readonly TimeSpan MemoryInterval = TimeSpan.FromMilliseconds(100), DiskInterval = TimeSpan.FromSeconds(1);

    private readonly CommandHandle _command;
    private readonly SandboxLimits _limits;
    private readonly string? _keep;
    private readonly CancellationTokenSource _over = new();
    private volatile string? _limit;
    private volatile bool _killed;

    /// <param name="keep">Directory on disk that keeps what the command writes, to be looked at; null if there is none.</param>
    public SupervisedProcess(CommandHandle command, SandboxLimits limits, string? keep = null)
    {
        _keep = keep;
        _command = command;
        _limits = limits;
        if (!command.CountsMemory)
            _ = WatchAsync(MemoryInterval, MemoryExceeded);
        if (keep is not null)
            _ = WatchAsync(DiskInterval, () => DiskExceeded(keep));
        _ = WatchWallAsync();
        Exited = WaitAsync();
    }

    public Stream StandardInput => _command.Host.Input;

    public Stream StandardOutput => _command.Host.Output;

    public Stream StandardError => _command.Host.Error;

    public Task<SandboxExit> Exited { get; }

    public Task<Stream> ConnectAsync(CancellationToken cancellationToken) => _command.ConnectAsync(cancellationToken);

    public void Kill()
    {
        _killed = true;
        _command.Kill();
    }

    public void Terminate() => _command.Terminate();

    public async ValueTask DisposeAsync()
    {
        Kill();
        await ((Task)Exited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // who asks for the exit sees the error
        _command.Host.Dispose();
        await _command.DisposeAsync();
        if (_keep is not null)
            KeptLayer.Finish(_keep);
        _over.Dispose();
    }

    private async Task<SandboxExit> WaitAsync()
    {
        var code = await _command.Host.Ended;
        await _over.CancelAsync();
        var exit = await _command.EndAsync(code, _killed);
        return _limit is { } limit ? exit with { Limit = limit } : exit;
    }

    private async Task WatchWallAsync()
    {
        if (_limits.Wall is not { } wall)
            return;
        await Task.Delay(wall, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_over.IsCancellationRequested)
            Stop(LimitWords.Killed($"wall {LimitWords.Seconds(wall)} s"));
    }

    private string? MemoryExceeded()
    {
        var processes = Descendants.Of(_command.Root);
        return Descendants.ResidentBytes(processes) > _limits.MemoryBytes && Descendants.OwnBytes(processes) > _limits.MemoryBytes ? LimitWords.Memory(_limits.MemoryBytes) : null;
    }

    private string? DiskExceeded(string keep) =>
        KeptLayer.SizeOf(keep) > _limits.WorkspaceBytes ? LimitWords.Killed($"disk {LimitWords.Mebibytes(_limits.WorkspaceBytes)} MiB") : null;

    /// <summary>Looks first when some time has passed: a command that has just started holds nothing, and many end before.</summary>
    private async Task WatchAsync(TimeSpan interval, Func<string?> exceeded)
    {
        var over = _over.Token;
        while (true)
        {
            await Task.Delay(interval, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested)
                return;
            if (exceeded() is { } limit)
            {
                Stop(limit);
                return;
            }
        }
    }

    private void Stop(string limit)
    {
        _limit ??= limit;
        Kill();
    }
}
