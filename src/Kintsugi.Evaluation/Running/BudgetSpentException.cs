namespace Kintsugi.Evaluation.Running;

/// <summary>The configured budget is spent, and runs that were planned could not be made: nothing is said about the agent.</summary>
/// <param name="spentUsd">Calls in flight when it ran out are paid for as well, so it may be more than was allowed.</param>
/// <param name="cost">Of the runs that were made; what they gave is stored.</param>
public sealed class BudgetSpentException(decimal spentUsd, RunCost cost, TimeSpan took)
    : Exception(string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"The budget is spent: {spentUsd:0.00##} USD. Raise models.budget.usd in kintsugi.yaml and run again."))
{
    public RunCost Cost { get; } = cost;

    public TimeSpan Took { get; } = took;
}
