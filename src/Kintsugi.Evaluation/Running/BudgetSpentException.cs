namespace Kintsugi.Evaluation.Running;

/// <summary>A budget did not reach for the runs that were planned: nothing is said about the agent.</summary>
/// <param name="refusal">Which budget, what is spent of it, and what to do.</param>
/// <param name="cost">Of the runs that were made; what they gave is stored.</param>
public sealed class BudgetSpentException(string refusal, RunCost cost, TimeSpan took) : Exception(refusal)
{
    public RunCost Cost { get; } = cost;

    public TimeSpan Took { get; } = took;
}
