namespace Kintsugi.Models.Gateway;

/// <summary>How long and how hard the gateway tries before it says that the world failed.</summary>
public sealed record GatewayLimits
{
    /// <summary>How often one provider is asked the same question, the first time included; where another can answer, at most twice.</summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>No attempt at a provider begins later than this after the first, waiting included.</summary>
    public TimeSpan TotalRetryTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause before the second attempt; it doubles with each, with jitter, unless the provider says when to come back.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Failed attempts in a row, over all calls for one model, after which its provider is left alone for a while.</summary>
    public int DownAfter { get; init; } = 8;

    /// <summary>How long a call waits for its turn under the limits of a provider, before the next provider is asked.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An agent that hangs up on a call this old was let down by the provider; on a younger one, it changed its mind.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(20);
}
