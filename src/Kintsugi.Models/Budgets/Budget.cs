namespace Kintsugi.Models.Budgets;

/// <summary>What may be spent, and what has been. Calls in flight when it runs out are still paid for.</summary>
/// <param name="limitUsd">Null for no bound.</param>
/// <remarks>Holds only what has a known price: a call of unknown price cannot be held against a bound.</remarks>
public sealed class Budget(decimal? limitUsd)
{
    private readonly Lock _lock = new();
    private decimal _spentUsd;

    public decimal SpentUsd
    {
        get { lock (_lock) return _spentUsd; }
    }

    public bool IsSpent => limitUsd is { } limit && SpentUsd >= limit;

    public void Spend(decimal costUsd)
    {
        lock (_lock) _spentUsd += costUsd;
    }
}
