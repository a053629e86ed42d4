namespace Kintsugi.Models;

/// <summary>What one provider, which is one key, is asked for at most.</summary>
/// <param name="RequestsPerMinute">Null for no bound; attempts count, not questions.</param>
/// <param name="TokensPerMinute">Input and output together; null for no bound.</param>
public sealed record ProviderLimits(int? RequestsPerMinute = null, int? TokensPerMinute = null)
{
    /// <summary>Calls in flight; more wait.</summary>
    public int Concurrency { get; init; } = 64;

    /// <summary>How long one attempt may take; within a stream, how long nothing may arrive.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);
}
