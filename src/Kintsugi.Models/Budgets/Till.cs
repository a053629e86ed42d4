using System.Collections.Concurrent;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Budgets;

/// <summary>Where the calls to one provider are paid.</summary>
public sealed class Till(ProviderConfig provider, PriceList prices, Purse purse)
{
    /// <summary>Of a model whose bound nobody names.</summary>
    public const long DefaultMaxOutput = 16_384;

    private const int MostModels = 256; // an agent may name any number

    private readonly ConcurrentDictionary<string, Pricing> _pricings = new(StringComparer.Ordinal);

    internal Purse Purse => purse;

    /// <summary>The bill of one attempt, by the most that it can use.</summary>
    /// <param name="request">As it is sent to the provider.</param>
    public Bill Open(ModelRequest request)
    {
        var bounds = RequestBounds.Of(request);
        var (listed, price) = PricingOf(bounds.Model);
        var output = (bounds.OutputTokens ?? price.MaxOutput ?? DefaultMaxOutput) * bounds.Answers;
        var isCharged = !request.Body.IsEmpty;
        var usd = isCharged ? bounds.Caching * price.Cost(new Usage(bounds.InputTokens, 0)) + price.Cost(new Usage(0, output)) : 0;
        var most = new Spending(usd, 0, bounds.InputTokens + output, 1);
        return new Bill(this, price, most, bounds.InputTokens, listed is null && isCharged ? $"{bounds.Model} at {provider.Host}" : null);
    }

    /// <returns>Null when it is not known, which is never zero.</returns>
    internal ModelPrice? PriceOf(string model) => PricingOf(model).Listed;

    /// <summary>Looked up once a model: every call asks, and a list is read by several spellings of a name.</summary>
    private Pricing PricingOf(string model)
    {
        if (provider.IsFree) return new Pricing(ModelPrice.Free, ModelPrice.Free);
        if (_pricings.TryGetValue(model, out var known)) return known;
        var listed = prices.Find(provider.Host, model);
        var pricing = new Pricing(listed, listed ?? prices.Assume(model));
        if (_pricings.Count < MostModels) _pricings.TryAdd(model, pricing);
        return pricing;
    }

    /// <param name="Listed">Null when it is not known.</param>
    /// <param name="Used">Listed or assumed.</param>
    private readonly record struct Pricing(ModelPrice? Listed, ModelPrice Used);
}

/// <summary>What one attempt may cost, and then what it did. Left unsettled, it is held at its most: the provider may have answered somebody who was not there.</summary>
/// <param name="price">Listed or assumed.</param>
/// <param name="assumed">Model and host, if the price is assumed.</param>
public sealed class Bill(Till till, ModelPrice price, Spending most, long inputTokens, string? assumed) : IDisposable
{
    private bool _isReserved;

    /// <summary>Tokens that the attempt uses at most; once it is settled, as far as is known.</summary>
    public long Tokens { get; private set; } = most.Tokens;

    /// <summary>US dollars; null when they are not known, as long as the attempt is not settled too.</summary>
    public decimal? CostUsd { get; private set; } = price == ModelPrice.Free ? 0 : null;

    /// <returns>Null when it may be made, else why not.</returns>
    public async ValueTask<string?> ReserveAsync(CancellationToken cancellationToken)
    {
        var refusal = await till.Purse.ReserveAsync(most, assumed, cancellationToken);
        _isReserved = refusal is null;
        return refusal;
    }

    /// <summary>Nothing was used: the provider refused.</summary>
    public void SettleRefused()
    {
        CostUsd = 0;
        Settle(new Spending(0, 0, 0, 1));
    }

    /// <summary>An answer came to its end.</summary>
    /// <param name="model">As it was asked for.</param>
    /// <param name="answerBytes">Of a whole answer or stream; no token of it is less than one. Reasoning that is not shown is not in them, but what stands around each piece of a stream is far more.</param>
    public void Settle(AnswerFacts facts, string model, int answerBytes)
    {
        if (Usage.Of(facts) is { } usage)
        {
            CostUsd = most.Usd == 0 ? 0 : till.PriceOf(facts.ServedModel ?? model)?.Cost(usage);
            Settle(new Spending(CostUsd ?? 0, CostUsd is null ? price.Cost(usage) : 0, usage.Tokens, 1));
        }
        else
        {
            var bound = new Usage(inputTokens, Math.Min(most.Tokens - inputTokens, answerBytes));
            var usd = Math.Min(most.Usd, price.Cost(bound));
            if (usd == 0) CostUsd = 0;
            Settle(new Spending(0, usd, Math.Min(most.Tokens, bound.Tokens), 1));
        }
    }

    public void Dispose()
    {
        if (_isReserved) Settle(most with { Usd = 0, HeldUsd = most.Usd });
    }

    private void Settle(Spending spent)
    {
        _isReserved = false;
        Tokens = spent.Tokens;
        till.Purse.Settle(most, spent);
    }
}
