using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli;

/// <summary>Makes the baseline of a version from fresh runs, all of them: a run that looks bad is never dropped.</summary>
internal static class Blessing
{
    /// <summary>Hash over all scorers: outcomes judged by others cannot be compared.</summary>
    public static string Hash(IReadOnlyList<IScorer> scorers) => CanonicalJson.Hash(System.Text.Json.JsonSerializer.SerializeToElement(scorers.Select(s => s.Hash)));

    /// <summary>Runs K fresh epochs of <paramref name="commit"/>.</summary>
    /// <exception cref="WorldFailedException">More than a tenth of the runs failed for the world's reasons.</exception>
    public static async Task<(Baseline Baseline, EvalRun Run)> BlessAsync(
        Workspace workspace, AgentStand stand, Dataset dataset, IReadOnlyList<IScorer> scorers, Commit commit, CancellationToken cancellationToken)
    {
        var runs = workspace.Agent.Gate.BaselineRuns;
        var run = await stand.RunAsync(
            new StandVersion(commit.Id, commit.Tree), dataset.Samples, Draws.Bless(runs), Recall.Fresh, "bless", cancellationToken);
        if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, "Nothing was blessed. Run again when the world is back.");
        var outcomes = Outcomes.BySample(run);
        var manifest = AgentVersions.Compute(
            [.. (await workspace.Git.ListAsync(commit.Tree, cancellationToken)).Select(f => (f.Path, f.Mode, f.Blob))], workspace.Git.Prefix, workspace.Agent).Manifest;
        var samples = dataset.Samples
            .Select(s => (s.Id, Sample: new BaselineSample(s.Hash, outcomes.GetValueOrDefault(s.Id, "").Replace("w", "", StringComparison.Ordinal))))
            .ToDictionary(s => s.Id, s => s.Sample);
        return (new Baseline(1, workspace.Agent.Name, commit.Id, manifest, workspace.Clock.GetUtcNow(), runs, Hash(scorers), samples), run);
    }

    /// <summary>Writes the baseline beside the agent, whole or not at all.</summary>
    public static void Save(Workspace workspace, Baseline baseline)
    {
        _ = workspace.Database; // makes .kintsugi with its .gitignore
        var temporary = workspace.BaselineFile + ".new";
        File.WriteAllText(temporary, baseline.Write());
        File.Move(temporary, workspace.BaselineFile, overwrite: true);
    }

    /// <summary>Outcomes of the base by sample: the blessed ones where they fit, else those of fresh runs made now.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> OutcomesAsync(
        Workspace workspace, AgentStand stand, Dataset dataset, IReadOnlyList<IScorer> scorers, Commit from, Baseline? blessed, CancellationToken cancellationToken)
    {
        if (blessed is null || blessed.Commit != from.Id || blessed.Scorers != Hash(scorers))
            (blessed, _) = await BlessAsync(workspace, stand, dataset, scorers, from, cancellationToken);
        return dataset.Samples
            .Select(s => (s.Id, Outcomes: blessed.OutcomesOf(s)))
            .Where(s => s.Outcomes is not (null or ""))
            .ToDictionary(s => s.Id, s => s.Outcomes!);
    }
}
