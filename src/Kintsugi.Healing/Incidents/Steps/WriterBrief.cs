using System.Text.Encodings.Web;
using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What a writer is told beside our rules: as data, all that is known of the regression. Held-out samples are not in it.</summary>
/// <remarks>
/// Strangers' words (code, commit messages, inputs, answers, what earlier writers said) stand in strings of one JSON document, which they cannot leave,
/// and the rules say what that document is. That keeps data apart from instructions; it does not keep a model from being persuaded by what it reads. What
/// a persuaded model can do is what its tools let it, and its change is judged like any other.
/// </remarks>
internal static class WriterBrief
{
    private const int MostSamples = 5, MostHunks = 20, MostLines = 60, LongestLine = 300, LongestText = 2_000, LongestMessage = 4_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <returns>One JSON document, and what the runs for it have cost.</returns>
    public static async Task<(string Data, RunCost Cost)> DataAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var diagnosis = state.Diagnosed!.Diagnosis;
        var agent = context.Agent;
        var (failures, cost) = await FailuresAsync(state, context, cancellationToken);
        var data = new
        {
            Agent = agent.Name,
            Directory = context.AgentPath,
            agent.Run,
            Tests = agent.Test,
            MayChange = (agent.Repair.MayChange ?? ["every file of the agent that is no test, specification or golden data"]).Select(glob => AgentFiles.FromTop(context.AgentPath, glob)),
            agent.Repair.Policy,
            Cause = Words.Snake(diagnosis.Cause),
            Evidence = diagnosis.Evidence.Where(e => state.Looks[^1].StartFailure is not { } why || !e.Contains(why, StringComparison.Ordinal)), // an agent may print what it was asked, held-out samples too
            Culprit = diagnosis.Culprit.Take(MostHunks).Select(h => new { h.File, h.Header, Removed = Lines(h.Removed), Added = Lines(h.Added) }),
            Commits = await MessagesAsync(diagnosis.Commits, context, cancellationToken),
            FailingSamples = failures.Select(View),
            EarlierAttempts = state.Attempts.Select(a => a.Attempt).Select(a => new
            {
                a.N,
                a.Strategy,
                RefusedFor = StrangersText.OneLine(ReasonOf(a), LongestText),
                Checks = a.Checks.Select(c => $"{c.Name}: {(c.Passed switch { true => "passed", false => "refused", null => "not decided" })}"),
                WhatItsWriterSaid = a.Writing is { } w ? StrangersText.OneLine(w.Summary, LongestText) : null,
                WhatItsWriterDid = a.Writing?.Steps.Where(s => s.Tool is "edit" or "write" or "command").Select(s => StrangersText.OneLine($"{s.Tool} {s.Asked}", LongestText)),
            }),
        };
        return (JsonSerializer.Serialize(data, Json), cost);
    }

    /// <summary>Golden data lies beside the agent's tests: what they print stays with people.</summary>
    private static string ReasonOf(Attempt attempt) =>
        attempt.Checks.FirstOrDefault(c => c.Passed == false) is { Name: RepairRunner.Tests } ? $"{RepairRunner.Tests}: the agent's own tests fail" : attempt.Reason;

    /// <summary>What one sample was asked, should have answered and answered.</summary>
    public static object View(FailureTrace trace) => new
    {
        Sample = trace.SampleId,
        trace.Input,
        Expected = trace.Target,
        Answered = trace.HeadOutput,
        trace.Error,
        Scores = trace.Scores.Take(MostLines),
        Steps = trace.Steps.Take(MostLines),
    };

    public static string Write(object data) => JsonSerializer.Serialize(data, Json);

    /// <summary>Failing visible samples as head answers them: recordings may tell, since nothing is decided by it.</summary>
    private static async Task<(IReadOnlyList<FailureTrace> Failures, RunCost Cost)> FailuresAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        List<Sample> samples = [.. LookRunner.Suspects(state.Looks[^1]).Take(MostSamples).Select(c => context.SampleOf(c.SampleId))];
        if (samples.Count == 0) return ([], RunCost.None);
        var run = await context.Stand.RunAsync(context.HeadVersion, samples, Draws.Look(0, 1), Recall.Recorded, "repair", cancellationToken);
        if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, $"The attempt is not counted; run `kintsugi incident resume {state.Incident}` when the world is back.");
        return ([.. run.Results.Where(r => r.Outcome == Outcome.Failed).Select(r => FailureTraces.Of(context.SampleOf(r.SampleId), r))], run.Cost);
    }

    private static async Task<IReadOnlyList<string>> MessagesAsync(IReadOnlyList<Triage.CommitView> commits, HealContext context, CancellationToken cancellationToken)
    {
        List<string> messages = [];
        foreach (var commit in commits.Take(MostSamples)) messages.Add(StrangersText.Block(await context.Git.MessageAsync(commit.Id, cancellationToken), MostLines, LongestMessage));
        return messages;
    }

    private static IEnumerable<string> Lines(IReadOnlyList<string> lines) => lines.Take(MostLines).Select(l => StrangersText.CodeLine(l, LongestLine));
}
