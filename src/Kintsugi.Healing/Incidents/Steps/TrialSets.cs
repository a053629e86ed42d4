using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The visible samples that trials are run on, and what the runs already paid for say of them.</summary>
internal static class TrialSets
{
    /// <summary>For swaps and bisection, whose versions ask mostly what base or head have asked: recordings answer.</summary>
    private const int Most = 10;

    /// <summary>For trials of hunks, which ask what nobody has asked before: calls are paid for.</summary>
    private const int MostOfSearch = 3;

    /// <summary>For what the search concludes: a set of hunks that mends some samples only must not pass for the culprit.</summary>
    private const int MostOfConfirmation = 5;

    public static IReadOnlyList<TrialSample> OfTrial(IncidentState state, TrialPurpose purpose) =>
        [.. Of(state).Take(purpose == TrialPurpose.Confirm ? MostOfConfirmation : MostOfSearch)];

    /// <summary>From what detection saw; the same whenever it is asked, so that a resumed search goes on with the samples it began with.</summary>
    public static IReadOnlyList<TrialSample> Of(IncidentState state) =>
        TrialSamples.Choose([.. state.Looks[^1].Counts.Where(c => !c.HeldOut).Select(LookRunner.Counts)], Most);
}
