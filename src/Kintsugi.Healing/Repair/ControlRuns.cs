using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Healing.Repair;

/// <summary>How often failing samples have to be run to show that they fail.</summary>
internal static class ControlRuns
{
    /// <param name="baseline">Of each failing sample; only the baseline's counts are read.</param>
    /// <param name="spared">Runs that may pass nevertheless.</param>
    /// <param name="most">In [1, ∞).</param>
    /// <returns>The fewest runs of each sample at which a rise is shown at <paramref name="alpha"/> where all but <paramref name="spared"/> runs fail; <paramref name="most"/> where none show it.</returns>
    public static int ToShow(IReadOnlyList<SampleCounts> baseline, int spared, double alpha, int most)
    {
        for (var runs = 1; runs < most; runs++)
            if (ConditionalTest.PValueOfRise(Failing(baseline, runs, spared)) <= alpha) return runs;
        return most;
    }

    private static List<SampleCounts> Failing(IReadOnlyList<SampleCounts> baseline, int runs, int spared)
    {
        List<SampleCounts> failing = [];
        foreach (var sample in baseline)
        {
            var passes = Math.Min(spared, runs);
            spared -= passes;
            failing.Add(sample with { CandidateRuns = runs, CandidateFailures = runs - passes });
        }
        return failing;
    }
}
