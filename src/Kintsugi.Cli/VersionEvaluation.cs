using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Routing;
using Kintsugi.Tracing;

namespace Kintsugi.Cli;

/// <summary>One version of an agent, ready to be run on its dataset and held against its baseline.</summary>
internal sealed class VersionEvaluation
{
    private const string NoKey =
        "A stranger's version gets no key, so recordings alone may answer, and for what it asks there are none. Whoever may write here can evaluate it: read it, have its branch in this repository, and run `kintsugi eval`.";

    private readonly Workspace _workspace;
    private readonly Dataset _dataset;
    private readonly IReadOnlyList<IScorer> _scorers;
    private readonly IReadOnlyList<SampleRecord> _blessed;
    private readonly EpochPlan? _plan;
    private readonly int _gone;
    private readonly string? _blessedCommit;

    private VersionEvaluation(Workspace workspace, Dataset dataset, IReadOnlyList<IScorer> scorers, Baseline? baseline, string manifest)
    {
        (_workspace, _dataset, _scorers) = (workspace, dataset, scorers);
        var comparable = baseline?.Scorers == BaselineRunner.Hash(scorers) ? baseline : null;
        _blessed = [.. dataset.Samples.Select(s => new SampleRecord(s.Id, s.HeldOut, comparable?.OutcomesOf(s) ?? "", ""))];
        _plan = comparable is null ? null : LookRunner.Plan(dataset.Samples, _blessed, workspace.Agent.Gate);
        _gone = comparable?.CountGone(dataset.Samples.Select(s => s.Id)) ?? 0;
        _blessedCommit = comparable?.Commit;
        HasChanged = comparable?.Manifest != manifest;
    }

    public Workspace Workspace => _workspace;

    /// <summary>Whether any component differs from the blessed version; true as well when nothing that could be held against it was blessed.</summary>
    public bool HasChanged { get; }

    /// <summary>The first block; without a baseline, as many runs as the file asks for at least.</summary>
    private EpochBlock Block => _plan?.First ?? LookRunner.Unplanned(_workspace.Agent.Gate);

    /// <summary>What the run is stored as: one that asked nobody forecasts nothing of one that does.</summary>
    private string Purpose => IsReplayed ? "replay" : "eval";

    private bool IsReplayed => _workspace.CassetteMode == CassetteMode.Replay;

