using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models.Routing;

namespace Kintsugi.Healing.Incidents;

/// <summary>What to do next about an incident.</summary>
public abstract record Step(Stage Stage);

/// <summary>The stages of the path, in order; `heal --until` names one of them.</summary>
public enum Stage
{
    Evaluate = 0,
    Detect = 1,
    Triage = 2,
    Repair = 3,
    Propose = 4,
}

/// <summary>Take the blessed outcomes of the base, or run it.</summary>
public sealed record BaselineStep() : Step(Stage.Evaluate);

/// <summary>Run the candidate and hold it against the baseline.</summary>
/// <param name="Wait">How long to give the world first.</param>
public sealed record LookStep(int N, TimeSpan Wait) : Step(Stage.Evaluate);

/// <summary>The world has failed too often: this is nobody's regression, and the incident waits for another day.</summary>
public sealed record WorldIsDown(WorldFailed Last) : Step(Stage.Evaluate);

public sealed record ConfirmStep() : Step(Stage.Detect);

public sealed record CutDiffStep() : Step(Stage.Triage);

public sealed record SwapStep() : Step(Stage.Triage);

public sealed record BisectStep() : Step(Stage.Triage);

/// <summary>Search for the culprit hunks until they are found; each trial is an event of its own.</summary>
public sealed record SearchStep() : Step(Stage.Triage);

public sealed record DiagnoseStep() : Step(Stage.Triage);

/// <summary>Write down what the owner's policy says, before it is done.</summary>
public sealed record DecideStep(PolicyDecision Decision) : Step(Stage.Triage);

/// <summary>Ask a language model what it makes of the evidence.</summary>
public sealed record AdviseStep() : Step(Stage.Triage);

/// <param name="N">From 1, over all heads of the incident.</param>
/// <param name="Restore">Hunks of the net diff to put back.</param>
/// <param name="RollsBack">Whether they are all there are, the innocent ones too.</param>
public sealed record AttemptStep(int N, IReadOnlyList<int> Restore, bool RollsBack = false) : Step(Stage.Repair);

/// <summary>Have a change written, and judge it.</summary>
/// <param name="N">As for <see cref="AttemptStep"/>.</param>
/// <param name="Strategy">A word of <see cref="Writers"/>.</param>
/// <param name="Again">The last attempt's change is in doubt: it is judged once more, on fresh runs, and nothing is written.</param>
public sealed record WriteStep(int N, string Strategy, bool Again) : Step(Stage.Repair);

public sealed record IntendStep() : Step(Stage.Propose);

public sealed record ProposeStep() : Step(Stage.Propose);

/// <summary>Write down that a person will be asked by an issue, before it is there.</summary>
public sealed record IntendEscalationStep() : Step(Stage.Propose);

/// <summary>Open the issue with all that was found, or find it.</summary>
/// <param name="Close">What is done next.</param>
public sealed record FileEscalationStep(CloseStep Close) : Step(Stage.Propose);

public sealed record CloseStep(Stage At, IncidentOutcome Outcome, string Reason) : Step(At);

/// <summary>Nothing: the incident is closed, or waits for a person.</summary>
public sealed record RestStep() : Step(Stage.Propose);

/// <summary>What the loop may do besides what the log says: fixed for one drive of an incident.</summary>
/// <param name="Attempts">Repairs that may be tried on one head, by <see cref="Attempt.IsCounted"/>.</param>
/// <param name="Writers">Who can write a change where restoring does not mend.</param>
public sealed record LoopTerms(int Attempts, Writers Writers)
{
    /// <summary>What the owner wants done.</summary>
    public RepairPolicy Policy { get; init; } = RepairPolicy.None;

    /// <summary>Whether a file, by its path from the repository's top, may be put back as the last good version had it.</summary>
    public Func<string, bool> MayRestore { get; init; } = _ => true;

    /// <summary>Whether a language model is there to be asked for its opinion of a cause.</summary>
    public bool HasAdvisor { get; init; }

    /// <summary>Whether a person is asked by an issue at a forge where the loop gives up.</summary>
    public bool FilesIssues { get; init; }
}

/// <summary>The loop over an incident: a pure function from what happened to what is next.</summary>
/// <remarks>
/// It holds no state of its own, so an incident goes on after a crash, an upgrade or a move to another machine from its log alone,
/// and any earlier point can be replayed by folding a prefix.
/// </remarks>
public static class IncidentLoop
{
    /// <summary>How often the world may fail before a look is given up.</summary>
    public const int WorldPatience = 4;

    /// <summary>Before the second look at a world that failed; three times as long before each further one, so that an outage of half a minute is sat out.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(3);

    /// <param name="since">Version of the log at which the present drive began: a world that had failed before is tried again.</param>
    public static Step Next(IncidentState state, LoopTerms terms, int since = 0) => Decide(state, terms, since) switch
    {
        CloseStep { Outcome: IncidentOutcome.Escalated } when terms.FilesIssues && state.EscalationIntended is null => new IntendEscalationStep(),
        CloseStep { Outcome: IncidentOutcome.Escalated } close when terms.FilesIssues && state.EscalationFiled is null => new FileEscalationStep(close),
        var step => step,
    };

