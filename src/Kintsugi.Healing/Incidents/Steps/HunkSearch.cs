using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The search for the culprit hunks as the log has it so far: one trial at a time, then the diagnosis.</summary>
internal sealed class HunkSearch(IncidentState state, HealContext context)
{
    /// <summary>Weight of a hunk of the blamed component, and again of one that the blamed commit brought, against 1 for others.</summary>
    private const double Suspected = 8;

    /// <summary>Runs of a sample after which a trial takes the likelier answer.</summary>
    private const int MostRuns = 24;

    public async Task<IncidentEvent> NextAsync(CancellationToken cancellationToken)
    {
        var search = new SearchState(await SuspicionAsync(cancellationToken), [.. state.Trials.Select(t => new TrialObservation(t.Trial, t.Outcome))]);
        return CulpritSearch.Next(search) is { } trial
            ? await TryAsync(trial, cancellationToken)
            : await new Diagnoser(state, context).DiagnoseAsync(CulpritSearch.Result(search), await BroughtLinesAsync(cancellationToken), cancellationToken);
    }

    private async Task<TrialRun> TryAsync(Trial trial, CancellationToken cancellationToken)
    {
        var diff = await NetDiffs.ReadAsync(context, cancellationToken);
        if (await NetDiffs.TryWithoutAsync(diff, [.. trial.Drop], context, cancellationToken) is not { } tree)
            return new TrialRun(trial, TrialOutcome.Unresolved, 0, 0, RunCost.None, TimeSpan.Zero);

        var known = TrialSets.OfTrial(state, trial.Purpose);
        List<Sample> samples = [.. known.Select(k => context.SampleOf(k.SampleId))];
        var runs = known.Select(_ => new TrialRuns(0, 0)).ToList();
        var (cost, took) = (RunCost.None, TimeSpan.Zero);
        while (true)
        {
            var decision = TrialTest.Decide(known, runs, trial.Error, MostRuns);
            var (passed, failed) = (runs.Sum(r => r.Passes), runs.Sum(r => r.Failures));
            if (decision.Outcome is { } outcome) return new TrialRun(trial, outcome, passed, passed + failed, cost, took);

            foreach (var equal in decision.Samples.GroupBy(i => runs[i].Passes + runs[i].Failures).ToList())
            {
                var draws = Draws.Look((trial.Attempt * MostRuns) + equal.Key, decision.MoreRuns);
                var run = await context.Stand.RunAsync(
                    new StandVersion(context.Head.Id, tree), [.. equal.Select(i => samples[i])], draws, Recall.Recorded, "search", cancellationToken);
                (cost, took) = (cost + run.Cost, took + run.Duration);
                if (run.StartFailure is not null && state.Looks[^1].StartFailure is null) return new TrialRun(trial, TrialOutcome.Unresolved, passed, run.Results.Count, cost, took);
                if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, $"The search goes on where it was with `kintsugi incident resume {state.Incident}`.");
                foreach (var i in equal)
                {
                    var own = run.Results.Where(r => r.SampleId == samples[i].Id).ToList();
                    runs[i] = new TrialRuns(runs[i].Failures + own.Count(r => r.Outcome == Outcome.Failed), runs[i].Passes + own.Count(r => r.Outcome == Outcome.Passed));
                }
            }
        }
    }

    /// <summary>What swaps and bisection say of each hunk.</summary>
    private async Task<IReadOnlyList<double>> SuspicionAsync(CancellationToken cancellationToken)
    {
        var brought = await BroughtLinesAsync(cancellationToken);
        return [.. state.Diff!.Hunks.Select(h =>
            (h.Removed.Concat(h.Added).Any(line => brought.Contains((h.File, line))) ? Suspected : 1)
            * (h.Component is { } component && state.Swap?.Blamed.Contains(component) == true ? Suspected : 1))];
    }

    /// <summary>Lines that the blamed commit took out or put in, by file; empty when no commit is blamed.</summary>
    private async Task<HashSet<(string File, string Line)>> BroughtLinesAsync(CancellationToken cancellationToken)
    {
        HashSet<(string, string)> brought = [];
        if (state.Bisection?.Culprit is not { } blamed) return brought;
        var range = await CommitRange.ReadAsync(context, cancellationToken);
        var (before, commit) = range.Zip(range.Skip(1)).Single(step => step.Second.Id == blamed.Id);
        var diff = await NetDiffs.ReadAsync(before, commit, context, cancellationToken);
        foreach (var hunk in diff.Hunks) brought.UnionWith(hunk.Removed.Concat(hunk.Added).Select(line => (hunk.File, line)));
        return brought;
    }
}
