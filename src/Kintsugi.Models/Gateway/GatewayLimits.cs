namespace Kintsugi.Models.Gateway;

/// <summary>How long and how hard the gateway tries before it says that the world failed.</summary>
public sealed record GatewayLimits
{
    /// <summary>How often one provider is asked the same question, the first time included.</summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>No attempt at a provider begins later than this after the first, waiting included.</summary>
    public TimeSpan TotalRetryTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause before the second attempt; it doubles with each, with jitter, unless the provider says when to come back.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Failed attempts in a row, over all calls, after which a provider is taken for down until it answers again.</summary>
    public int DownAfter { get; init; } = 32;

    /// <summary>How long a call waits for its turn under the limits of a provider, before the next provider is asked.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An agent that hangs up on a call this old was let down by the provider; on a younger one, it changed its mind.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(20);
}
