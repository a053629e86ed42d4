using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What versions are held against: outcomes of a good one, from fresh runs, all of them. A run that looks bad is never dropped.</summary>
public static class BaselineRunner
{
    /// <summary>Hash over all scorers: outcomes judged by others cannot be compared.</summary>
    public static string Hash(IReadOnlyList<IScorer> scorers) => CanonicalJson.Hash(System.Text.Json.JsonSerializer.SerializeToElement(scorers.Select(s => s.Hash)));

    /// <summary>Runs <paramref name="epochs"/> fresh epochs of every sample.</summary>
    /// <returns>Outcomes by sample; runs that the world failed are in none of them.</returns>
    /// <exception cref="WorldFailedException">More than a tenth of the runs failed for the world's reasons.</exception>
    /// <exception cref="UnusableBaseException">The version does not start.</exception>
    public static async Task<(IReadOnlyDictionary<string, string> Outcomes, EvalRun Run)> RunAsync(
        AgentStand stand, StandVersion version, Dataset dataset, int epochs, CancellationToken cancellationToken)
    {
        var run = await stand.RunAsync(version, dataset.Samples, Draws.Bless(epochs), Recall.Fresh, "bless", cancellationToken);
        if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, "There is no baseline without them. Run again when the world is back.");
        if (run.StartFailure is { } failure) throw new UnusableBaseException(version.Commit, failure);
        return (Outcomes.BySample(run).ToDictionary(s => s.Key, s => s.Value.Replace("w", "", StringComparison.Ordinal)), run);
    }

    /// <summary>The blessed outcomes of the base where they fit, else those of runs made now. Samples that came or changed since the blessing are run now, so that a case that was added for what broke can show it;
    /// those that the base mostly fails have no good outcome to be held against, and stay without. Where more than half are such, the blessing is of another dataset, and nothing is made up for it.</summary>
    internal static async Task<BaselineTaken> TakeAsync(HealContext context, CancellationToken cancellationToken)
    {
        if (context.Blessed is not { } blessed || blessed.Commit != context.Base.Id || blessed.Scorers != Hash(context.Scorers))
        {
            var (outcomes, all) = await RunAsync(context.Stand, context.BaseVersion, context.Dataset, context.Agent.Gate.BaselineRuns, cancellationToken);
            return new BaselineTaken(false, WithRuns(outcomes.Select(s => (s.Key, (string?)s.Value))), all.Cost, all.Duration);
        }
        var known = WithRuns(context.Dataset.Samples.Select(s => (s.Id, blessed.OutcomesOf(s))));
        List<Sample> later = [.. context.Dataset.Samples.Where(s => !known.ContainsKey(s.Id))];
        if (later is [] || 2 * known.Count < context.Dataset.Samples.Count) return new BaselineTaken(true, known, RunCost.None, TimeSpan.Zero);
        var (added, run) = await RunAsync(context.Stand, context.BaseVersion, context.Dataset with { Samples = later }, context.Agent.Gate.BaselineRuns, cancellationToken);
        foreach (var (sample, outcomes) in added.Where(s => 2 * s.Value.Count(c => c == '1') > s.Value.Length)) known[sample] = outcomes;
        return new BaselineTaken(true, known, run.Cost, run.Duration);
    }

    private static Dictionary<string, string> WithRuns(IEnumerable<(string Id, string? Outcomes)> samples) =>
        samples.Where(s => s.Outcomes is not (null or "")).ToDictionary(s => s.Id, s => s.Outcomes!);
}
