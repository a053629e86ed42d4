namespace Kintsugi.Models.Budgets;

/// <summary>What calls have used, or may use.</summary>
/// <param name="Usd">US dollars, exact, as far as the cost is known.</param>
/// <param name="HeldUsd">US dollars that calls of unknown cost were at most: unknown usage, unknown price.</param>
/// <param name="Tokens">Input and output; of calls of unknown usage, at most.</param>
public readonly record struct Spending(decimal Usd, decimal HeldUsd, long Tokens, long Calls)
{
    public decimal AllUsd => Usd + HeldUsd;

    public static Spending operator +(Spending a, Spending b) => new(a.Usd + b.Usd, a.HeldUsd + b.HeldUsd, a.Tokens + b.Tokens, a.Calls + b.Calls);

    public static Spending operator -(Spending a, Spending b) => new(a.Usd - b.Usd, a.HeldUsd - b.HeldUsd, a.Tokens - b.Tokens, a.Calls - b.Calls);
}
