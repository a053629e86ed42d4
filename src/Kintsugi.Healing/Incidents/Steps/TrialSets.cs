using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The visible samples that trials are run on, and what the runs already paid for say of them.</summary>
internal static class TrialSets
{
    private const int Most = 10;

    /// <summary>From what detection saw; the same whenever it is asked, so that a resumed search goes on with the samples it began with.</summary>
    public static IReadOnlyList<TrialSample> Of(IncidentState state) =>
        TrialSamples.Choose([.. state.Looks[^1].Counts.Where(c => !c.HeldOut).Select(LookRunner.Counts)], Most);
}