    /// <exception cref="Kintsugi.Evaluation.BadFileException">The dataset, the scorers or the baseline cannot be used.</exception>
    public static async Task<VersionEvaluation> OpenAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var dataset = await workspace.ReadDatasetAsync(cancellationToken);
        var scorers = await workspace.ScorersAsync(cancellationToken);
        DatasetFile.Check(dataset, scorers);
        Scorers.ThrowIfAllAdvise(scorers);
        return new VersionEvaluation(workspace, dataset, scorers, workspace.ReadBaseline(), await workspace.ManifestAsync(workspace.Head, cancellationToken));
    }

    /// <summary>What a run would do, and what the last one of this agent says that it would cost. Runs nothing.</summary>
    public EvalPlanDocument Plan()
    {
        var samples = _dataset.Samples;
        var critical = samples.Count(s => s.Critical);
        var runs = RunsOf(Block);
        var last = new ResultStore(_workspace.Database, _workspace.Clock).Last(_workspace.Agent.Name, "eval");
        var share = last is { Results.Count: > 0 } ? (double)runs / last.Results.Count : 0;
        return new EvalPlanDocument(
            _workspace.Head.Id, samples.Count, Block.Epochs, critical, critical == 0 ? 0 : Block.CriticalEpochs, runs, _plan?.Second is { } second ? RunsOf(second) : 0,
            _plan is not null, (decimal?)_plan?.HealthyShare,
            _plan is null ? null : PlannedPower.From(Power.Of([.. _blessed.Zip(samples, LookRunner.Counts)], _plan)),
            last is { Results.Count: > 0 }
                ? new EvalForecast((int)Math.Round(last.Cost.ModelCalls * share), last.Cost.Usd * (decimal)share, (long)(last.Duration.TotalMilliseconds * share))
                : null);

        int RunsOf(EpochBlock block) => critical * block.CriticalEpochs + (samples.Count - critical) * block.Epochs;
    }

    /// <param name="isFast">Whether to stop as soon as the whole is decided.</param>
    /// <exception cref="WorldFailedException">More than a tenth of the runs failed for the world's reasons.</exception>
    public async Task<EvaluatedVersion> RunAsync(bool isFast, CancellationToken cancellationToken)
    {
        using var span = EvalSpan.StartEvaluation(_workspace.Agent, _workspace.Head.Id, Purpose, _blessedCommit);
        using var progress = new ProgressLine();
        var stand = _workspace.Stand(_scorers, progress);
        var (run, verdict, records) = await RunAsync(stand, Block, _blessed, isFast, cancellationToken);
        if (_plan?.Second is { } second && verdict!.Kind is VerdictKind.Insufficient or VerdictKind.Flaky)
        {
            var (more, later, all) = await RunAsync(stand, second, records, isFast, cancellationToken);
            (run, verdict, records) = (run.And(more), later, all);
        }
        ThrowIfUnrecorded(run, verdict);
        EvalSpan.Tell(span, run, verdict is null ? null : Words.Snake(verdict.Kind));
        await NoteAsync(run, verdict, records, cancellationToken);
        return new EvaluatedVersion(
            _workspace.Head, _dataset, records, run, verdict, _workspace.CassetteMode, _workspace.TrustedBase, [.. _scorers.OfType<JudgeScorer>().Select(j => EvalJudge.Of(j.InUse, run))]);
    }

    /// <summary>A stranger's question that nobody recorded counts against it, or it could ask one to be excused. Where it does not pass for that, nothing was shown of it either.</summary>
    private void ThrowIfUnrecorded(EvalRun run, VerdictView? verdict)
    {
        if (_workspace.TrustedBase is null || verdict?.Kind is VerdictKind.Healthy) return;
        var unrecorded = run.Results.Count(r => r.Outcome != Outcome.Passed && r.Trajectory.Steps.Any(IsUnrecorded));
        if (unrecorded > 0) throw new WorldFailedException(unrecorded, run.Results.Count, [$"{Faults.NoRecording} ({unrecorded})"], NoKey);

        static bool IsUnrecorded(Kintsugi.Tracing.Step step) => (step is ModelCall model ? model.Fault : step is UpstreamCall upstream ? upstream.Fault : null)?.Contains(Faults.NoRecording, StringComparison.Ordinal) is true;
    }

    private async Task NoteAsync(EvalRun run, VerdictView? verdict, IReadOnlyList<SampleRecord> records, CancellationToken cancellationToken)
    {
        var rate = verdict?.Candidate ?? IncidentReports.RateOf(records.Select(r => r.Head));
        var word = run.StartFailure is not null ? "not_started" : verdict is null ? EvalDocument.NoBaseline : Words.Snake(verdict.Kind);
        await _workspace.NoteVersionAsync(
            _workspace.Head, IsReplayed ? SeenBy.Replay : SeenBy.Eval, new FoundOfVersion(word, rate.Passed, rate.Runs), run.ModelsThatAnswered(), null, cancellationToken);
    }

    private async Task<(EvalRun Run, VerdictView? Verdict, IReadOnlyList<SampleRecord> Records)> RunAsync(
        AgentStand stand, EpochBlock block, IReadOnlyList<SampleRecord> before, bool isFast, CancellationToken cancellationToken)
    {
        var course = new BlockRun(block, _dataset.Samples, before, _workspace.Agent.Gate, Draws.Look, _workspace.Seed, isFast);
        var run = await stand.RunAsync(_workspace.HeadOnStand, course.First, course.Course, Recall.Fresh, Purpose, cancellationToken);
        if (LookRunner.SaysNothing(run))
        {
            throw LookRunner.Down(run, _workspace.TrustedBase is not null ? NoKey : IsReplayed
                ? "Record what is missing by `kintsugi eval`, or take recordings in by `kintsugi cassette import FILE`."
                : WorldRemedy.Of(Outcomes.Faults(run), "Run again when the world is back."));
        }

        var records = BlockRun.After(before, run.Results);
        return (run, _plan is null ? null : LookRunner.View(course.Judge(records), records, block.Settings, _dataset.Samples, _gone), records);
    }
}
