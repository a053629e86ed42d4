using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Cli;

/// <summary>Makes the version that was asked for the one that others are held against.</summary>
internal static class Blessing
{
    /// <summary>Runs K fresh epochs of head and writes them beside the agent, whole or not at all.</summary>
    /// <exception cref="WorldFailedException">More than a tenth of the runs failed for the world's reasons.</exception>
    /// <exception cref="UnusableBaseException">The version does not start.</exception>
    public static async Task<Baseline> BlessAsync(
        Workspace workspace, AgentStand stand, Dataset dataset, IReadOnlyList<IScorer> scorers, CancellationToken cancellationToken)
    {
        var (head, runs) = (workspace.Head, workspace.Agent.Gate.BaselineRuns);
        var (outcomes, run) = await BaselineRunner.RunAsync(stand, new StandVersion(head.Id, head.Tree), dataset, runs, cancellationToken);
        var manifest = await workspace.ManifestAsync(head, cancellationToken);
        var samples = dataset.Samples.ToDictionary(s => s.Id, s => new BaselineSample(s.Hash, outcomes.GetValueOrDefault(s.Id, "")));
        var baseline = new Baseline(1, workspace.Agent.Name, head.Id, manifest, workspace.Clock.GetUtcNow(), runs, BaselineRunner.Hash(scorers), samples);
        Save(workspace, baseline);
        var rate = IncidentReports.RateOf(baseline.Samples.Values.Select(s => s.Outcomes));
        await workspace.NoteVersionAsync(head, SeenBy.Bless, new FoundOfVersion("blessed", rate.Passed, rate.Runs), run.ModelsThatAnswered(), null, cancellationToken);
        return baseline;
    }

    private static void Save(Workspace workspace, Baseline baseline)
    {
        _ = workspace.Database; // makes .kintsugi with its .gitignore
        var temporary = workspace.BaselineFile + ".new";
        File.WriteAllText(temporary, baseline.Write());
        File.Move(temporary, workspace.BaselineFile, overwrite: true);
    }
}
