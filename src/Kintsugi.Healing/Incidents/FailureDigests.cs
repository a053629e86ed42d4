using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Healing.Incidents;

/// <summary>Reads out of the stored runs what a confirmed regression's failures say.</summary>
/// <remarks>
/// Nothing of it is in the log: it is a view of the runs that the looks were made of, which are found by version and by the time at which the look was logged, so it is
/// the same whenever it is asked. Where those runs are not stored (another machine's incident, a database moved away) there is no view.
/// </remarks>
public static class FailureDigests
{
    private const string PurposeOfLooks = "detect";
    private const int MostSuspects = 3;
    private const string Traceback = "Traceback (most recent call last)";

    /// <returns>Null without a confirmed regression, or when its runs are not stored.</returns>
    public static FailureDigest? Of(IncidentState state, ResultStore results)
    {
        if (state is not { Pairs.Confirmed: true, Looks: [.., var look] }) return null;
        var failed = state.Log.Reverse().TakeWhile(e => e.Event is not Revisited).Where(e => e.Event is Looked)
            .Select(e => results.Last(state.Opened.Agent, PurposeOfLooks, state.Head.Id, e.At)).OfType<EvalRun>()
            .SelectMany(run => run.Results).Where(r => r.Outcome == Outcome.Failed).ToList();
        if (failed.Count == 0) return null;

        var first = failed.DistinctBy(r => r.SampleId).ToDictionary(r => r.SampleId, StringComparer.Ordinal);
        List<FailureText> texts = [.. look.Counts.Where(c => !c.HeldOut && LookRunner.IsWorse(c) && first.ContainsKey(c.SampleId)).Select(c => new FailureText(c.SampleId, Said(first[c.SampleId])))];
        var heldOut = look.Counts.Where(c => c.HeldOut).ToList();
        return new FailureDigest(texts.Count, FailureClusters.Of(texts), heldOut.Count(LookRunner.IsWorse), heldOut.Count, look.Trace is { } trace ? Suspects(trace, failed) : []);
    }

    /// <summary>The error with what it ended in, or what the scorers that refused the answer say.</summary>
    private static string Said(SampleResult result)
    {
        if (result.Error is not { } error) return string.Join("; ", result.Scores.Where(s => !s.Passed).Select(s => s.Reason));
        var trace = error.Message.LastIndexOf(Traceback, StringComparison.Ordinal);
        return trace < 0 ? $"{error.Type}: {error.Message}" : error.Message[trace..];
    }

    /// <summary>Steps that are more suspect than chance has it, of the very run that the trace shows.</summary>
    private static List<SuspectStep> Suspects(FailureTrace shown, IReadOnlyList<SampleResult> failed)
    {
        var run = failed.FirstOrDefault(r => r.SampleId == shown.SampleId && FailureTraces.Lines(r.Trajectory).SequenceEqual(shown.Steps));
        if (run is null) return [];
        var trace = FailedTrace.Of(shown.Input, run.Trajectory, run.Error);
        if (trace.Steps.Count < 2) return [];
        return [.. StepRanker.Recorded.Rank(trace).Steps
            .Where(s => s.Probability > 1.0 / trace.Steps.Count).Take(MostSuspects)
            .Select(s => new SuspectStep(s.Step < run.Trajectory.Steps.Count ? s.Step + 1 : null, InWords(s.Step), s.Probability))];

        string InWords(int step) => step < run.Trajectory.Steps.Count
            ? FailureTraces.Line(run.Trajectory.Steps[step])
            : StrangersText.OneLine($"{trace.Steps[step].Agent}: {trace.Steps[step].Content}", FailureTraces.LongestLine);
    }
}
