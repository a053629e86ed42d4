using System.Collections.Immutable;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents;

/// <summary>An incident as it stands: the fold of its log, and nothing else.</summary>
public sealed record IncidentState
{
    public required string Incident { get; init; }

    public required IReadOnlyList<LoggedEvent> Log { get; init; }

    public required Opened Opened { get; init; }

    /// <summary>The version that is looked at: the one that opened the incident, or the last that joined it.</summary>
    public required CommitView Head { get; init; }

    public required string HeadManifest { get; init; }

    /// <summary>Branch that a fix is for; null when head is detached.</summary>
    public required string? TargetBranch { get; init; }

    public required string Isolation { get; init; }

    /// <summary>Whether an earlier head of this incident was shown to be worse.</summary>
    public bool WasWorse { get; init; }

    /// <summary>Attempts on earlier heads.</summary>
    public int AttemptsBefore { get; init; }

    /// <summary>The fix that waits for an earlier head, if there is one.</summary>
    public Proposal? ProposedBefore { get; init; }

    /// <summary>What production said, first to last.</summary>
    public IReadOnlyList<AlarmView> Alarms { get; init; } = [];

    /// <summary>The last alarm of the version that is looked at, else of one whose commit is not known; null when there is none.</summary>
    public AlarmView? Alarm => Alarms.LastOrDefault(a => a.Commit == Head.Id) ?? Alarms.LastOrDefault(a => a.Commit is null);

    public BaselineTaken? Baseline { get; init; }

    /// <summary>Looks since the last time the world failed, first to last.</summary>
    public IReadOnlyList<Looked> Looks { get; init; } = [];

    public IReadOnlyList<WorldFailed> WorldFailures { get; init; } = [];

    public PairsRun? Pairs { get; init; }

    public DiffCut? Diff { get; init; }

    public ComponentsSwapped? Swap { get; init; }

    public CommitsBisected? Bisection { get; init; }

    public IReadOnlyList<TrialRun> Trials { get; init; } = [];

    public Diagnosed? Diagnosed { get; init; }

    /// <summary>What the owner's policy said last.</summary>
    public PolicyDecision? Decision { get; init; }

    public Advised? Advised { get; init; }

    /// <summary>What a language model made of the proven cause; null when none was asked, or it had none.</summary>
    public Opinion? Opinion => Advised?.Opinion;

    public IReadOnlyList<AttemptMade> Attempts { get; init; } = [];

    /// <summary>How many of `repair.attempts` are used.</summary>
    public int AttemptsCounted => Attempts.Count(a => a.Attempt.IsCounted);

    /// <summary>The hunks that the next attempt restores: those of the last one where its runs left a doubt, else those of the next sufficient set; null when none is left.</summary>
    public IReadOnlyList<int>? NextToRestore => RestoredBy(Attempts.Count);

    /// <summary>The whole net diff but for kintsugi.yaml, which no repair may change; empty before it was cut.</summary>
    public IReadOnlyList<int> AllHunks => [.. (Diff?.Hunks ?? []).Where(h => Path.GetFileName(h.File) != AgentFile.FileName).Select(h => h.Index)];

    public ProposalIntended? Intended { get; init; }

    public Proposed? Proposed { get; init; }

    public Closed? Closed { get; init; }

    /// <summary>Where the conversation of an incident takes place; null while nothing is proposed at a forge.</summary>
    public Proposal? UnderReview => (Proposed?.Proposal ?? ProposedBefore) is { Kind: Proposal.PullRequest } proposal ? proposal : null;

    /// <summary>All that was asked for under the pull request, first to last.</summary>
    public IReadOnlyList<ReviewRequest> Requests { get; init; } = [];

    /// <summary>Sources of what needs no answer any more.</summary>
    public ImmutableHashSet<string> Settled { get; init; } = [];

    /// <summary>The first request that has no answer yet.</summary>
    public ReviewRequest? Open => Requests.FirstOrDefault(r => !Settled.Contains(r.Source));

