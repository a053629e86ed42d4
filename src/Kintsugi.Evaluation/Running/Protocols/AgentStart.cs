namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>What a run knows about whether its agent starts at all; all lanes share it.</summary>
/// <remarks>
/// A process that ends on its first sample may have been ended by the sample. So the second attempt is asked nothing: if it ends too,
/// the agent does not start, and no sample needs to be tried.
/// </remarks>
internal sealed class AgentStart
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(3); // a busy machine starts the second process later than the first

    private readonly TaskCompletionSource _proven = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _failures;

    public bool Proven => _proven.Task.IsCompleted;

    public void Prove() => _proven.TrySetResult();

    /// <summary>Counts an end that cannot be a sample's doing; true from the second on.</summary>
    public bool FailsAgain() => Interlocked.Increment(ref _failures) > 1;

    /// <summary>Watches a process that is asked nothing.</summary>
    /// <param name="lived">How long the process before it lived.</param>
    /// <exception cref="AgentStartException">It ends by itself, while no other process of the run has answered.</exception>
    public async Task WatchIdleAsync(AgentProcess process, TimeSpan lived, TimeSpan longest, TimeProvider clock, CancellationToken cancellationToken)
    {
        var watched = lived * 3 + Slack;
        if (watched > longest) watched = longest;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(process.Exited, _proven.Task, Task.Delay(watched, clock, stop.Token));
        await stop.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        if (first == process.Exited && !Proven) throw new AgentStartException(await process.DescribeEndAsync());
        Prove();
    }
}
