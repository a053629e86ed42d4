using System.Diagnostics;

namespace Kintsugi.Models;

/// <summary>Whether an answer may come from a recording of the same question, sample, epoch and ordinal; where none does, the provider is asked, and its answer recorded.</summary>
/// <param name="From">The oldest that may; null for none. Only detection's first look and the culprit search may recall whatever there is.</param>
public readonly record struct Recall(DateTimeOffset? From)
{
    /// <summary>Always ask the provider.</summary>
    public static Recall Fresh => default;

    /// <summary>However old it is.</summary>
    public static Recall Recorded => new(DateTimeOffset.MinValue);

    /// <summary>One of a moment or later: what was begun then and has been interrupted goes on from its own, and finds nobody else's.</summary>
    public static Recall Since(DateTimeOffset moment) => new(moment);
}

/// <summary>A request in a vendor's own format, as the agent sent it.</summary>
/// <param name="Path">Path under the endpoint, `/v1/chat/completions`.</param>
/// <param name="Body">JSON.</param>
public sealed record ModelRequest(string Path, ReadOnlyMemory<byte> Body)
{
    /// <summary>The caller's headers that belong to the wire format (`anthropic-version`, `anthropic-beta`, `openai-beta`), names in lower case, by name. No other reaches a provider.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

/// <summary>What goes back to the agent, byte for byte.</summary>
public sealed record ModelAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body, TimeSpan? RetryAfter = null);

/// <summary>One finished call that a sample made to the outside, for its trajectory.</summary>
public abstract record OutsideCall
{
    /// <summary>Why the world is to blame for the call's failure, with the name of what failed; null if it is not.</summary>
    public abstract string? WorldFault { get; }
}

/// <summary>One finished model call of a sample, for its trajectory and its bill.</summary>
/// <param name="Fault">Why the world is to blame for the failure (rate limit, overloaded, timeout, unreachable, refused key); null if the provider answered the question or refused the request itself.</param>
/// <param name="Refusal">Why the provider refused the request itself, a word of <see cref="Routing.Refusals"/>; null if it did not.</param>
/// <param name="Fingerprint">The provider's own mark of what serves the model (`system_fingerprint`): when it changes, the model may have.</param>
/// <param name="CostUsd">Of all its attempts; null when what one of them cost is not known, which is never zero.</param>
public sealed record RecordedCall(
    string Provider, string Model, string? ServedModel, ModelRequest Request, ModelAnswer Answer, bool Replayed,
    TimeSpan Latency, long InputTokens, long OutputTokens, decimal? CostUsd, string? FinishReason, string? Fault,
    string? Fingerprint = null, string? Refusal = null) : OutsideCall
{
    /// <summary>Whether the answer was asked for by another sample's equal call (`models.share_equal_calls`), which bears the cost.</summary>
    public bool Shared { get; init; }

    public override string? WorldFault => Fault is null ? null : $"{(Provider.Length == 0 ? "gateway" : Provider)}: {Fault}";
}

/// <summary>One finished call of a sample to an upstream.</summary>
/// <param name="Upstream">Its name in kintsugi.yaml, as the agent wrote it.</param>
/// <param name="Host">Empty when no upstream has that name.</param>
/// <param name="Path">Below the upstream's address, without the query.</param>
/// <param name="Status">HTTP status that the agent saw; 499 when it did not wait.</param>
/// <param name="Fault">Why the world is to blame, a word of <see cref="Routing.Faults"/> and what happened; null if the upstream answered, or refused the request itself.</param>
public sealed record RecordedUpstreamCall(
    string Upstream, string Method, string Host, string Path, int Status, bool Replayed, TimeSpan Latency, string? Fault) : OutsideCall
{
    public override string? WorldFault => Fault is null ? null : $"upstream {Upstream} ({Host}): {Fault}";
}

/// <summary>The calls of one sample x epoch: names the sample to the gateway, numbers equal questions, and keeps what was asked.</summary>
/// <param name="sampleId">Empty for calls outside any sample (start-up of the agent).</param>
/// <param name="role">Who asks, and so by which route: `agent`, `triage`, `repair`, `judge`.</param>
public sealed class SampleCalls(string sampleId, int epoch, Recall recall, string role = Routing.Role.Agent)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _ordinals = [];
    private readonly List<OutsideCall> _calls = [];
    private TaskCompletionSource? _settled;
    private int _underWay;

    /// <summary>The span whose children the calls' spans are: the one in which these calls are begun to be gathered, for an agent's arrive from elsewhere.</summary>
    internal ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    public string SampleId { get; } = sampleId;

    public int Epoch { get; } = epoch;

    public Recall Recall { get; } = recall;

    public string Role { get; } = role;

    /// <summary>0 for the first time this question is asked in the sample, 1 for the second: a voting agent gets different answers.</summary>
    public int NextOrdinal(string questionHash)
    {
        lock (_lock)
        {
            var ordinal = _ordinals.GetValueOrDefault(questionHash);
            _ordinals[questionHash] = ordinal + 1;
            return ordinal;
        }
    }

    /// <summary>A call is under way until what is returned is disposed.</summary>
    public IDisposable Begin()
    {
        lock (_lock) _underWay++;
        return new UnderWay(this);
    }

    /// <summary>Ends when no call is under way, and all are among <see cref="All"/>, or when the time is over.</summary>
    public async Task SettledAsync(TimeSpan most, TimeProvider clock, CancellationToken cancellationToken)
    {
        Task settled;
        lock (_lock)
        {
            if (_underWay == 0) return;
            _settled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            settled = _settled.Task;
        }
        await settled.WaitAsync(most, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the time may be over first
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Add(OutsideCall call)
    {
        lock (_lock) _calls.Add(call);
        if (call is RecordedCall made) Gateway.CallSpan.Tell(made);
    }

    /// <summary>Calls to models and upstreams, in the order in which they ended.</summary>
    public IReadOnlyList<OutsideCall> All
    {
        get { lock (_lock) return [.. _calls]; }
    }

    /// <summary>The model calls among them.</summary>
    public IReadOnlyList<RecordedCall> Calls => [.. All.OfType<RecordedCall>()];

    private void End()
    {
        TaskCompletionSource? settled = null;
        lock (_lock)
        {
            if (--_underWay == 0) (settled, _settled) = (_settled, null);
        }
        settled?.SetResult();
    }

    private sealed class UnderWay(SampleCalls calls) : IDisposable
    {
        public void Dispose() => calls.End();
    }
}
