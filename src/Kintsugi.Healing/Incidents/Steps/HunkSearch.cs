using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The search for the culprit hunks as the log has it so far: one trial at a time, then the diagnosis.</summary>
internal sealed class HunkSearch(IncidentState state, HealContext context)
{
    /// <summary>Weight of a hunk of the blamed component, and again of one that the blamed commit brought, against 1 for others.</summary>
    private const double Suspected = 8;

    public async Task<IncidentEvent> NextAsync(CancellationToken cancellationToken)
    {
        var search = new SearchState(await SuspicionAsync(cancellationToken), [.. state.Trials.Select(t => new TrialObservation(t.Trial, t.Outcome))]) { Together = Renames.Of(state.Diff!.Hunks) };
        return CulpritSearch.Next(search) is { } trial
            ? await TryAsync(trial, cancellationToken)
            : await new Diagnoser(state, context).DiagnoseAsync(CulpritSearch.Result(search), await BroughtLinesAsync(cancellationToken), cancellationToken);
    }

    private async Task<TrialRun> TryAsync(Trial trial, CancellationToken cancellationToken)
    {
        var diff = await NetDiffs.ReadAsync(state, context, cancellationToken);
        if (await NetDiffs.TryWithoutAsync(diff, [.. trial.Drop], context, cancellationToken) is not { } tree)
            return new TrialRun(trial, TrialOutcome.Unresolved, 0, 0, RunCost.None, TimeSpan.Zero);

        var known = TrialSets.OfTrial(state, trial.Purpose);
        var test = new TrialRunner(state, context, tree, known, trial.Error, Recall.Recorded, (done, more) => Draws.Look((trial.Attempt * TrialRunner.MostRuns) + done, more));
        var told = await test.RunAsync([.. known.Select(_ => new TrialRuns(0, 0))], cancellationToken);
        return new TrialRun(trial, told.Outcome, told.Passed, told.Runs, told.Cost, told.Took);
    }

    /// <summary>What swaps and bisection say of each hunk.</summary>
    private async Task<IReadOnlyList<double>> SuspicionAsync(CancellationToken cancellationToken)
    {
        var brought = await BroughtLinesAsync(cancellationToken);
        return [.. state.Diff!.Hunks.Select(h =>
            (BroughtLines(h.File, h.Removed, h.Added).Any(brought.Contains) ? Suspected : 1)
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
        foreach (var hunk in diff.Hunks) brought.UnionWith(BroughtLines(hunk.File, hunk.Removed, hunk.Added));
        return brought;
    }

    /// <summary>What a hunk took out or put in, by file, as two diffs can be compared that may cut a paragraph in other places.</summary>
    public static IEnumerable<(string File, string Line)> BroughtLines(string file, IEnumerable<string> removed, IEnumerable<string> added) =>
        removed.Concat(added).SelectMany(line => Hunks.IsProse(file) ? Clauses.Words(line) : [line]).Select(line => (file, line));
}
