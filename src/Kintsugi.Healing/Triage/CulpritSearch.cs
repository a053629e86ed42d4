namespace Kintsugi.Healing.Triage;

/// <summary>Finds a minimal set of hunks without which head is good, asking for one trial at a time.</summary>
/// <remarks>
/// <para>The search is a pure function of its log: <see cref="Next"/> replays the observations and says what is still unknown, so a search survives
/// its process and any record of it can be checked.</para>
/// <para>Hunks are put in order of suspicion. The smallest good prefix is found by halving the suspicion that is left (log₂ n trials where plain delta debugging
/// first has to reach single hunks); its last hunk is necessary within the prefix, joins the culprit, and the search goes on below it until the culprit alone mends: QuickXplain
/// (Junker 2004, AAAI 167–172) with weights. Two hunks that break the agent each by itself are both found; of two that break it only together one is, and base
/// with the culprit alone tells, in one trial, that the other is also sufficient. Where prefixes do not build or start, the hunks at the two ends
/// of the dead stretch are joined and move together from then on. Hunks that read as one rename do so from the start: half a rename starts and then fails, which no
/// trial can tell from the fault. A last pass takes each hunk of the culprit out in turn, and each pair
/// of those that cannot stay behind alone.</para>
/// <para>A search step may err: one wrong Bad adds an innocent hunk, which the last pass takes out; a wrong Good is found by a
/// confirmation at a smaller error, which starts the search again, twice at most.</para>
/// </remarks>
public static class CulpritSearch
{
    /// <param name="suspicion">Positive weight of each hunk, higher for what the failing samples touch; null when nothing is known.</param>
    public static SearchState Start(int hunks, IReadOnlyList<double>? suspicion = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hunks, 1);
        suspicion ??= [.. Enumerable.Repeat(1.0, hunks)];
        if (suspicion.Count != hunks || suspicion.Any(s => !(s > 0) || !double.IsFinite(s)))
            throw new ArgumentException($"Give one positive finite weight for each of the {hunks} hunks.", nameof(suspicion));
        return new SearchState(suspicion, []);
    }

    /// <summary>The next version to try; null when the search is done.</summary>
    public static Trial? Next(SearchState state) => new CulpritWalk(state).Pending;

    public static SearchState Observe(SearchState state, Trial trial, TrialOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state with { Observations = [.. state.Observations, new TrialObservation(trial, outcome)] };
    }

    /// <summary>What a finished search found.</summary>
    /// <exception cref="InvalidOperationException">The search is not done.</exception>
    public static Culprit Result(SearchState state) =>
        new CulpritWalk(state).Found ?? throw new InvalidOperationException("The search has a trial to run: ask Next first.");
}
