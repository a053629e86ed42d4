namespace Kintsugi.Models;

/// <summary>Over what a budget reaches.</summary>
public enum BudgetPeriod
{
    /// <summary>One incident, over every time it is resumed. Outside of incidents, one command.</summary>
    Incident = 0,

    /// <summary>One command of `kintsugi`.</summary>
    Run = 1,

    /// <summary>A day in UTC, over all commands with the same database.</summary>
    Day = 2,
}

/// <summary>The most that may be spent over a period. A bound that is null is none.</summary>
/// <param name="Key">Where it stands in kintsugi.yaml, `models.budget[1]`, for messages.</param>
/// <param name="Calls">Attempts, so that a call that is tried again counts again.</param>
public sealed record BudgetConfig(string Key, decimal? Usd, long? Tokens, long? Calls, BudgetPeriod Per);
