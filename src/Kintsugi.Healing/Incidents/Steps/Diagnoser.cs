using System.Globalization;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Names the cause from what the interventions showed.</summary>
internal sealed class Diagnoser(IncidentState state, HealContext context)
{
    /// <param name="brought">Lines that the commit which bisection blames took out or put in, by file.</param>
    public async Task<IncidentEvent> DiagnoseAsync(Culprit culprit, IReadOnlySet<(string File, string Line)> brought, CancellationToken cancellationToken)
    {
        if (culprit.Hunks is []) return Nothing();
        var hunks = culprit.Hunks.Select(View).ToList();
        var started = context.Clock.GetTimestamp();
        var component = MainComponent(hunks);
        var cause = state.Looks[^1].StartFailure is not null ? Cause.Build : CauseOf(component);
        var contradiction = cause == Cause.Build ? null : await SpecContradictionAsync(culprit, cancellationToken);
        if (contradiction is not null) cause = Cause.GoldenOutdated;
        var action = cause switch
        {
            Cause.GoldenOutdated => RemedyAction.Escalate,
            Cause.Model => RemedyAction.Repin,
            _ => RemedyAction.Repair,
        };
        // Where the culprit is a move and the fault came into the moved file, bisection and the net diff tell of different commits.
        var isBrought = hunks.SelectMany(h => HunkSearch.BroughtLines(h.File, h.Removed, h.Added)).Any(brought.Contains);
        var evidence = Evidence(culprit);
        if (state.Bisection?.Culprit is not null && !isBrought && hunks.Any(h => h.Removed.Count + h.Added.Count > 0))
            evidence.Add("The culprit hunks are not that commit's: of the net diff they are what mends, and with it they broke.");
        var diagnosis = new Diagnosis(
            cause, action, component, hunks, [.. culprit.AlsoSufficient.Select(set => (IReadOnlyList<HunkView>)[.. set.Select(View)])],
            culprit.BreaksAlone, state.Bisection?.Culprit is { } commit && isBrought ? [commit] : [], Confidence(culprit), evidence, contradiction);
        return new Diagnosed(diagnosis, culprit.Hunks, culprit.AlsoSufficient, RunCost.None, context.Clock.GetElapsedTime(started));
    }

    private Diagnosed Nothing() => new(
        new Diagnosis(
            Cause.Unknown, RemedyAction.Escalate, null, [], [], null, [], 0,
            [.. Evidence(null), $"In {state.Trials.Count} trials no set of hunks was found whose removal mends head."], null),
        [], [], RunCost.None, TimeSpan.Zero);

    private HunkView View(int index) => state.Diff!.Hunks.Single(h => h.Index == index);

    private static Component MainComponent(IReadOnlyList<HunkView> hunks) =>
        hunks.GroupBy(h => h.Component!.Value).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key;

    private static Cause CauseOf(Component component) => component switch
    {
        Component.Prompt => Cause.Prompt,
        Component.Code => Cause.Code,
        Component.Tool => Cause.Tool,
        Component.Schema or Component.Data => Cause.DataStructure,
        Component.Model => Cause.Model,
        Component.Dependency => Cause.Dependency,
        _ => Cause.Unknown,
    };

    /// <summary>The least sure of the probes that the cause rests on.</summary>
    private double Confidence(Culprit culprit)
    {
        List<double> sure = [culprit.Confirmed ? 0.99 : 0.95];
        if (state.Swap is { Blamed.Count: > 0 } swap) sure.Add(swap.Posterior);
        if (state.Bisection is { Culprit: not null, CommitsInRange: > 1 } bisection) sure.Add(bisection.Posterior);
        return sure.Min();
    }

