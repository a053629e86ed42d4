using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Triage by intervention: every cause it names is something that was changed, and what happened then.</summary>
public static class TriageRunner
{
    /// <summary>Runs after which swaps and bisection give up being surer.</summary>
    internal const int MostQueries = 60;

    private const double SureOfCommit = 0.95;

    /// <summary>That the model has changed, where all that is known is that something outside has.</summary>
    private const double NoLikelierThanNot = 0.5;

    /// <summary>Weight of a commit that touches a blamed component, against 1.</summary>
    private const double Suspected = 8;

    /// <summary>Share of ranges in which no single commit is the culprit.</summary>
    private const double NoCulpritPrior = 0.1;

    public static async Task<DiffCut> CutAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var diff = await NetDiffs.ReadAsync(context, cancellationToken);
        return new DiffCut([.. diff.Hunks.Select(h => NetDiffs.View(diff, h))], [.. TrialSets.Of(state).Select(s => s.SampleId)]);
    }

    /// <summary>Which component, taken from head into base, spoils the agent.</summary>
    public static async Task<ComponentsSwapped> SwapAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var differing = state.Diff!.Hunks.Select(h => h.Component!.Value).Distinct().Order().ToList();
        if (differing.Count == 1) return new ComponentsSwapped(differing, $"only the {Words.Snake(differing[0])} differs", 1, [], RunCost.None, TimeSpan.Zero);
        var stand = new SwapStand(state, context, await NetDiffs.ReadAsync(state, context, cancellationToken), differing);
        return await new SwapSearch(differing, stand.Old, stand.New, stand.TryAsync, stand.ProveAsync).RunAsync(cancellationToken);
    }

    /// <summary>Which commit of the range broke it.</summary>
    public static async Task<CommitsBisected> BisectAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var range = await CommitRange.ReadAsync(context, cancellationToken);
        var commits = range.Count - 1;
        if (commits < 2)
            return new CommitsBisected(commits == 1 ? View(range[1]) : null, commits, commits, RunCost.None, TimeSpan.Zero);

        var prior = Bisection.Prior(await SuspicionAsync(range, state, context, cancellationToken), NoCulpritPrior);
        var sampling = new SampleTurns(state, context);
        List<BisectObservation> observations = [];
        var (cost, took) = (RunCost.None, TimeSpan.Zero);
        var posterior = Bisection.Posterior(range.Count, prior, sampling.Old, sampling.New, observations);
        while (posterior.Max() < SureOfCommit && sampling.Asked < MostQueries)
        {
            var at = Bisection.Next(range.Count, prior, sampling.Old, sampling.New, observations).Commit;
            var run = await sampling.RunNextAsync(new StandVersion(range[at].Id, range[at].Tree), cancellationToken);
            (cost, took) = (cost + run.Cost, took + run.Duration);
            foreach (var result in run.Results.Where(r => r.Outcome != Outcome.World)) observations.Add(new BisectObservation(at, result.Outcome == Outcome.Failed));
            posterior = Bisection.Posterior(range.Count, prior, sampling.Old, sampling.New, observations);
        }
        var best = posterior.Index().MaxBy(p => p.Item).Index;
        var found = posterior[best] >= SureOfCommit && best < commits ? View(range[best + 1]) : null;
        return new CommitsBisected(found, posterior[best], commits, cost, took);
    }

    /// <summary>Commits that touch a blamed component weigh eight times the others.</summary>
    private static async Task<List<double>> SuspicionAsync(IReadOnlyList<Commit> range, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        List<double> weights = [];
        foreach (var (before, commit) in range.Zip(range.Skip(1)))
        {
            var touched = await context.Git.DiffAsync(before.Tree, commit.Tree, cancellationToken);
            var blamed = touched.Any(c => context.Files.ComponentOf((c.New ?? c.Old)!.Path) is { } component && state.Swap!.Blamed.Contains(component));
            weights.Add(blamed ? Suspected : 1);
        }
        return weights;
    }

    /// <summary>The next trial of the search for the culprit hunks, or, when the search is done, the diagnosis.</summary>
    public static Task<IncidentEvent> SearchAsync(IncidentState state, HealContext context, CancellationToken cancellationToken) =>
        new HunkSearch(state, context).NextAsync(cancellationToken);

    /// <summary>Causes that lie outside the repository.</summary>
    public static async Task<Diagnosed> DiagnoseOutsideAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var outside = DiagnoseOutside(state);
        if (outside.Diagnosis.Cause != Cause.ModelDrift) return outside;
        var started = context.Clock.GetTimestamp();
        var drift = await DriftProbe.AskAsync(state, context, cancellationToken);
        var mayReflect = drift.IsShown && context.Writers.For(Cause.ModelDrift).Count > 0 && (await AgentPrompts.ReadAsync(context, cancellationToken)).Texts.Count > 0;
        return outside with
        {
            Diagnosis = outside.Diagnosis with
            {
                Action = mayReflect ? RemedyAction.Repair : outside.Diagnosis.Action,
                Confidence = drift.IsShown ? outside.Diagnosis.Confidence : NoLikelierThanNot,
                Evidence = [.. outside.Diagnosis.Evidence, .. drift.Sentences],
            },
            Took = context.Clock.GetElapsedTime(started),
        };
    }

    private static Diagnosed DiagnoseOutside(IncidentState state)
    {
        var (cause, action, evidence) = state switch
        {
            { Pairs.GoldChanged: > 0 } => (Cause.Unknown, RemedyAction.Escalate,
                $"The input or target of {state.Pairs.GoldChanged} samples was changed since the blessing, and the blessed version fails them as they are now: nothing good is known that a candidate could be held against. Correct the gold, or bless a version that meets it. {state.Pairs.Statement}"),
            { Pairs.NewSamplesOnly: true } => (Cause.BadInput, RemedyAction.Quarantine,
                $"Samples that came after the blessing fail on the baseline as well: {state.Pairs.Statement}"),
            { Pairs.BaselineNowWorse: true } => (Cause.ModelDrift, RemedyAction.Escalate,
                $"The blessed version itself is worse now than when it was blessed, and as bad as the candidate: {state.Pairs.Statement}"),
            { Pairs: null, WorldFailures: [.., var last] } => (Cause.Transient, RemedyAction.Retry,
                $"The world failed in {last.Affected} of {last.Planned} runs ({string.Join("; ", last.Faults)}); once it was back, the version was healthy."),
            { Pairs: null, Looks: [.., var look] } when IncidentLoop.WorldStumbled(state) => (Cause.Transient, RemedyAction.Retry,
                $"The world failed in {look.Repeated} runs; asked again {(look.Verdict.World == 0 ? "they answered" : $"all but {look.Verdict.World} answered, which count for neither side")}, and the version is healthy."),
            _ => (Cause.Unknown, RemedyAction.Escalate, "The candidate is worse than the baseline, yet nothing that makes up the agent differs between them."),
        };
        // What the probes were run at: sentinels that call a baseline worse err in one of a hundred.
        return new Diagnosed(
            new Diagnosis(cause, action, null, [], [], null, [], cause == Cause.Unknown ? 0 : 1 - PairRunner.SentinelAlpha, [evidence], null), [], [], RunCost.None, TimeSpan.Zero);
    }

    internal static CommitView View(Commit commit) => new(commit.Id, commit.Author, commit.At, commit.Subject);
}
