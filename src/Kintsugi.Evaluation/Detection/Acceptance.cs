namespace Kintsugi.Evaluation.Detection;

public enum AcceptanceKind
{
    /// <summary>By odds or by margin as good as the last good version.</summary>
    Pass = 0,

    /// <summary>Shown worse than the last good version: as a whole, in a slice, or on its critical samples.</summary>
    Fail = 1,
    Undecided = 2,
}

/// <param name="Statement">One sentence: what is shown, and with what error.</param>
public sealed record AcceptanceVerdict(AcceptanceKind Kind, string Statement, double PValueOfRise, double? OddsExclusionP, double RiseUpperBound);

/// <summary>Whether a patched version is as good as the last good one, on fresh runs.</summary>
/// <remarks>P(pass) of a patch that still has failure odds ×<c>odds</c> is at most beta by odds, of one that still fails by more than the margin at most
/// beta by margin. Where several attempts may be made each gets its part of beta: three at β = 0.05 each accept a bad fix 8 % of the time.</remarks>
public static class Acceptance
{
    private const double Alpha = 0.05;

    /// <param name="counts">Baseline side: the last good version; candidate side: the patched one.</param>
    /// <param name="bySlice">Whether damage to a slice alone refuses it too.</param>
    public static AcceptanceVerdict Judge(IReadOnlyList<SampleCounts> counts, double odds, double margin, double beta, bool bySlice = true)
    {
        ArgumentNullException.ThrowIfNull(counts);
        counts = [.. counts.Where(c => c.BaselineRuns > 0)]; // what the last good version was not run on says nothing of the patch
        var settings = new GateSettings(null, Alpha, beta, margin, odds) { BySlice = bySlice && counts.Any(c => c.Slices.Count > 0), HasCritical = counts.Any(c => c.IsCritical) };
        var verdict = Gate.Judge(counts, counts.Count(c => c.Comparable), settings);
        var kind = verdict.Kind switch
        {
            VerdictKind.Healthy => AcceptanceKind.Pass,
            VerdictKind.Regressed => AcceptanceKind.Fail,
            _ => AcceptanceKind.Undecided,
        };
        return new AcceptanceVerdict(kind, verdict.Statement, verdict.PValue, verdict.OddsExclusionP, verdict.RiseUpperBound);
    }
}

/// <summary>Whether samples that failed on the broken version recovered on the fixed one, by runs fresh on both sides.</summary>
public static class Recovery
{
    /// <param name="counts">Baseline side: the broken version; candidate side: the fixed one; the regressed samples only.</param>
    /// <returns>P(so few failures or fewer | the fix changed nothing), exact; recovered at ≤ 0.05.</returns>
    public static double PValue(IReadOnlyList<SampleCounts> counts) => ConditionalTest.PValueOfExclusion(counts, 1);

    public static bool Shown(IReadOnlyList<SampleCounts> counts) => PValue(counts) <= 0.05;
}