    /// <summary>Attempts on this head when the open request became the one to be dealt with: what is made since is made for it. Null while nothing is proposed for this head, as what is made then is made for nobody.</summary>
    public int? AttemptsAtRequest { get; init; }

    /// <summary>Whether the request that is open still waits for its attempt.</summary>
    public bool OwesAttempt => Proposed is not null && TakenOver is null && Open is { WantsAttempt: true } && Attempts.Count == AttemptsAtRequest;

    /// <summary>Samples that a person took out of this incident.</summary>
    public IReadOnlyList<string> Quarantined => [.. Requests.Where(r => r.Kind == RequestKind.Quarantine).Select(r => r.Words).Distinct()];

    public TakenOver? TakenOver { get; init; }

    /// <summary>The fix, merged; what is looked at since is the commit that has it.</summary>
    public Merged? Merged { get; init; }

    public EscalationIntended? EscalationIntended { get; init; }

    public EscalationFiled? EscalationFiled { get; init; }

    /// <summary>Whether <see cref="Head"/> was chosen since the merge.</summary>
    public bool MergeVisited { get; init; }

    /// <summary>Requests that were known when the present head was chosen.</summary>
    public int RequestsAtVisit { get; init; }

    /// <summary>Whether the merged commit is still to be looked at, or the same head without a sample that was taken out since.</summary>
    public bool OwesVisit => Closed is null && ((Merged is not null && !MergeVisited) || Requests.Skip(RequestsAtVisit).Any(r => r.Kind == RequestKind.Quarantine));

    /// <summary>Whether there is a pull request to be read.</summary>
    public bool Converses { get; init; }

    public int Version => Log.Count;

    /// <summary>What the step that is next may recall of draws that are its own: what it left when it was interrupted, but nothing of the steps before, nor of another incident, whose draws have the same numbers.</summary>
    public Recall OwnRecordings => Recall.Since(Log[^1].At);

    public RunCost Cost => Log.Aggregate(RunCost.None, (sum, e) => sum + e.Event.Cost);

    /// <summary>How the incident ended, or where it rests; null while there is work to do.</summary>
    public IncidentOutcome? Outcome => Closed?.Outcome ?? (Proposed is null ? null : IncidentOutcome.Proposed);

    /// <exception cref="StorageFormatException">The log does not begin with an opening.</exception>
    public static IncidentState Fold(string incident, IReadOnlyList<LoggedEvent> log)
    {
        if (log is not [{ Event: Opened opened }, ..])
            throw new StorageFormatException($"There is no incident '{incident}' in this database. `kintsugi incident list` shows what there is.");
        var start = new IncidentState
        {
            Incident = incident,
            Log = log,
            Opened = opened,
            Head = opened.Head,
            HeadManifest = opened.HeadManifest,
            TargetBranch = opened.TargetBranch,
            Isolation = opened.Isolation,
        };
        return log.Aggregate(start, (state, e) => state.After(e.Event));
    }

    /// <summary>The hunks that an attempt on this head restores.</summary>
    /// <param name="attempt">From 0.</param>
    public IReadOnlyList<int>? RestoredBy(int attempt)
    {
        if (Attempts.ElementAtOrDefault(attempt) is { Attempt.Strategy: Attempt.RollBack }) return AllHunks;
        return SetsLeft(attempt) is [var next, ..] ? next : null;
    }

    /// <summary>The sets of culprit hunks that no attempt before <paramref name="attempt"/> has tried in vain.</summary>
    public IReadOnlyList<IReadOnlyList<int>> SetsLeft(int attempt)
    {
        if (Diagnosed is null) return [];
        List<AttemptMade> restored = [.. Attempts.Take(attempt).Where(a => a.Attempt is { InDoubt: false, Writing: null, Strategy: not Attempt.RollBack })];
        List<IReadOnlyList<int>> sets = [Diagnosed.CulpritHunks, .. Diagnosed.AlsoSufficientHunks];
        if (restored.Exists(a => a.Attempt.LeavesFailures) && CulpritFiles is { } files && !sets.Exists(set => set.Order().SequenceEqual(files))) sets.Add(files);
        return [.. sets.Skip(restored.Count)];
    }

