using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>One block of candidate runs: every sample runs in this many epochs, none is left out or repeated for what it showed.</summary>
/// <param name="Epochs">Runs of each sample to add.</param>
/// <param name="CriticalEpochs">Runs of each critical sample to add: as many as it takes to show that one of them broke outright, beyond the epochs allowed for others if need be.</param>
/// <param name="Settings">What all runs up to the end of this block are judged by: this block's own share of alpha and beta.</param>
public sealed record EpochBlock(int Epochs, int CriticalEpochs, GateSettings Settings);

/// <summary>How often each sample runs, fixed from the baseline alone before the candidate runs at all.</summary>
/// <param name="First">The first block.</param>
/// <param name="Second">Run only when the first was insufficient or flaky; null when the first took all epochs allowed.</param>
/// <param name="HealthyShare">Share of candidates like the baseline that the first block would call healthy, estimated in [0, 1].</param>
public sealed record EpochPlan(EpochBlock First, EpochBlock? Second, double HealthyShare)
{
    private const int MostCriticalEpochs = 20;
    private const double Wanted = 0.9;
    private const int Draws = 60;

    // Measured: 4 + 1 of 5 % alpha keeps the whole at 5 % and leaves the first block nearly all of its power.
    private const double FirstAlpha = 0.8;
    private const double FirstBeta = 0.5;

    /// <param name="baseline">Candidate counts are ignored.</param>
    /// <param name="minEpochs">At least 1.</param>
    /// <param name="maxEpochs">At least <paramref name="minEpochs"/>.</param>
    /// <remarks>A parametric bootstrap: failure rates are drawn from a Beta posterior whose prior is fitted to the baseline by moments, candidates from the rates, and the gate
    /// judges them. The draws' seed is fixed, so equal baselines are planned alike. A sample repeated because it failed would raise false alarms to 21 %; that is why runs come in blocks.</remarks>
    public static EpochPlan Plan(IReadOnlyList<SampleCounts> baseline, int minEpochs, int maxEpochs, GateSettings settings)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(minEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEpochs, minEpochs);
        var known = baseline.Where(c => c.BaselineRuns > 0).ToList();
        var first = settings with { Alpha = settings.Alpha * FirstAlpha, Beta = settings.Beta * FirstBeta };
        for (var epochs = minEpochs; epochs < maxEpochs; epochs++)
        {
            var share = HealthyShareOf(known, epochs, first);
            if (share < Wanted) continue;
            var second = settings with { Alpha = settings.Alpha * (1 - FirstAlpha), Beta = settings.Beta * (1 - FirstBeta) };
            return new EpochPlan(new EpochBlock(epochs, CriticalEpochs(known, epochs, first), first), new EpochBlock(maxEpochs - epochs, maxEpochs - epochs, second), share);
        }

        return new EpochPlan(new EpochBlock(maxEpochs, CriticalEpochs(known, maxEpochs, settings), settings), null, HealthyShareOf(known, maxEpochs, settings));
    }

    /// <summary>A critical sample that always passed and now always fails has a p-value of 1 / C(K + m, m). A baseline of so few runs that no bearable number shows it costs nothing more: the gate then calls nothing healthy where one fails every run.</summary>
    private static int CriticalEpochs(List<SampleCounts> known, int epochs, GateSettings settings)
    {
        var cached = known.Where(c => c.IsCritical).Select(c => c.BaselineRuns).DefaultIfEmpty(0).Min();
        var share = settings.Shares.Critical;
        var needed = epochs;
        while (needed <= MostCriticalEpochs && SpecialFunctions.Binomial(cached + needed, needed) * share / 2 < 1) needed++;
        return needed <= MostCriticalEpochs ? needed : epochs;
    }

    private static double HealthyShareOf(List<SampleCounts> known, int epochs, GateSettings settings)
    {
        if (known.Count == 0) return 0;
        var (a, b) = Prior(known);
        var random = new Random(20_260_401);
        var excluded = new Dictionary<EffectiveRuns, bool>();
        var healthy = 0;
        for (var draw = 0; draw < Draws; draw++)
        {
            var counts = known.Select(c =>
            {
                var rate = Beta.Sample(random, a + c.BaselineFailures, b + c.BaselineRuns - c.BaselineFailures);
                return c with { CandidateFailures = Binomial.Sample(random, rate, epochs), CandidateRuns = epochs };
            }).ToList();

            // The odds are cheap to judge, the margin is not: it is asked only where they do not decide, and once of equal totals.
            if (ConditionalTest.PValueOfExclusion(counts, settings.Odds) <= settings.Beta || IsMarginExcluded(counts)) healthy++;
        }

        return (double)healthy / Draws;

        bool IsMarginExcluded(IReadOnlyList<SampleCounts> counts)
        {
            var (candidate, cached) = RiseBound.Sides(counts);
            if (!excluded.TryGetValue(candidate, out var isExcluded))
                excluded[candidate] = isExcluded = RiseBound.Excludes(candidate.Failures, candidate.Runs, cached.Failures, cached.Runs, settings.Margin, settings.Beta);
            return isExcluded;
        }
    }

    /// <summary>Of the samples' failure rates: moments of a Beta–binomial, its mean and the share of the variance that lies between samples; at least a little of it, or equal counts would have no prior.</summary>
    internal static (double A, double B) Prior(List<SampleCounts> known)
    {
        var mean = (known.Sum(c => c.BaselineFailures) + 0.1) / (known.Sum(c => c.BaselineRuns) + 0.2);
        var runs = known.Average(c => c.BaselineRuns);
        var variance = known.Average(c => Math.Pow(c.BaselineRate - mean, 2)) / (mean * (1 - mean));
        var between = runs <= 1 ? 0.4 : Math.Clamp(((variance * runs) - 1) / (runs - 1), 0.05, 0.9);
        var weight = (1 / between) - 1;
        return (mean * weight, (1 - mean) * weight);
    }
}
