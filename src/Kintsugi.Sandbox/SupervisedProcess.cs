using System.Globalization;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>A running command, held to its limits of time and memory.</summary>
internal sealed class SupervisedProcess : ISandboxProcess
{
    private static readonly TimeSpan MemoryInterval = TimeSpan.FromMilliseconds(100);

    private readonly CommandHandle _command;
    private readonly SandboxLimits _limits;
    private readonly CancellationTokenSource _over = new();
    private volatile string? _limit;
    private volatile bool _killed;

    public SupervisedProcess(CommandHandle command, SandboxLimits limits)
    {
        _command = command;
        _limits = limits;
        _ = WatchMemoryAsync();
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

    public async ValueTask DisposeAsync()
    {
        Kill();
        await ((Task)Exited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // who asks for the exit sees the error
        _command.Host.Dispose();
        await _command.DisposeAsync();
        _over.Dispose();
    }

    private async Task<SandboxExit> WaitAsync()
    {
        var code = await _command.Host.Ended;
        await _over.CancelAsync();
        return new SandboxExit(_command.ExitCode(code, _killed), _limit);
    }

    private async Task WatchWallAsync()
    {
        if (_limits.Wall is not { } wall)
            return;
        await Task.Delay(wall, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_over.IsCancellationRequested)
            Stop($"wall {Seconds(wall)} s");
    }

    private async Task WatchMemoryAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            var processes = Descendants.Of(_command.Root);
            if (Descendants.ResidentBytes(processes) > _limits.MemoryBytes && Descendants.OwnBytes(processes) > _limits.MemoryBytes)
            {
                Stop($"memory {Mebibytes(_limits.MemoryBytes)} MiB");
                return;
            }

            await Task.Delay(MemoryInterval, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Stop(string limit)
    {
        _limit ??= $"killed: {limit}";
        Kill();
    }

    internal static string Mebibytes(long bytes) => (bytes / (double)(1 << 20)).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture);
}
