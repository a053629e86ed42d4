namespace Kintsugi.Healing.Triage;

/// <summary>Why a trial is run. Stored: only ever appended to.</summary>
public enum TrialPurpose
{
    Search = 0,

    /// <summary>A second look at what the search concluded, at a smaller error: head without the culprit must be good.</summary>
    Confirm = 1,

    /// <summary>No proper subset of the culprit may mend.</summary>
    Minimise = 2,

    /// <summary>Base with only the culprit: does it spoil the base by itself, and if not, what else mends?</summary>
    BreaksAlone = 3,
}

/// <summary>A version to try: head with these hunks put back.</summary>
/// <param name="Drop">Hunk indices in ascending order, neither none nor all.</param>
/// <param name="Error">Probability of a wrong Good or Bad that the search allows here; runs are repeated as far as that needs.</param>
/// <param name="Attempt">0, or how many times a confirmation contradicted the search before it: runs of earlier attempts are not looked at again.</param>
public sealed record Trial(TrialPurpose Purpose, IReadOnlyList<int> Drop, double Error, int Attempt);

/// <summary>What a trial gave. Stored: only ever appended to.</summary>
public enum TrialOutcome
{
    Good = 0,
    Bad = 1,

    /// <summary>It does not build or start, cannot be composed, or stayed undecided within the budget.</summary>
    Unresolved = 2,
}

public sealed record TrialObservation(Trial Trial, TrialOutcome Outcome);

/// <summary>A culprit search as its input and the log of what was observed: everything else is derived from these, so it can be stored and replayed.</summary>
/// <param name="Suspicion">Positive weight of each hunk.</param>
public sealed record SearchState(IReadOnlyList<double> Suspicion, IReadOnlyList<TrialObservation> Observations)
{
    /// <summary>Hunks that move together until the last pass, as one rename does: see <see cref="Renames"/>. No hunk is in two of them.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Together { get; init; } = [];
}

/// <summary>What the search found.</summary>
/// <param name="Hunks">In ascending order: head without them is good, and no set with one hunk fewer mends.</param>
/// <param name="AlsoSufficient">Other such sets, disjoint from this one, that were met.</param>
/// <param name="BreaksAlone">Whether base with only these hunks is bad; null when that could not be resolved.</param>
/// <param name="Joined">Hunks of the culprit that could not be dropped apart (the rest did not build or start) and were moved together.</param>
/// <param name="Confirmed">Whether a confirmation at the smaller error agreed.</param>
public sealed record Culprit(
    IReadOnlyList<int> Hunks, IReadOnlyList<IReadOnlyList<int>> AlsoSufficient, bool? BreaksAlone,
    IReadOnlyList<IReadOnlyList<int>> Joined, bool Confirmed, int Trials);