    /// <summary>All hunks of the files that the culprit is in. A search sees the samples it is run on: where others fail still, more of the same files is at fault than it found.</summary>
    public IReadOnlyList<int>? CulpritFiles
    {
        get
        {
            if (Diagnosed is not { CulpritHunks: { Count: > 0 } culprit } || Diff is null) return null;
            var files = Diff.Hunks.Where(h => culprit.Contains(h.Index)).Select(h => h.File).ToHashSet(StringComparer.Ordinal);
            return [.. Diff.Hunks.Where(h => files.Contains(h.File)).Select(h => h.Index).Order()];
        }
    }

    private int? AttemptsNow => Proposed is null ? null : Attempts.Count;

    private IncidentState After(IncidentEvent happened) => happened switch
    {
        Revisited revisited => From(revisited),
        Alarmed alarmed => this with { Alarms = [.. Alarms, alarmed.Alarm] },
        BaselineTaken baseline => this with { Baseline = baseline },
        Looked look => this with { Looks = [.. Looks, look] },
        WorldFailed failed => this with { WorldFailures = [.. WorldFailures, failed] },
        PairsRun pairs => this with { Pairs = pairs },
        DiffCut diff => this with { Diff = diff },
        ComponentsSwapped swap => this with { Swap = swap },
        CommitsBisected bisection => this with { Bisection = bisection },
        TrialRun trial => this with { Trials = [.. Trials, trial] },
        Diagnosed diagnosed => this with { Diagnosed = diagnosed },
        Decided decided => this with { Decision = decided.Decision },
        Advised advised => this with { Advised = advised },
        AttemptMade { Attempt.Passed: true } attempt when Proposed is { } waiting =>
            this with { Attempts = [.. Attempts, attempt], Intended = null, Proposed = null, ProposedBefore = waiting.Proposal }, // it takes the place of the one that waits
        AttemptMade attempt => this with { Attempts = [.. Attempts, attempt] },
        ProposalIntended intended => this with { Intended = intended },
        Proposed proposed => this with { Proposed = proposed, Converses = proposed.Proposal.Kind == Proposal.PullRequest, AttemptsAtRequest = AttemptsAtRequest ?? Attempts.Count },
        Requested requested => this with { Requests = [.. Requests, requested.Request], AttemptsAtRequest = Open is null ? AttemptsNow : AttemptsAtRequest },
        Answered answered => this with { Settled = Settled.Add(answered.Source), AttemptsAtRequest = AttemptsNow },
        Declined declined => this with { Settled = Settled.Add(declined.Source) },
        TakenOver taken => this with { TakenOver = taken },
        Merged merged => this with { Merged = merged, MergeVisited = false },
        EscalationIntended intended => this with { EscalationIntended = intended },
        EscalationFiled filed => this with { EscalationFiled = filed },
        ConversationEnded => this with { Converses = false },
        Closed closed => this with { Closed = closed },
        _ => this,
    };

    /// <summary>Only what was shown of the incident, not of its former head, is carried over.</summary>
    private IncidentState From(Revisited revisited) => new()
    {
        Incident = Incident,
        Log = Log,
        Opened = Opened,
        Head = revisited.Head,
        HeadManifest = revisited.HeadManifest,
        TargetBranch = revisited.TargetBranch,
        Isolation = revisited.Isolation,
        Alarms = Alarms,
        Requests = Requests,
        Settled = Settled,
        RequestsAtVisit = Requests.Count,
        TakenOver = Merged is null ? TakenOver : null,
        Merged = Merged,
        MergeVisited = Merged is not null,
        Converses = Converses,
        WasWorse = WasWorse || Pairs is { Confirmed: true },
        AttemptsBefore = AttemptsBefore + Attempts.Count,
        ProposedBefore = Proposed?.Proposal ?? ProposedBefore,
    };
}
