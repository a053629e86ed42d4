using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Routing;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Gateway;

/// <summary>One question, while it is being asked.</summary>
/// <param name="relay">Null when the answer is wanted whole.</param>
/// <param name="started">Timestamp of the gateway's clock.</param>
internal sealed class PendingCall(ModelRequest request, Question question, RecordingKey key, StreamRelay? relay, long started)
{
    public ModelRequest Request { get; } = request;

    public Question Question { get; } = question;

    public RecordingKey Key { get; } = key;

    public StreamRelay? Relay { get; } = relay;

    public long Started { get; } = started;

    /// <summary>Attempts so far, at all providers.</summary>
    public int Attempts { get; set; }

    /// <summary>What went wrong last, should the agent hang up before it is mended.</summary>
    public string? LastFault { get; set; }

    public string LastProvider { get; set; } = "";

    /// <summary>US dollars, of all attempts; null when one of them has an unknown cost.</summary>
    public decimal? CostUsd { get; private set; } = 0m;

    public void Pay(decimal? costUsd) => CostUsd += costUsd;
}

/// <summary>What one attempt at one provider gave.</summary>
/// <param name="Answer">In the dialect of the one who asked.</param>
/// <param name="SinceFirst">Time since this provider was first asked.</param>
internal sealed record Attempt(string Provider, ModelAnswer Answer, Judgement Judgement, AnswerFacts Facts, TimeSpan SinceFirst)
{
    /// <summary>How another model came to answer than the one that was asked for; null if it is the one.</summary>
    public string? Substitution { get; init; }

    /// <summary>The provider was not asked at all: it is left alone for a while.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Whether an equal call made it, for this one as well.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether nobody will ever say what it used: the provider was asked, and did not come to an end of its answer.</summary>
    public bool IsLost { get; init; }

    /// <summary>What is wrong with the answer as an observation of the one who asked, <see cref="Faults"/>.</summary>
    public string? Fault => Judgement.Fault ?? (Substitution is null ? null : $"{Faults.ModelSubstituted}: {Substitution}");
}
