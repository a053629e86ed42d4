using Kintsugi.Evaluation.Agents;
using Kintsugi.Sandbox;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>A long-lived process and its replacements: who is to blame for its end, and what is asked again.</summary>
/// <remarks>
/// A process that ends in the middle of a sample is started once more for that sample if it had served others before, since the end may be owed
/// to them; what a fresh process does is the sample's own. Of several samples in flight nobody can say which ended the process: each is put again, alone.
/// </remarks>
internal sealed class ProcessLane(
    AgentSeat seat, Func<CancellationToken, Task<IConversation>> converse, AgentStart start, AgentDefinition agent, TimeProvider clock) : IAgentLane
{
    private readonly SemaphoreSlim _changing = new(1);
    private Held? _held;

    public async Task<Reply> AskAsync(Ask ask, CancellationToken cancellationToken)
    {
        seat.Begin(ask.Calls, ask.Spans);
        try
        {
            return await AskHeldAsync(ask, restarted: false, [], cancellationToken);
        }
        finally
        {
            seat.End(ask.Calls);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_held is not null) await _held.Conversation.DisposeAsync();
        await seat.DisposeAsync();
        _changing.Dispose();
    }

    private async Task<Reply> AskHeldAsync(Ask ask, bool restarted, List<string> notes, CancellationToken cancellationToken)
    {
        var held = await HoldAsync(notes, cancellationToken);
        var conversation = held.Conversation;
        var fresh = held.IsFirst();
        var mark = fresh ? 0 : conversation.Process.StandardError.Mark();
        var limit = fresh ? agent.StartTimeout + agent.Timeout : agent.Timeout; // only its first answer shows when a process is ready
        var said = await conversation.AskAsync(ask, limit, cancellationToken);
        var (waited, path) = seat.Waiting(ask.Calls);
        if (said is Said.Answered)
        {
            start.Prove();
            ask.Spans.Answered();
        }
        else
        {
            await ReleaseAsync(held);
        }
        notes.AddRange(conversation.TakeNotes());
        Reply Told(Reply reply) => reply with
        {
            StandardError = conversation.Process.StandardError.Since(mark),
            Notes = notes,
            BlockedHosts = conversation.Process.BlockedHosts,
        };

        switch (said)
        {
            case Said.Answered answered:
                return Told(new Reply(answered.Output, answered.Error, null, false, "", []));
            case Said.TimedOut when waited > agent.Timeout / 2:
                return Told(Reply.OfUnanswered(waited, path, agent));
            case Said.TimedOut:
                return Told(Reply.Of(new AgentError("timeout", $"No answer within {limit.TotalSeconds:0.###} s.")));
            case Said.Lost when conversation.Process.Exited is { IsFaulted: true, Exception.InnerException: SandboxUnavailableException gone }:
                return Told(Reply.OfWorld(gone.Message));
            case Said.Lost { Beside: true }:
                return Told(new Reply(null, null, null, true, "", []));
            case Said.Lost lost when !fresh && !restarted:
                notes.Add($"The process was lost and started again: {Excerpt.Of(lost.Error.Message, 200)}");
                return await AskHeldAsync(ask, restarted: true, notes, cancellationToken);
            case Said.Lost lost:
                if (lost.Error.Type == "exited" && !start.Proven && conversation.Process.BlockedHosts.Count == 0) await ProveStartAsync(clock.GetElapsedTime(conversation.Process.Started), cancellationToken);
                return Told(Reply.Of(lost.Error));
            default:
                throw new InvalidOperationException($"Unknown turn {said.GetType().Name}.");
        }
    }

    private async Task ProveStartAsync(TimeSpan lived, CancellationToken cancellationToken)
    {
        var held = await HoldAsync([], cancellationToken);
        if (held.Conversation.Ended is { } ended && !start.Proven) throw new AgentStartException(ended.Message);
        await start.WatchIdleAsync(held.Conversation.Process, lived, agent.StartTimeout, clock, cancellationToken);
    }

    private async Task<Held> HoldAsync(List<string> notes, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (_held?.Conversation.Ended is { } ended)
            {
                notes.Add($"The process had ended between two samples: {Excerpt.Of(ended.Message, 200)}");
                await _held.Conversation.DisposeAsync();
                _held = null;
            }
            return _held ??= new Held(await converse(cancellationToken));
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task ReleaseAsync(Held held)
    {
        await _changing.WaitAsync();
        try
        {
            if (_held == held) _held = null;
        }
        finally
        {
            _changing.Release();
        }
        await held.Conversation.DisposeAsync();
    }

    private sealed class Held(IConversation conversation)
    {
        private int _asked;

        public IConversation Conversation { get; } = conversation;

        public bool IsFirst() => Interlocked.Increment(ref _asked) == 1;
    }
}
