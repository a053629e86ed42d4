using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The search for the culprit hunks as the log has it so far: one trial at a time, then the diagnosis.</summary>
internal sealed class HunkSearch(IncidentState state, HealContext context)
{
    /// <summary>Weight of a hunk of the blamed component, or of a file that the blamed commit touches, against 1 for others.</summary>
    private const double Suspected = 8;

    public async Task<IncidentEvent> NextAsync(CancellationToken cancellationToken)
    {
        var search = new SearchState(await SuspicionAsync(cancellationToken), [.. state.Trials.Select(t => new TrialObservation(t.Trial, t.Outcome))]);
        return CulpritSearch.Next(search) is { } trial
            ? await TryAsync(trial, cancellationToken)
            : await new Diagnoser(state, context).DiagnoseAsync(CulpritSearch.Result(search), cancellationToken);
    }

    private async Task<TrialRun> TryAsync(Trial trial, CancellationToken cancellationToken)
    {
        string tree;
        try
        {
            var diff = await NetDiffs.ReadAsync(context, cancellationToken);
            tree = await NetDiffs.WithoutAsync(diff, [.. trial.Drop], context, cancellationToken);
        }
        catch (CannotComposeException)
        {
            return new TrialRun(trial, TrialOutcome.Unresolved, 0, 0, RunCost.None, TimeSpan.Zero);
        }

        List<Sample> samples = [.. state.Diff!.Samples.Select(context.SampleOf)];
        var warm = new SampleTurns(state, context);
        var (passed, failed) = (0, 0);
        var (cost, took) = (RunCost.None, TimeSpan.Zero);
        for (var block = 0; block < TrialTest.MostBlocks; block++)
        {
            var draws = Draws.Look((trial.Attempt * TrialTest.MostBlocks) + block, 1);
            var run = await context.Stand.RunAsync(new StandVersion(context.Head.Id, tree), samples, draws, Recall.Recorded, "search", cancellationToken);
            (cost, took) = (cost + run.Cost, took + run.Duration);
            if (run.StartFailure is not null && state.Looks[^1].StartFailure is null) return new TrialRun(trial, TrialOutcome.Unresolved, 0, run.Results.Count, cost, took);
            passed += run.Results.Count(r => r.Outcome == Outcome.Passed);
            failed += run.Results.Count(r => r.Outcome == Outcome.Failed);
            if (TrialTest.Decide(warm.Old, warm.New, failed, passed, trial.Error) is { } outcome)
                return new TrialRun(trial, outcome, passed, passed + failed, cost, took);
        }
        return new TrialRun(trial, TrialOutcome.Unresolved, passed, passed + failed, cost, took);
    }

    /// <summary>What swaps and bisection say of each hunk.</summary>
    private async Task<IReadOnlyList<double>> SuspicionAsync(CancellationToken cancellationToken)
    {
        HashSet<string> touched = [];
        if (state.Bisection?.Culprit is { } blamed)
        {
            var commit = await context.Git.ResolveAsync(blamed.Id, cancellationToken);
            var parent = await context.Git.ResolveAsync(commit.Parents[0], cancellationToken);
            foreach (var changed in await context.Git.DiffAsync(parent.Tree, commit.Tree, cancellationToken))
                touched.UnionWith(new[] { changed.Old?.Path, changed.New?.Path }.OfType<string>());
        }
        return [.. state.Diff!.Hunks.Select(h =>
            (touched.Contains(h.File) ? Suspected : 1) * (h.Component is { } component && state.Swap?.Blamed.Contains(component) == true ? Suspected : 1))];
    }
}
