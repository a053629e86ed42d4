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

    /// <summary>Runs of a sample after which a trial takes the likelier answer.</summary>
    private const int MostRuns = 24;

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

        var known = TrialSets.OfTrial(state);
        List<Sample> samples = [.. known.Select(k => context.SampleOf(k.SampleId))];
        var runs = known.Select(_ => new TrialRuns(0, 0)).ToList();
        var (cost, took) = (RunCost.None, TimeSpan.Zero);
        for (var done = 0; ;)
        {
            var decision = TrialTest.Decide(known, runs, trial.Error, MostRuns);
            var (passed, failed) = (runs.Sum(r => r.Passes), runs.Sum(r => r.Failures));
            if (decision.Outcome is { } outcome) return new TrialRun(trial, outcome, passed, passed + failed, cost, took);

            var draws = Draws.Look((trial.Attempt * MostRuns) + done, decision.MoreRuns);
            var run = await context.Stand.RunAsync(new StandVersion(context.Head.Id, tree), samples, draws, Recall.Recorded, "search", cancellationToken);
            (cost, took, done) = (cost + run.Cost, took + run.Duration, done + decision.MoreRuns);
            if (run.StartFailure is not null && state.Looks[^1].StartFailure is null) return new TrialRun(trial, TrialOutcome.Unresolved, passed, run.Results.Count, cost, took);
            if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, $"The search goes on where it was with `kintsugi incident resume {state.Incident}`.");
            for (var i = 0; i < samples.Count; i++)
            {
                var own = run.Results.Where(r => r.SampleId == samples[i].Id).ToList();
                runs[i] = new TrialRuns(runs[i].Failures + own.Count(r => r.Outcome == Outcome.Failed), runs[i].Passes + own.Count(r => r.Outcome == Outcome.Passed));
            }
        }
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