    private List<string> Evidence(Culprit? culprit)
    {
        List<string> evidence = [];
        if (state.Pairs is { } pairs) evidence.Add($"It repeats, and the baseline does not fail now: {pairs.Statement}");
        if (state.Looks[^1].StartFailure is { } failure) evidence.Add($"The agent does not start: {failure}");
        if (state.Swap is { } swap) evidence.AddRange(SwapEvidence.Of(swap));
        if (state.Bisection is { Culprit: { } commit } bisection)
            evidence.Add(string.Create(CultureInfo.InvariantCulture, $"Bisection of {bisection.CommitsInRange} commits: {commit.Id[..10]} (posterior {bisection.Posterior:0.000})."));
        if (culprit is null) return evidence;
        if (state.Swap is { Blamed: { Count: > 0 } blamed } && !culprit.Hunks.Any(h => blamed.Contains(View(h).Component!.Value)))
            evidence.Add($"Disputed: the swaps blame the {string.Join(" and the ", blamed.Select(Words.Snake))}, of which the culprit is no part.");
        var mended = state.Trials.LastOrDefault(t => t.Outcome == TrialOutcome.Good && t.Trial.Drop.SequenceEqual(culprit.Hunks));
        if (mended is not null) evidence.Add($"Head without {Name(culprit.Hunks)} passes {mended.Passed} of {mended.Runs} runs of the failing samples, with every other hunk in place.");
        if (culprit.BreaksAlone is { } alone) evidence.Add($"The base with {Name(culprit.Hunks)} and nothing else is {(alone ? "bad" : "good")}.");
        if (culprit.Hunks.Count > 1) evidence.Add("With any one of them back, head is bad.");
        evidence.AddRange(culprit.AlsoSufficient.Select(set => $"Head without {Name(set)} alone is good as well."));
        evidence.Add($"{Counted(state.Diff!.Hunks.Count, "hunk")} {(state.Diff.Hunks.Count == 1 ? "was" : "were")} searched in {Counted(state.Trials.Count, "trial")}.");
        return evidence;
    }

    private static string Counted(int count, string thing) => $"{count} {thing}{(count == 1 ? "" : "s")}";

    private static string Name(IReadOnlyList<int> hunks) => hunks.Count == 1 ? "the culprit hunk" : $"the {hunks.Count} culprit hunks";

    /// <summary>
    /// Whether the change was meant: files that state what is intended changed in the same range, the agent's own tests pass on head and fail once
    /// the culprit is gone, and the failing samples agree with each other. Without all three the cause stays what it is.
    /// </summary>
    private async Task<string?> SpecContradictionAsync(Culprit culprit, CancellationToken cancellationToken)
    {
        var changed = await context.Git.DiffAsync(context.Base.Tree, context.Head.Tree, cancellationToken);
        var spec = changed.Select(c => (c.New ?? c.Old)!.Path).Where(p => context.Files.IsSpec(p)).ToList();
        if (spec.Count == 0 || !SamplesAgree()) return null;
        var head = await context.Stand.TestAsync(context.HeadVersion, cancellationToken);
        if (head is not { Succeeded: true }) return null;
        var diff = await NetDiffs.ReadAsync(state, context, cancellationToken);
        var without = await NetDiffs.WithoutAsync(diff, [.. culprit.Hunks], context, cancellationToken);
        var restored = await context.Stand.TestAsync(new StandVersion(context.Head.Id, without), cancellationToken);
        return restored is null or { Succeeded: true }
            ? null
            : $"The agent's own tests pass on head and fail once the culprit is put back, and {string.Join(", ", spec)} changed in the same range: the change was meant, the golden dataset was not brought along.";
    }

    /// <summary>Whether head fails its failing samples every time, as a changed rule does and an accident of sampling does not.</summary>
    private bool SamplesAgree()
    {
        var worse = state.Looks[^1].Counts.Where(LookRunner.IsWorse).ToList();
        return worse.Count > 0 && worse.Count(r => Outcomes.Failures(r.Head) == Outcomes.Runs(r.Head)) >= 0.9 * worse.Count;
    }
}
