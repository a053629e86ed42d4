namespace Kintsugi.Models.Upstreams;

/// <summary>How long and how hard an upstream is tried before the gateway says that the world failed.</summary>
public sealed record UpstreamLimits
{
    /// <summary>How often a question that changes nothing (GET, HEAD) is put, the first time included. Any other is put once.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The pause before the second attempt; it doubles, with jitter, unless the upstream says when to come back.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>An upstream that asks for a longer pause is not asked again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one attempt may take to answer; within an answer, how long nothing may arrive.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An agent that hangs up on a call this old was let down by the upstream; on a younger one, it changed its mind.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(20);

    public int MaxAnswerBytes { get; init; } = 10 * 1024 * 1024;
}