    private static Step Decide(IncidentState state, LoopTerms terms, int since) => state switch
    {
        { Closed: not null } => new RestStep(),
        { Open: { Kind: RequestKind.Ignore } ignore } => new CloseStep(Stage.Propose, IncidentOutcome.LeftAlone, $"{ignore.By} wants nothing more done about it."),
        { Proposed: not null } => state.OwesAttempt ? AfterRequest(state, state.Open!, terms) : new RestStep(),
        { Baseline: null } => new BaselineStep(),
        { Intended: not null } => new ProposeStep(),
        { Diagnosed: not null, Advised: null, Attempts: [], Pairs: not null } when terms.HasAdvisor => new AdviseStep(),
        { Diagnosed: not null } => AfterDiagnosis(state, state.Diagnosed.Diagnosis, terms),
        { Pairs.Confirmed: true } => InTriage(state, state.Looks[^1]),
        { Pairs.BaselineNowWorse: true } => new DiagnoseStep(),
        { Pairs: not null } => new CloseStep(Stage.Detect, IncidentOutcome.Insufficient, $"Not confirmed on fresh runs: {state.Pairs.Statement} Runs of the baseline that were lucky alarm again and again: bless the good version anew."),
        _ => BeforeConfirmation(state, since),
    };

    private static Step BeforeConfirmation(IncidentState state, int since)
    {
        var failuresInARow = state.Log.Reverse().TakeWhile(e => e.Event is WorldFailed && e.Version > since).Count();
        if (failuresInARow > 0)
        {
            var last = state.WorldFailures[^1];
            return failuresInARow >= WorldPatience || last.Faults.All(Faults.Lasts)
                ? new WorldIsDown(last)
                : new LookStep(last.Look, FirstWait * Math.Pow(3, failuresInARow - 1));
        }
        if (state.Looks is []) return new LookStep(0, TimeSpan.Zero);
        return AfterLook(state, state.Looks[^1]);
    }

    private static Step AfterLook(IncidentState state, Looked look) => look.Verdict.Kind switch
    {
        VerdictKind.Regressed => new ConfirmStep(),
        VerdictKind.Insufficient or VerdictKind.Flaky when look.MoreAllowed => new LookStep(1, TimeSpan.Zero),
        VerdictKind.Insufficient or VerdictKind.Incomparable => new CloseStep(Stage.Detect, IncidentOutcome.Insufficient, look.Verdict.Plain),
        VerdictKind.Healthy or VerdictKind.Flaky when state.Merged is { } merged => new CloseStep(Stage.Detect, IncidentOutcome.Healthy, Verified(state, merged, look)),
        VerdictKind.Healthy or VerdictKind.Flaky when state.WasWorse =>
            new CloseStep(Stage.Detect, IncidentOutcome.Superseded, $"The version is good again; no fix is needed. {look.Verdict.Plain}"),
        VerdictKind.Healthy or VerdictKind.Flaky when state.Alarm is { } alarm => new CloseStep(Stage.Detect, IncidentOutcome.Escalated, Unseen(state, alarm)),
        VerdictKind.Healthy or VerdictKind.Flaky when WorldStumbled(state) => new DiagnoseStep(),
        _ => new CloseStep(Stage.Detect, IncidentOutcome.Healthy, look.Verdict.Plain),
    };

    private static string Verified(IncidentState state, Merged merged, Looked look)
    {
        var (fix, head) = (Words.Short(merged.Commit), Words.Short(state.Head.Id));
        return $"The fix was merged as {fix} and holds{(fix == head ? "" : $" at {head}")}: {look.Verdict.Plain} To measure what follows by this version: kintsugi bless {head}";
    }

    private static string Unseen(IncidentState state, AlarmView alarm) =>
        (state.Head.Id == state.Opened.Base.Id
            ? "Production shows more errors since this version, which is the blessed one: what changed is not in it. "
            : "Production shows more errors since this version, and no golden sample shows a rise: there is nothing to prove a cause or a fix by. ")
        + (alarm.Cases > 0
            ? "Cases that would have caught it are proposed: approve them in `kintsugi dataset review`, commit, and run `kintsugi heal`."
            : "Add a case that fails as the traces do, commit, and run `kintsugi heal`.")
        + string.Concat(state.Alarms.Where(a => a.Commit is not null && a.Commit != state.Head.Id).Select(a => a.Commit!).Distinct()
            .Select(commit => $" The commit {Words.Short(commit)} alarmed too and was not looked at: kintsugi heal --head {Words.Short(commit)}"));

    /// <summary>Whether so much of the world failed on the way to a healthy verdict that a person should hear of it.</summary>
    public static bool WorldStumbled(IncidentState state) =>
        state.WorldFailures is not [] || state.Looks.Any(l => 10 * l.Repeated > l.Counts.Count);

