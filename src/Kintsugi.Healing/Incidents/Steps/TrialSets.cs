using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The visible samples that trials are run on, and what the runs already paid for say of them.</summary>
internal static class TrialSets
{
    /// <summary>For swaps and bisection, whose versions ask mostly what base or head have asked: recordings answer.</summary>
    private const int Most = 10;

    /// <summary>For trials of hunks, which ask what nobody has asked before: calls are paid for.</summary>
    private const int MostOfTrial = 5;

    public static IReadOnlyList<TrialSample> OfTrial(IncidentState state) => [.. Of(state).Take(MostOfTrial)];

    /// <summary>From what detection saw; the same whenever it is asked, so that a resumed search goes on with the samples it began with.</summary>
    public static IReadOnlyList<TrialSample> Of(IncidentState state) =>
        TrialSamples.Choose([.. state.Looks[^1].Counts.Where(c => !c.HeldOut).Select(LookRunner.Counts)], Most);
}
