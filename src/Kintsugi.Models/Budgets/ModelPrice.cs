namespace Kintsugi.Models.Budgets;

/// <summary>What a service asks for a model, in US dollars for a million tokens.</summary>
/// <param name="MaxOutput">The most output tokens of one answer; null when that is not known.</param>
public sealed record ModelPrice(decimal Input, decimal Output, decimal CachedInput, decimal CacheWrite, long? MaxOutput)
{
    public static readonly ModelPrice Free = new(0, 0, 0, 0, null);

    private const decimal TokensPerPrice = 1_000_000m;

    /// <summary>Anthropic's rule for what is cached for an hour.</summary>
    private const decimal LongCacheWrite = 2m;

    /// <returns>US dollars.</returns>
    public decimal Cost(Usage usage)
    {
        var (cached, written, longWritten) = (usage.Cached, usage.CacheWrite, Math.Min(usage.LongCacheWrite, usage.CacheWrite));
        var plain = Math.Max(0, usage.Input - cached - written);
        return (plain * Input + cached * CachedInput + (written - longWritten) * CacheWrite + longWritten * LongCacheWrite * Input + usage.Output * Output)
            / TokensPerPrice;
    }

    /// <summary>A price that is at least either, of no known bound.</summary>
    public static ModelPrice Dearer(ModelPrice a, ModelPrice b) => new(
        Math.Max(a.Input, b.Input), Math.Max(a.Output, b.Output), Math.Max(a.CachedInput, b.CachedInput), Math.Max(a.CacheWrite, b.CacheWrite), null);
}
