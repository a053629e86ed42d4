using System.Globalization;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Cli.Output;

/// <summary>An incident in the few lines that a person reads at the end of a heal.</summary>
internal static class HealSummary
{
    private const int LongestReason = 1_000;

    public static IEnumerable<string> Lines(IncidentState state, string report)
    {
        var told = IncidentReports.From(state);
        yield return "";
        yield return state is { Outcome: null, Looks: [], WorldFailures: [], Baseline: null }
            ? $"open: nothing has been looked at yet. kintsugi incident resume {state.Incident}"
            : $"{Words.Snake(told.Outcome ?? IncidentOutcome.Stopped)}: {Text.Plain(told.OutcomeReason, LongestReason)}";
        if (told.Alarm is { } alarm)
        {
            yield return $"  alarm     {Text.Plain(alarm.Statement(), LongestReason)}";
            yield return $"            {alarm.Apart()}";
        }
        if (told.Verdict is { } verdict)
        {
            yield return $"  verdict   {verdict.Plain}";
            yield return $"            {verdict.Exact}";
        }
        if (told.Diagnosis is { } diagnosis)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  cause     {Words.Snake(diagnosis.Cause)} (confidence {diagnosis.Confidence:0.00}), action {Words.Snake(diagnosis.Action)}");
            foreach (var line in Culprit(diagnosis)) yield return $"            {line}";
            if (told.Advice is { } advice) yield return $"  opinion   {Opinion(advice)}";
        }
        if (told.Policy is { } policy) yield return $"  policy    {Text.Plain(policy.Reason, LongestReason)}";
        foreach (var attempt in told.Attempts)
        {
            yield return $"  attempt {attempt.N} {attempt.Strategy}: {(attempt.Passed ? "passed" : "refused")}: {Text.Plain(attempt.Reason)}";
            if (attempt.Scores is { } scores)
                yield return $"            visible samples {Of(scores.Before)} → {Of(scores.After)}, held-out {Of(scores.HeldOutBaseline)} → {Of(scores.HeldOutAfter)}";
        }
        if (told.Proposal is { Kind: Proposal.PullRequest } pull)
            yield return $"  fix       {Text.Plain(pull.Url)} ({pull.Commit[..10]} on {pull.Branch}), verification {pull.Verification}";
        else if (told.Proposal is { } proposal)
            yield return $"  fix       branch {proposal.Branch} ({proposal.Commit[..10]}), verification {proposal.Verification}; review with: git diff HEAD...{proposal.Branch}";
        yield return string.Create(CultureInfo.InvariantCulture,
            $"  cost      {told.Cost.AgentRuns} agent runs, {told.Cost.ModelCalls} model calls ({told.Cost.LiveModelCalls} live), {told.Duration.TotalSeconds:0.0} s");
        if (state.EscalationFiled is { } filed) yield return $"  asked     {Text.Plain(filed.Url)}";
        if (Search(state) is { } search) yield return $"  search    {search}";
        yield return $"  incident  {told.Incident}";
        yield return $"  report    {report}";
    }

    private static string Opinion(Advice advice) => advice.Opinion is { } opinion
        ? $"{(opinion.IsDisputed ? "disputed" : "unproven")}, of a model: {Text.Plain(opinion.Summary)}"
        : $"none was had of a model: {Text.Plain(advice.WhyNone ?? "")}";

    private static IEnumerable<string> Culprit(Diagnosis diagnosis)
    {
        foreach (var hunk in diagnosis.Culprit)
        {
            yield return $"{Text.Plain(hunk.File)} {Text.Plain(hunk.Header)}";
            foreach (var line in hunk.Removed.Take(6)) yield return $"  - {Text.Plain(line, 120)}";
            foreach (var line in hunk.Added.Take(6)) yield return $"  + {Text.Plain(line, 120)}";
        }
    }

    private static string? Search(IncidentState state)
    {
        var cost = IncidentReports.SearchCost(state);
        return cost.ModelCalls == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{100.0 * (cost.ModelCalls - cost.LiveModelCalls) / cost.ModelCalls:0} % of the search's {cost.ModelCalls} model calls came from recordings");
    }

    private static string Of(Rate rate) => string.Create(CultureInfo.InvariantCulture, $"{100 * rate.Value:0.0} % [{100 * rate.Low:0.0}, {100 * rate.High:0.0}]");
}
