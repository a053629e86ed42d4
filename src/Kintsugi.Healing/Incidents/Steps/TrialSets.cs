using Kintsugi.Evaluation.Datasets;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The visible samples that versions are tried on, and what the runs already paid for say of them.</summary>
internal static class TrialSets
{
    /// <summary>For swaps and bisection, whose versions ask mostly what base or head have asked: recordings answer.</summary>
    private const int Most = 10;

    /// <summary>For trials of hunks, which ask what nobody has asked before: calls are paid for.</summary>
    private const int MostOfSearch = 3;

    /// <summary>For what the search concludes: a set of hunks that mends some samples only must not pass for the culprit.</summary>
    private const int MostOfConfirmation = 5;

    /// <summary>Of failing samples, and of others, by which written changes are held against each other.</summary>
    private const int MostOfRanking = 20;

    public static IReadOnlyList<TrialSample> OfTrial(IncidentState state, TrialPurpose purpose) =>
        [.. Of(state).Take(purpose == TrialPurpose.Confirm ? MostOfConfirmation : MostOfSearch)];

    /// <summary>From what detection saw; the same whenever it is asked, so that a resumed search goes on with the samples it began with.</summary>
    public static IReadOnlyList<TrialSample> Of(IncidentState state) =>
        TrialSamples.Choose([.. state.Looks[^1].Counts.Where(c => !c.HeldOut).Select(LookRunner.Counts)], Most);

    /// <summary>Failing visible samples, and as many others, always the same ones: what mends the failing ones and spoils the rest is no better than what does nothing.</summary>
    public static List<Sample> OfRanking(IncidentState state, HealContext context)
    {
        var failing = LookRunner.Suspects(state.Looks[^1]).Select(s => s.SampleId).ToList();
        var others = context.Dataset.Visible.ExceptBy(failing, s => s.Id, StringComparer.Ordinal).ToArray();
        new Random(context.Seed).Shuffle(others);
        return [.. failing.Take(MostOfRanking).Select(context.SampleOf), .. others.Take(MostOfRanking)];
    }
}
