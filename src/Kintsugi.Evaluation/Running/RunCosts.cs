using Kintsugi.Models;

namespace Kintsugi.Evaluation.Running;

/// <summary>Adds up what one run of an agent cost.</summary>
internal static class RunCosts
{
    public static RunCost Of(IReadOnlyList<RecordedCall> calls)
    {
        var (live, tokens) = (0, 0L);
        decimal? usd = 0m;
        foreach (var call in calls)
        {
            if (!call.Replayed) live++;
            tokens += call.InputTokens + call.OutputTokens;
            usd += call.CostUsd;
        }
        return new RunCost(AgentRuns: 1, calls.Count, live, tokens, usd);
    }
}
