using System.Globalization;
using Kintsugi.Sandbox;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>A running agent, whatever protocol it speaks.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly ISandboxProcess _process;
    private readonly TimeProvider _clock;

    public AgentProcess(ISandboxProcess process, TimeProvider clock)
    {
        _process = process;
        _clock = clock;
        Started = clock.GetTimestamp();
        StandardError = new StandardErrorTail(process.StandardError);
    }

    public Stream StandardInput => _process.StandardInput;

    public Stream StandardOutput => _process.StandardOutput;

    public StandardErrorTail StandardError { get; }

    public Task<SandboxExit> Exited => _process.Exited;

    /// <summary>Timestamp of its start.</summary>
    public long Started { get; }

    public Task<Stream> ConnectAsync(CancellationToken cancellationToken) => _process.ConnectAsync(cancellationToken);

    public void Kill() => _process.Kill();

    /// <summary>Asks it to end, as whoever runs services does, and gives it a second: what it has gathered to send (spans, logs) it sends then.</summary>
    public async Task TerminateAsync()
    {
        if (Exited.IsCompleted) return;
        _process.Terminate();
        await Task.WhenAny(Exited, Task.Delay(Grace, _clock));
    }

    /// <summary>Waits until nothing more comes from a stream of a process that has ended; not for ever, since a child of it may hold the stream.</summary>
    public async Task DrainAsync(Task reading)
    {
        var waited = Task.WhenAny(reading, Task.Delay(Grace, _clock));
        await waited;
    }

    /// <summary>How it ended and its last words on standard error, for a person. It has ended, or is given a second to.</summary>
    public async Task<string> DescribeEndAsync()
    {
        await Task.WhenAny(Exited, Task.Delay(Grace, _clock));
        var how = "closed its standard output";
        if (Exited.IsCompletedSuccessfully)
        {
            var exit = await Exited;
            how = exit.Limit ?? string.Create(CultureInfo.InvariantCulture, $"exited with code {exit.Code}");
            await DrainAsync(StandardError.Read);
        }
        var words = Excerpt.EndOf(StandardError.Since(0), 2000);
        return words.Length == 0 ? $"The agent {how}, with nothing on standard error." : $"The agent {how}. Standard error ends: {words}";
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
