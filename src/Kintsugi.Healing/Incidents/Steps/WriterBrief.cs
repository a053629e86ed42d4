using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What a writer is told beside our rules: as data, all that is known of the regression. Held-out samples are not in it.</summary>
internal static class WriterBrief
{
    /// <returns>One JSON document, and what the runs for it have cost.</returns>
    public static async Task<(string Data, RunCost Cost)> DataAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var diagnosis = state.Diagnosed!.Diagnosis;
        var agent = context.Agent;
        var run = await CaseView.FailuresAsync(state, context, "repair", LookRunner.NotCounted(state), cancellationToken);
        var data = new
        {
            Agent = agent.Name,
            Directory = context.AgentPath,
            agent.Run,
            Tests = agent.Test,
            MayChange = (agent.Repair.MayChange ?? ["every file of the agent that is no test, specification or golden data"]).Select(glob => AgentFiles.FromTop(context.AgentPath, glob)),
            Policy = context.Policy.Wishes,
            Reviewer = state.Open is { Kind: RequestKind.Retry, Words.Length: > 0 } asked ? asked.Words : null,
            RedChecks = state.Open is { Kind: RequestKind.MendChecks } red ? red.Words : null,
            Cause = Words.Snake(diagnosis.Cause),
            Evidence = CaseView.Evidence(state),
            Culprit = diagnosis.Culprit.Take(CaseView.MostHunks).Select(h => new { h.File, h.Header, Removed = CaseView.Lines(h.Removed), Added = CaseView.Lines(h.Added) }),
            UnprovenOpinion = state.Opinion is { IsDisputed: false } opinion ? new { Mode = Words.Snake(opinion.Mode), Chain = opinion.Chain.Select(link => link.Says), opinion.Summary } : null,
            Commits = await CaseView.MessagesAsync(diagnosis.Commits, context, cancellationToken),
            FailingSamples = run.Results.Where(r => r.Outcome == Outcome.Failed).Select(r => CaseView.Of(FailureTraces.Of(context.SampleOf(r.SampleId), r))),
            EarlierAttempts = state.Attempts.Select(a => a.Attempt).Select(a => new
            {
                a.N,
                a.Strategy,
                RefusedFor = StrangersText.OneLine(ReasonOf(a), CaseView.LongestText),
                Checks = a.Checks.Select(c => $"{c.Name}: {(c.Passed switch { true => "passed", false => "refused", null => "not decided" })}"),
                WhatItsWriterSaid = a.Writing is { } w ? StrangersText.OneLine(w.Summary, CaseView.LongestText) : null,
                Candidates = a.Writing is { Candidates: { Count: > 0 } candidates } ? candidates.Select(Story.Of) : null,
                WhatItsWriterDid = a.Writing?.Steps.Where(s => s.Tool is "edit" or "write" or "command").Select(s => StrangersText.OneLine($"{s.Tool} {s.Asked}", CaseView.LongestText)),
            }),
        };
        return (CaseView.Write(data), run.Cost);
    }

    /// <summary>Golden data lies beside the agent's tests: what they print stays with people.</summary>
    private static string ReasonOf(Attempt attempt) =>
        attempt.Checks.FirstOrDefault(c => c.Passed == false) is { Name: RepairRunner.Tests } ? $"{RepairRunner.Tests}: the agent's own tests fail" : attempt.Reason;
}
