using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Detection's looks: runs the candidate and holds it against the blessed outcomes of the baseline.</summary>
public sealed class LookRunner
{
    /// <summary>Above this share of world failures a look says nothing; below it they leave the denominator.</summary>
    private const double WorldShare = 0.10;

    public async Task<IncidentEvent> RunAsync(LookStep step, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        if (step.Wait > TimeSpan.Zero) await Task.Delay(step.Wait, context.Clock, cancellationToken);
        var earlier = state.Looks is [.., var last] ? last.Counts.ToDictionary(c => c.SampleId) : [];
        var already = earlier.Values.Select(c => c.Head.Length).DefaultIfEmpty(0).Max();
        var settings = Settings(context, step.N);
        var epochs = step.N == 0 ? FirstBlock(context) : Math.Max(1, context.Agent.Gate.MaxEpochs - already);

        var run = await context.Stand.RunAsync(
            context.HeadVersion, context.Dataset.Samples, Draws.Look(already, epochs), Recall.Recorded, "detect", cancellationToken);

        var affected = run.Results.Count(r => r.Outcome == Outcome.World);
        if (affected > WorldShare * run.Results.Count)
            return new WorldFailed(step.N, Outcomes.Faults(run), affected, run.Results.Count, run.Cost, run.Duration);

        var outcomes = Outcomes.BySample(run);
        List<SampleRecord> records = [.. context.Dataset.Samples.Select(s => new SampleRecord(
            s.Id, s.HeldOut, context.Blessed.GetValueOrDefault(s.Id, ""), (earlier.GetValueOrDefault(s.Id)?.Head ?? "") + outcomes.GetValueOrDefault(s.Id, "")))];
        var verdict = Gate.Judge([.. records.Select(Counts)], context.Dataset.Samples.Count, settings);
        return new Looked(step.N, View(verdict, records), records, run.StartFailure, Trace(run, records, context), run.Cost, run.Duration);
    }

    public static SampleCounts Counts(SampleRecord record) => new(
        record.SampleId, Outcomes.Failures(record.Baseline), Outcomes.Runs(record.Baseline), Outcomes.Failures(record.Head), Outcomes.Runs(record.Head));

    public static VerdictView View(Verdict verdict, IReadOnlyList<SampleRecord> records) => new(
        verdict.Kind, verdict.Plain, verdict.Statement, IncidentReports.RateOf(records.Select(r => r.Baseline)), IncidentReports.RateOf(records.Select(r => r.Head)),
        records.Count, records.Count(IsWorse), records.Sum(r => r.Head.Count(c => c == 'w')));

    /// <summary>Whether a sample fails more often now than it did.</summary>
    public static bool IsWorse(SampleRecord record)
    {
        var counts = Counts(record);
        if (counts.CandidateRuns == 0) return false;
        var before = counts.BaselineRuns == 0 ? 0 : (double)counts.BaselineFailures / counts.BaselineRuns;
        return (double)counts.CandidateFailures / counts.CandidateRuns > before + 0.5;
    }

    /// <summary>Runs per sample, fixed before the candidate runs, from the baseline alone.</summary>
    private static int FirstBlock(HealContext context) => EpochPlan.Plan(
        [.. context.Dataset.Samples.Select(s => context.Blessed.GetValueOrDefault(s.Id, "")).Select(b => (Outcomes.Failures(b), Outcomes.Runs(b)))],
        context.Agent.Gate.MinEpochs, context.Agent.Gate.MaxEpochs, Settings(context, 0));

    private static GateSettings Settings(HealContext context, int look)
    {
        var gate = context.Agent.Gate;
        return new GateSettings(gate.Floor, gate.Alpha, gate.Beta, gate.Margin, gate.Odds, look);
    }

    /// <summary>The failure shown first: a visible sample that always passed and always fails now, the shortest to read.</summary>
    private static FailureTrace? Trace(EvalRun run, IReadOnlyList<SampleRecord> records, HealContext context)
    {
        var worse = records.Where(r => !r.HeldOut && IsWorse(r)).Select(r => r.SampleId).ToHashSet();
        var shown = run.Results.Where(r => r.Outcome == Outcome.Failed && worse.Contains(r.SampleId))
            .MinBy(r => (context.SampleOf(r.SampleId).Input.GetRawText().Length, r.SampleId));
        return shown is null ? null : FailureTraces.Of(context.SampleOf(shown.SampleId), shown);
    }
}
