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

    /// <summary>The whole net diff; empty before it was cut.</summary>
    public IReadOnlyList<int> AllHunks => [.. (Diff?.Hunks ?? []).Select(h => h.Index)];

    public ProposalIntended? Intended { get; init; }

    public Proposed? Proposed { get; init; }

    public Closed? Closed { get; init; }

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
        AttemptMade attempt => this with { Attempts = [.. Attempts, attempt] },
        ProposalIntended intended => this with { Intended = intended },
        Proposed proposed => this with { Proposed = proposed },
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
        WasWorse = WasWorse || Pairs is { Confirmed: true },
        AttemptsBefore = AttemptsBefore + Attempts.Count,
        ProposedBefore = Proposed?.Proposal ?? ProposedBefore,
    };
}
