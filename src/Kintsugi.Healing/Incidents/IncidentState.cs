using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents;

/// <summary>An incident as it stands: the fold of its log, and nothing else.</summary>
public sealed record IncidentState
{
    public required string Incident { get; init; }

    public required IReadOnlyList<LoggedEvent> Log { get; init; }

    public required Opened Opened { get; init; }

    /// <summary>Looks since the last time the world failed, first to last.</summary>
    public IReadOnlyList<Looked> Looks { get; init; } = [];

    public IReadOnlyList<WorldFailed> WorldFailures { get; init; } = [];

    public PairsRun? Pairs { get; init; }

    public DiffCut? Diff { get; init; }

    public ComponentsSwapped? Swap { get; init; }

    public CommitsBisected? Bisection { get; init; }

    public IReadOnlyList<TrialRun> Trials { get; init; } = [];

    public Diagnosed? Diagnosed { get; init; }

    public IReadOnlyList<AttemptMade> Attempts { get; init; } = [];

    public ProposalIntended? Intended { get; init; }

    public Proposed? Proposed { get; init; }

    public Closed? Closed { get; init; }

    public int Version => Log.Count;

    public RunCost Cost => Log.Aggregate(RunCost.None, (sum, e) => sum + e.Event.Cost);

    /// <summary>How the incident ended, or where it rests; null while there is work to do.</summary>
    public IncidentOutcome? Outcome => Closed?.Outcome ?? (Proposed is null ? null : IncidentOutcome.Proposed);

    /// <exception cref="StorageFormatException">The log does not begin with an opening.</exception>
    public static IncidentState Fold(string incident, IReadOnlyList<LoggedEvent> log)
    {
        if (log is not [{ Event: Opened opened }, ..])
            throw new StorageFormatException($"There is no incident '{incident}' in this database. `kintsugi incident list` shows what there is.");
        return log.Aggregate(new IncidentState { Incident = incident, Log = log, Opened = opened }, (state, e) => state.After(e.Event));
    }

    private IncidentState After(IncidentEvent happened) => happened switch
    {
        Looked look => this with { Looks = [.. Looks, look] },
        WorldFailed failed => this with { WorldFailures = [.. WorldFailures, failed] },
        PairsRun pairs => this with { Pairs = pairs },
        DiffCut diff => this with { Diff = diff },
        ComponentsSwapped swap => this with { Swap = swap },
        CommitsBisected bisection => this with { Bisection = bisection },
        TrialRun trial => this with { Trials = [.. Trials, trial] },
        Diagnosed diagnosed => this with { Diagnosed = diagnosed },
        AttemptMade attempt => this with { Attempts = [.. Attempts, attempt] },
        ProposalIntended intended => this with { Intended = intended },
        Proposed proposed => this with { Proposed = proposed },
        Closed closed => this with { Closed = closed },
        _ => this,
    };
}
