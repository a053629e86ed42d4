using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Healing.Triage;

/// <summary>How one sample behaves on the good and on the bad version, from runs already paid for.</summary>
public sealed record TrialSample(string SampleId, RunPrior Good, RunPrior Bad);

/// <summary>What one sample gave under the version tried. Runs that the world spoiled are in neither count.</summary>
public sealed record TrialRuns(int Failures, int Passes);

/// <summary>Whether the runs so far decide a trial.</summary>
/// <param name="Outcome">Null while undecided.</param>
/// <param name="BadProbability">Posterior probability that the version is bad, from even odds.</param>
/// <param name="MoreRuns">Runs to add as the next block, of each of <paramref name="Samples"/>; 0 once decided.</param>
/// <param name="Samples">Indices of the samples to run: those that failed, for on them it hangs whether that was an accident; all of them while none has. Empty once decided.</param>
public sealed record TrialDecision(TrialOutcome? Outcome, double BadProbability, int MoreRuns, IReadOnlyList<int> Samples);

/// <summary>Chooses the samples on which trials are run.</summary>
public static class TrialSamples
{
    /// <summary>The samples that tell the two versions apart best, and what is known of them.</summary>
    /// <param name="counts">Baseline side: the good version; candidate side: the bad one. Fresh runs where there are any: samples that were chosen because they failed look worse than they are.</param>
    /// <returns>At most <paramref name="most"/>, the most telling first; empty when none failed more often on the bad version.</returns>
    /// <remarks>
    /// Pseudo-counts shrink the extremes that selection brings. On the bad side they start at the rate of the chosen samples, with the weight of one run. On the good
    /// side at the rate of all samples, with the weight of the sample's own runs: those chosen have few failures there because they were chosen, and a good side that
    /// was thought never to fail would take one accident for proof.
    /// </remarks>
    public static IReadOnlyList<TrialSample> Choose(IReadOnlyList<SampleCounts> counts, int most)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var worse = counts
            .Where(c => c.Comparable && c.CandidateFailures * c.BaselineRuns > c.BaselineFailures * c.CandidateRuns)
            .OrderByDescending(Gap).ThenBy(c => c.SampleId, StringComparer.Ordinal)
            .Take(most).ToList();
        var good = Pooled(counts.Sum(c => c.BaselineFailures), counts.Sum(c => c.BaselineRuns));
        var bad = Pooled(worse.Sum(c => c.CandidateFailures), worse.Sum(c => c.CandidateRuns));
        return
        [
            .. worse.Select(c => new TrialSample(
                c.SampleId,
                new RunPrior((good * c.BaselineRuns) + c.BaselineFailures, ((1 - good) * c.BaselineRuns) + c.BaselineRuns - c.BaselineFailures),
                new RunPrior(bad + c.CandidateFailures, 1 - bad + c.CandidateRuns - c.CandidateFailures))),
        ];

        static double Pooled(int failures, int runs) => (failures + 0.5) / (runs + 1);

        static double Gap(SampleCounts c) => ((c.CandidateFailures + 0.5) / (c.CandidateRuns + 1)) - ((c.BaselineFailures + 0.5) / (c.BaselineRuns + 1));
    }
}

/// <summary>Decides whether a version is good or bad from as few runs as its error allows: a sequential probability ratio test with the rates marginalised.</summary>
/// <remarks>
/// Wald (1945), Ann. Math. Stat. 16, 117–186, with Beta–Bernoulli marginals in place of known rates. Good: every sample at its good rate. Bad: some
/// samples at their bad rate, every non-empty set of them equally likely, so that a version which mends only half of the samples is bad. Stopping at a posterior of
/// 1 − error from even odds bounds the error by that, averaged over the rates' posteriors, whenever one looks.
/// </remarks>
public static class TrialTest
{
    private const int LargestBlock = 10;

    // However seldom a good version is thought to fail, one failure may be the accident that the few runs known of it did not show.
    private const int FewestFailures = 2;

    /// <param name="samples">From <see cref="TrialSamples.Choose"/>; at least one.</param>
    /// <param name="runs">Of each sample, in the same order; empty counts before the first block.</param>
    /// <param name="error">In (0, ½): see <see cref="Trial.Error"/>.</param>
    /// <param name="mostRuns">Runs of a sample after which the likelier answer is taken: a confirmation at a smaller error looks at it again.</param>
    public static TrialDecision Decide(IReadOnlyList<TrialSample> samples, IReadOnlyList<TrialRuns> runs, double error, int mostRuns)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(runs);
        if (samples.Count == 0 || runs.Count != samples.Count)
            throw new ArgumentException($"Give runs for each of the {samples.Count} samples, of which there must be one at least; {runs.Count} were given.", nameof(runs));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(error);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(error, 0.5);

        var evidence = Evidence(samples, runs);
        var bound = Math.Log((1 - error) / error);
        var bad = 1 / (1 + Math.Exp(-evidence));
        if (evidence >= bound && runs.Sum(r => r.Failures) >= FewestFailures) return new TrialDecision(TrialOutcome.Bad, bad, 0, []);
        if (evidence <= -bound) return new TrialDecision(TrialOutcome.Good, bad, 0, []);
        var done = runs.Max(r => r.Failures + r.Passes);
        if (done >= mostRuns) return new TrialDecision(bad > 0.5 ? TrialOutcome.Bad : TrialOutcome.Good, bad, 0, []);
        var all = Enumerable.Range(0, runs.Count);
        List<int> failed = [.. all.Where(i => runs[i].Failures > 0)];
        List<int> next = failed.Count > 0 ? failed : [.. all];
        return new TrialDecision(null, bad, Math.Min(mostRuns - done, Block(samples, runs, next, bound)), next);
    }

    /// <summary>Log odds of bad against good given the runs.</summary>
    private static double Evidence(IReadOnlyList<TrialSample> samples, IReadOnlyList<TrialRuns> runs)
    {
        // The mean over non-empty sets of Π LRᵢ is (Π(1 + LRᵢ) − 1) / (2ᵏ − 1).
        var log = 0.0;
        for (var i = 0; i < samples.Count; i++)
        {
            var ratio = samples[i].Bad.LogMarginal(runs[i].Failures, runs[i].Passes) - samples[i].Good.LogMarginal(runs[i].Failures, runs[i].Passes);
            log += ratio > 30 ? ratio : Math.Log(1 + Math.Exp(ratio));
        }

        return LogLess1(log) - LogLess1(samples.Count * Math.Log(2));

        static double LogLess1(double x) => x > 30 ? x : Math.Log(Math.Max(double.Epsilon, Math.Exp(x) - 1));
    }

    // The smallest block after which the version that now looks likelier would be decided, if its runs came out as they are expected to.
    private static int Block(IReadOnlyList<TrialSample> samples, IReadOnlyList<TrialRuns> runs, List<int> next, double bound)
    {
        var looksBad = Evidence(samples, runs) > 0;
        for (var block = 1; block < LargestBlock; block++)
        {
            var after = samples.Select((s, i) =>
            {
                if (!next.Contains(i)) return runs[i];
                var rate = looksBad ? s.Bad.FailureAfter(0, 0) : s.Good.FailureAfter(0, 0);
                var failures = (int)Math.Round(block * rate, MidpointRounding.AwayFromZero);
                return new TrialRuns(runs[i].Failures + failures, runs[i].Passes + block - failures);
            }).ToList();
            if (Math.Abs(Evidence(samples, after)) >= bound) return block;
        }

        return LargestBlock;
    }
}
