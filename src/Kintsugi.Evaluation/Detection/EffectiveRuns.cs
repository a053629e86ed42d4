namespace Kintsugi.Evaluation.Detection;

/// <summary>One side's runs as if all of them had been of one sample: each sample weighs the same, however often it ran.</summary>
/// <remarks>Where every sample ran m times these are the totals. Else the runs are n²/Σ(1/mᵢ), rounded down: as many as make a binomial rate's variance what the mean
/// of the samples' rates has. Runs within unlike samples total with less variance than the binomial of their mean (Hoeffding 1956, Ann. Math. Stat. 27, 713–721).</remarks>
internal readonly record struct EffectiveRuns(int Failures, int Runs)
{
    private const double Rounding = 1e-6;

    public static EffectiveRuns OfCandidate(IEnumerable<SampleCounts> counts, bool roundsFailuresUp) =>
        Of(counts.Select(c => (c.CandidateFailures, c.CandidateRuns)), roundsFailuresUp);

    public static EffectiveRuns OfBaseline(IEnumerable<SampleCounts> counts, bool roundsFailuresUp) =>
        Of(counts.Select(c => (c.BaselineFailures, c.BaselineRuns)), roundsFailuresUp);

    private static EffectiveRuns Of(IEnumerable<(int Failures, int Runs)> samples, bool roundsFailuresUp)
    {
        double rates = 0, inverses = 0;
        var n = 0;
        foreach (var (failures, runs) in samples)
        {
            if (runs == 0) continue;
            n++;
            rates += (double)failures / runs;
            inverses += 1.0 / runs;
        }

        if (n == 0) return default;
        var all = (int)Math.Floor(((double)n * n / inverses) + Rounding);
        var failed = rates / n * all;
        return new EffectiveRuns(roundsFailuresUp ? Math.Min(all, (int)Math.Ceiling(failed - Rounding)) : (int)Math.Floor(failed + Rounding), all);
    }
}