    private static Step InTriage(IncidentState state, Looked look)
    {
        if (state.Diff is null) return new CutDiffStep();
        if (state.Diff.Hunks is []) return new DiagnoseStep();
        if (look.StartFailure is null)
        {
            if (state.Swap is null) return new SwapStep();
            if (state.Bisection is null) return new BisectStep();
        }
        return new SearchStep();
    }

    private static Step AfterDiagnosis(IncidentState state, Diagnosis diagnosis, LoopTerms terms)
    {
        if (state.Attempts is [.., { Attempt.Passed: true }]) return new IntendStep();
        if (terms.Policy.Rules.Count == 0 && state.Decision is null) return Act(diagnosis.Action, "", state, terms);

        var decision = PolicyDecisions.Of(state, terms);
        return decision == state.Decision ? Act(decision.Action, " " + decision.Reason, state, terms) : new DecideStep(decision);
    }

    /// <param name="why">What a policy says of it, to be put behind a sentence.</param>
    private static Step Act(RemedyAction action, string why, IncidentState state, LoopTerms terms)
    {
        var cause = Words.Snake(state.Diagnosed!.Diagnosis.Cause);
        return action switch
        {
            RemedyAction.None or RemedyAction.Retry or RemedyAction.Quarantine => new CloseStep(Stage.Triage, IncidentOutcome.LeftAlone, $"{cause}: nothing in the agent is to be changed.{why}"),
            RemedyAction.Escalate when state.Attempts.Count > 0 => GivenUp(state.Attempts.Count, why.TrimStart()),
            RemedyAction.Escalate => new CloseStep(Stage.Triage, IncidentOutcome.Escalated, $"{cause}: a person has to decide.{why}"),
            RemedyAction.RollBack => RollBack(state, terms),
            _ => NextAttempt(state, terms),
        };
    }

    /// <summary>All hunks at once are tried once, and again where that left a doubt.</summary>
    private static Step RollBack(IncidentState state, LoopTerms terms)
    {
        var all = state.AllHunks;
        var isRefused = state.Attempts.Index().Any(a => a.Item.Attempt is { InDoubt: false, Writing: null } && state.RestoredBy(a.Index)!.Order().SequenceEqual(all));
        return state.AttemptsCounted >= terms.Attempts || isRefused ? GivenUp(state.Attempts.Count, null) : new AttemptStep(NextNumber(state), all, RollsBack: true);
    }

    /// <summary>Safest first: hunks are put back as long as sets of them are left, but the last of several attempts is a writer's where there is one.</summary>
    private static Step NextAttempt(IncidentState state, LoopTerms terms)
    {
        var (n, strategies) = (state.AttemptsCounted, terms.Writers.For(state.Diagnosed!.Diagnosis.Cause));
        var number = NextNumber(state);
        var mayRestore = n == 0 || n < terms.Attempts - 1 || strategies.Count == 0;
        return state switch
        {
            _ when n >= terms.Attempts => GivenUp(state.Attempts.Count, null),
            { NextToRestore: { Count: > 0 } restore } when mayRestore => new AttemptStep(number, restore),
            { Attempts: [.., { Attempt: { InDoubt: true, Writing: not null } doubted }] } => new WriteStep(number, doubted.Strategy, Again: true),
            _ when strategies.Count > 0 => new WriteStep(number, strategies[state.Attempts.Count(a => a.Attempt.Writing is not null) % strategies.Count], Again: false),
            _ => GivenUp(state.Attempts.Count, terms.Writers.WhyNot),
        };
    }

    /// <summary>The attempt that a reviewer asks for, beyond those that are allowed without being asked; nothing where none is left to be tried.</summary>
    private static Step AfterRequest(IncidentState state, ReviewRequest request, LoopTerms terms)
    {
        var number = NextNumber(state);
        if (request.Kind == RequestKind.RollBack)
        {
            var isTried = state.Attempts.Any(a => a.Attempt.Strategy == Attempt.RollBack);
            return state.AllHunks.Count == 0 || isTried ? new RestStep() : new AttemptStep(number, state.AllHunks, RollsBack: true);
        }
        var strategies = terms.Writers.For(state.Diagnosed!.Diagnosis.Cause);
        if (strategies.Count > 0 && request.Words.Length > 0) return new WriteStep(number, strategies[0], Again: false);
        return state.NextToRestore is { Count: > 0 } restore ? new AttemptStep(number, restore) : new RestStep();
    }

    private static int NextNumber(IncidentState state) => state.AttemptsBefore + state.Attempts.Count + 1;

    private static CloseStep GivenUp(int attempts, string? why) => new(
        Stage.Repair, IncidentOutcome.Escalated, $"No fix passed in {attempts} {(attempts == 1 ? "attempt" : "attempts")}.{(why is null ? "" : $" {why}")}");
}
