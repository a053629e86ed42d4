using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Budgets;

/// <summary>The tokens of one call.</summary>
/// <param name="Input">All of them, those of <paramref name="Cached"/> and <paramref name="CacheWrite"/> included.</param>
/// <param name="Cached">Of the input, what the provider had cached.</param>
/// <param name="CacheWrite">Of the input, what it cached.</param>
/// <param name="LongCacheWrite">Of <paramref name="CacheWrite"/>, what it cached for an hour.</param>
public readonly record struct Usage(long Input, long Output, long Cached = 0, long CacheWrite = 0, long LongCacheWrite = 0)
{
    public long Tokens => Input + Output;

    /// <returns>Null when the answer does not say what it used.</returns>
    public static Usage? Of(AnswerFacts facts) => facts.InputTokens is { } input
        ? new Usage(input, facts.OutputTokens ?? 0, facts.CachedTokens, facts.CacheWriteTokens, facts.LongCacheWriteTokens)
        : null;
}
