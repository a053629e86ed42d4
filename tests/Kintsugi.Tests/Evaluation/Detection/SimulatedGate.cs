using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

/// <summary>How a simulated deployment ended.</summary>
/// <param name="Kind">Regressed, healthy, or insufficient; flaky is not told apart.</param>
/// <param name="Runs">Of the candidate.</param>
/// <param name="PlannedRuns">Of the candidate had no block ended early.</param>
/// <param name="Counts">As judged, in the order in which they ran.</param>
internal sealed record SimulatedDeployment(VerdictKind Kind, int Runs, int PlannedRuns, IReadOnlyList<SampleCounts> Counts, BlockCourse Course)
{
    public Verdict Judge() => Gate.Judge(Counts, Counts.Count, Course.Block.Settings, Course.LookEvery);
}

/// <summary>The whole gate on simulated agents: epochs planned from the baseline, waves in random order with early ends, a second block, and every question of <see cref="Gate"/>.</summary>
/// <remarks>Not for two threads. Plans are made once for each total of the baseline's failures, and the margin's bound is looked up where it was found before; else a deployment is what a real one is.</remarks>
internal sealed class SimulatedGate(GateSettings settings, int cachedRuns = 5, int minEpochs = 1, int maxEpochs = 5, bool isFast = false)
{
    private readonly Dictionary<int, EpochPlan> plans = [];
    private readonly Dictionary<(int CandidateRuns, int BaselineFailures, int BaselineRuns, double Error), int> mostFailures = [];

    public int[] Bless(IReadOnlyList<SimulatedSample> samples, Random random) => [.. samples.Select(s => SimulatedSample.Draw(random, s.Before, cachedRuns))];

    public SimulatedDeployment Deploy(IReadOnlyList<SimulatedSample> samples, Random random) => Deploy(samples, Bless(samples, random), random);

    public SimulatedDeployment Deploy(IReadOnlyList<SimulatedSample> samples, int[] blessed, Random random)
    {
        var unrun = new SampleCounts[samples.Count];
        for (var i = 0; i < unrun.Length; i++) unrun[i] = samples[i].Run(blessed[i], cachedRuns, 0, random);
        if (!plans.TryGetValue(blessed.Sum(), out var plan)) plans[blessed.Sum()] = plan = EpochPlan.Plan(unrun, minEpochs, maxEpochs, settings);
        var first = RunBlock(samples, unrun, plan.First, minEpochs, random);
        if (first.Kind != VerdictKind.Insufficient || plan.Second is not { } block) return first;
        var byId = first.Counts.ToDictionary(c => c.SampleId);
        var second = RunBlock(samples, [.. samples.Select(s => byId[s.Id])], block, 0, random);
        return second with { Runs = first.Runs + second.Runs, PlannedRuns = first.PlannedRuns + second.PlannedRuns };
    }

    // Drawn as if the block ran in full; what its deciding look had not seen is then drawn again, shorter. That is what waves do, with one pass over the looks.
    private SimulatedDeployment RunBlock(IReadOnlyList<SimulatedSample> samples, SampleCounts[] before, EpochBlock block, int fewest, Random random)
    {
        var course = BlockCourse.Of(block, samples.Count, fewest, isFast);
        var order = new int[samples.Count];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        random.Shuffle(order);
        var counts = Array.ConvertAll(order, i => More(i, isDecided: false));
        var planned = Runs(counts) - Runs(before);
        var path = course.PathOf(counts);
        if (path.Kind != SequentialKind.Undecided)
            for (var at = path.Looks[^1].Samples; at < order.Length; at++) counts[at] = More(order[at], isDecided: true);
        var kind = Gate.IsRegressed(counts, counts.Length, block.Settings, course.LookEvery) ? VerdictKind.Regressed
            : path.Kind == SequentialKind.Excluded || IsMarginExcluded(counts, block.Settings) ? VerdictKind.Healthy : VerdictKind.Insufficient;
        return new SimulatedDeployment(kind, Runs(counts) - Runs(before), planned, counts, course);

        SampleCounts More(int i, bool isDecided)
        {
            var epochs = course.EpochsOf(samples[i].IsCritical, isDecided);
            return before[i] with
            {
                CandidateFailures = before[i].CandidateFailures + SimulatedSample.Draw(random, samples[i].After, epochs),
                CandidateRuns = before[i].CandidateRuns + epochs,
            };
        }

        static int Runs(SampleCounts[] counts) => counts.Sum(c => c.CandidateRuns);
    }

    private bool IsMarginExcluded(SampleCounts[] counts, GateSettings judged)
    {
        var (candidate, baseline) = RiseBound.Sides(counts);
        var key = (candidate.Runs, baseline.Failures, baseline.Runs, judged.Beta);
        if (!mostFailures.TryGetValue(key, out var most))
        {
            most = -1;
            for (var beyond = candidate.Runs + 1; beyond - most > 1;)
            {
                var middle = (most + beyond) / 2;
                if (RiseBound.Excludes(middle, candidate.Runs, baseline.Failures, baseline.Runs, judged.Margin, judged.Beta)) most = middle;
                else beyond = middle;
            }

            mostFailures[key] = most;
        }

        return candidate.Failures <= most;
    }
}
