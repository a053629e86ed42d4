using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli;

/// <summary>One version of an agent, ready to be run on its dataset and held against its baseline.</summary>
internal sealed class VersionEvaluation
{
    private readonly Workspace _workspace;
    private readonly Dataset _dataset;
    private readonly IReadOnlyList<IScorer> _scorers;
    private readonly IReadOnlyDictionary<string, string> _blessed;
    private readonly EpochPlan? _plan;

    private VersionEvaluation(Workspace workspace, Dataset dataset, IReadOnlyList<IScorer> scorers, Baseline? baseline, string manifest)
    {
        (_workspace, _dataset, _scorers) = (workspace, dataset, scorers);
        var comparable = baseline?.Scorers == BaselineRunner.Hash(scorers) ? baseline : null;
        _blessed = dataset.Samples.ToDictionary(s => s.Id, s => comparable?.OutcomesOf(s) ?? "");
        _plan = comparable is null ? null : LookRunner.Plan(_blessed.Values, workspace.Agent.Gate);
        HasChanged = comparable?.Manifest != manifest;
    }

    public Workspace Workspace => _workspace;

    /// <summary>Whether any component differs from the blessed version; true as well when nothing that could be held against it was blessed.</summary>
    public bool HasChanged { get; }

    /// <summary>What the run is stored as: one that asked nobody forecasts nothing of one that does.</summary>
    private string Purpose => IsReplayed ? "replay" : "eval";

    private bool IsReplayed => _workspace.CassetteMode == CassetteMode.Replay;

    private int Epochs => _plan?.First.Epochs ?? _workspace.Agent.Gate.MinEpochs;

    /// <exception cref="Kintsugi.Evaluation.BadFileException">The dataset, the scorers or the baseline cannot be used.</exception>
    public static async Task<VersionEvaluation> OpenAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var dataset = await workspace.ReadDatasetAsync(cancellationToken);
        var scorers = await workspace.ScorersAsync(cancellationToken);
        DatasetFile.Check(dataset, scorers);
        return new VersionEvaluation(workspace, dataset, scorers, workspace.ReadBaseline(), await workspace.ManifestAsync(workspace.Head, cancellationToken));
    }

    /// <summary>What a run would do, and what the last one of this agent says that it would cost. Runs nothing.</summary>
    public EvalPlanDocument Plan()
    {
        var runs = _dataset.Samples.Count * Epochs;
        var last = new ResultStore(_workspace.Database, _workspace.Clock).Last(_workspace.Agent.Name, "eval");
        var share = last is { Results.Count: > 0 } ? (double)runs / last.Results.Count : 0;
        return new EvalPlanDocument(
            _workspace.Head.Id, _dataset.Samples.Count, Epochs, runs, _plan is not null, (decimal?)_plan?.HealthyShare,
            last is { Results.Count: > 0 }
                ? new EvalForecast((int)Math.Round(last.Cost.ModelCalls * share), last.Cost.Usd * (decimal)share, (long)(last.Duration.TotalMilliseconds * share))
                : null);
    }

    /// <exception cref="WorldFailedException">More than a tenth of the runs failed for the world's reasons.</exception>
    public async Task<EvaluatedVersion> RunAsync(CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine();
        var run = await _workspace.Stand(_scorers, progress).RunAsync(
            new StandVersion(_workspace.Head.Id, _workspace.Head.Tree), _dataset.Samples, Draws.Look(0, Epochs), Recall.Fresh, Purpose, cancellationToken);
        if (LookRunner.SaysNothing(run))
        {
            throw LookRunner.Down(run, IsReplayed
                ? "Record what is missing by `kintsugi eval`, or take recordings in by `kintsugi cassette import FILE`."
                : WorldRemedy.Of(Outcomes.Faults(run), "Run again when the world is back."));
        }

        var outcomes = Outcomes.BySample(run);
        List<SampleRecord> records = [.. _dataset.Samples.Select(s => new SampleRecord(s.Id, s.HeldOut, _blessed[s.Id], outcomes.GetValueOrDefault(s.Id, "")))];
        var verdict = _plan is null ? null : LookRunner.View(
            Gate.Judge([.. records.Select(LookRunner.Counts)], _dataset.Samples.Count, _plan.First.Settings), records);
        return new EvaluatedVersion(_workspace.Head, _dataset, records, run, verdict, _workspace.CassetteMode);
    }
}
