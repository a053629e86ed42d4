using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Runs configurations of a swap: head with some components as the base has them.</summary>
internal sealed class SwapStand(IncidentState state, HealContext context, NetDiff diff, IReadOnlyList<Component> differing)
{
    private readonly SampleTurns _sampling = new(state, context);

    public RunPrior Old => _sampling.Old;

    public RunPrior New => _sampling.New;

    /// <param name="all">All visible failing samples, else the next few.</param>
    public async Task<EvalRun?> TryAsync(int configuration, bool all, CancellationToken cancellationToken)
    {
        if (await TreeAsync(configuration, cancellationToken) is not { } tree) return null;
        var version = new StandVersion(context.Head.Id, tree);
        return all ? await _sampling.RunAllAsync(version, cancellationToken) : await _sampling.RunNextAsync(version, cancellationToken);
    }

    /// <summary>Chosen samples, for somebody who wants to look: nothing is concluded from it.</summary>
    public async Task<EvalRun?> AskAsync(int configuration, IReadOnlyList<Sample> samples, IReadOnlyList<int> draws, CancellationToken cancellationToken) =>
        await TreeAsync(configuration, cancellationToken) is { } tree
            ? await context.Stand.RunAsync(new StandVersion(context.Head.Id, tree), samples, draws, state.OwnRecordings, "advise", cancellationToken)
            : null;

    /// <exception cref="WorldFailedException">The world failed: nothing was shown, and it is to be run again.</exception>
    public async Task<TrialTold?> ProveAsync(int configuration, int n, CancellationToken cancellationToken)
    {
        if (await TreeAsync(configuration, cancellationToken) is not { } tree) return null;
        var known = TrialSets.OfTrial(state, TrialPurpose.Confirm);
        var test = new TrialRunner(state, context, tree, known, SwapSearch.ProofError, Recall.Fresh, (done, more) => Draws.Proof(n, done, more));
        return await test.RunAsync([.. known.Select(k => PaidFor(configuration, k.SampleId))], cancellationToken);
    }

    /// <summary>Where a proof asks for base or head as they are, the confirmation's pairs are its first runs: fresh, of that very version, and the search never saw them.</summary>
    private TrialRuns PaidFor(int configuration, string sampleId)
    {
        var pair = state.Pairs!.Pairs.FirstOrDefault(p => p.SampleId == sampleId);
        var runs = pair is null ? "" : configuration == 0 ? pair.Baseline : configuration == (1 << differing.Count) - 1 ? pair.Head : "";
        return new TrialRuns(Outcomes.Failures(runs), Outcomes.Runs(runs) - Outcomes.Failures(runs));
    }

    private async Task<string?> TreeAsync(int configuration, CancellationToken cancellationToken)
    {
        var old = differing.Where((_, c) => (configuration & (1 << c)) == 0).ToHashSet();
        return await NetDiffs.TryWithoutAsync(diff, [.. diff.Hunks.Where(h => old.Contains(diff.ComponentOf(h))).Select(h => h.Index)], context, cancellationToken);
    }
}
