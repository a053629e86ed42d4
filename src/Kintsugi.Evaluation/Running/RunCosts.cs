using Kintsugi.Models;

namespace Kintsugi.Evaluation.Running;

/// <summary>Adds up what one run of an agent cost: its model calls. What an upstream costs is not known here.</summary>
public static class RunCosts
{
    /// <param name="calls">Of one run.</param>
    public static RunCost Of(IReadOnlyList<OutsideCall> calls)
    {
        var (asked, live, tokens) = (0, 0, 0L);
        decimal? usd = 0m;
        foreach (var call in calls.OfType<RecordedCall>())
        {
            asked++;
            if (!call.Replayed && !call.Shared) live++;
            tokens += call.InputTokens + call.OutputTokens;
            usd += call.CostUsd;
        }
        return new RunCost(AgentRuns: 1, asked, live, tokens, usd);
    }
}
