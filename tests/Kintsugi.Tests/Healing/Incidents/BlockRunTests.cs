using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Tests.Evaluation.Running;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Healing.Incidents;

/// <summary>A block runs as planned until it is decided, and then only what slices, floor and critical samples need.</summary>
public class BlockRunTests
{
    private static readonly GateDefinition Gate = new();

    private static readonly GateSettings Settings = new(null, 0.05, 0.10, 0.05, 3) { BySlice = true, HasCritical = true };

    private static readonly EpochBlock Block = new(3, 5, Settings);

    [Fact]
    public void An_agent_that_fails_everything_is_not_run_more_than_it_takes()
    {
        var (run, records, results) = Play(Block, Samples(80), _ => false);

        var runs = results.Count;
        Assert.InRange(runs, 80, (80 * 3) - 1);
        Assert.All(records, r => Assert.InRange(r.Head.Length, 1, 5));
        Assert.Equal(VerdictKind.Regressed, run.Judge(records).Kind);
    }

    [Fact]
    public void One_that_is_as_good_is_run_less_as_well()
    {
        var (run, records, results) = Play(Block, Samples(80, baseline: "11101"), s => s.Id[^1] != '3');

        Assert.True(results.Count < 80 * 3);
        Assert.Equal(VerdictKind.Healthy, run.Judge(records).Kind);
    }

    [Fact]
    public void Critical_samples_run_as_often_as_it_takes_whatever_is_decided()
    {
        List<Sample> samples = [.. Samples(60).Select((s, i) => s with { Critical = i % 10 == 0 })];

        var (_, records, _) = Play(Block, samples, _ => false);

        Assert.All(samples.Zip(records), s => Assert.Equal(s.First.Critical, s.Second.Head.Length == 5));
    }

    [Fact]
    public void In_a_hurry_nothing_runs_once_it_is_decided()
    {
        var (run, records, results) = Play(Block, Samples(80), _ => false, isFast: true);

        Assert.Contains(records, r => r.Head.Length == 0);
        Assert.True(results.Count < 80);
        var verdict = run.Judge(records);
        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.Equal(0, verdict.World);
    }

    [Fact]
    public void One_damaged_slice_is_found_though_every_sample_runs_but_once()
    {
        List<Sample> samples = [.. Samples(100).Select((s, i) => s with { Tags = [i < 10 ? "enterprise" : "other"] })];

        var (run, records, _) = Play(new EpochBlock(1, 1, Settings), samples, s => s.Tags[0] == "other");

        var verdict = run.Judge(records);
        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.True(Assert.Single(verdict.Slices, s => s.Rose).Name == "enterprise");
    }

    [Fact]
    public void One_critical_sample_that_breaks_outright_is_found()
    {
        List<Sample> samples = [.. Samples(60).Select((s, i) => s with { Critical = i is 7 or 8 or 9 })];
        List<SampleRecord> before = Before(samples);
        var plan = EpochPlan.Plan([.. before.Zip(samples, LookRunner.Counts)], 1, 5, Settings);

        var (run, records, _) = Play(plan.First, samples, s => s.Id != "s007");

        Assert.Equal(5, plan.First.CriticalEpochs);
        var verdict = run.Judge(records);
        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.Equal(["s007"], verdict.BrokenCritical);
    }

    [Theory]
    [InlineData(5, 3, 5)]
    [InlineData(3, 3, 10)]
    [InlineData(1, 3, 1)] // no bearable number of runs shows it against one
    public void Critical_samples_run_as_often_as_it_takes_whatever_the_others_may(int cached, int most, int expected)
    {
        var samples = Samples(60, baseline: new string('1', cached)).ConvertAll(s => s with { Critical = s.Id == "s007" });

        var plan = EpochPlan.Plan([.. Before(samples).Zip(samples, LookRunner.Counts)], 1, most, Settings);

        Assert.Equal(expected == 1 ? plan.First.Epochs : expected, plan.First.CriticalEpochs);
    }

    [Fact]
    public void A_second_block_goes_on_with_new_draws()
    {
        var samples = Samples(10);
        List<SampleRecord> before = [.. Before(samples).Select(r => r with { Head = "11" })];

        var second = new BlockRun(new EpochBlock(3, 3, Settings), samples, before, Gate, Draws.Look, seed: 1, isFast: false);

        Assert.All(second.First, p => Assert.Equal([3, 4, 5], p.Epochs));
    }

    [Fact]
    public void The_order_depends_on_the_seed_alone()
    {
        var samples = Samples(40);
        List<string> Order(int seed) => [.. new BlockRun(Block, samples, Before(samples), Gate, Draws.Look, seed, isFast: false).First.Select(p => p.Sample.Id)];

        Assert.Equal(Order(1), Order(1));
        Assert.NotEqual(Order(1), Order(2));
    }

    private static List<Sample> Samples(int count, string baseline = "11111") =>
        [.. Enumerable.Range(0, count).Select(i => RunningRig.Case($"s{i:000}", "1") with { Family = baseline })];

    private static List<SampleRecord> Before(IReadOnlyList<Sample> samples) => [.. samples.Select(s => new SampleRecord(s.Id, false, s.Family!, ""))];

    private static (BlockRun Run, IReadOnlyList<SampleRecord> Records, List<SampleResult> Results) Play(
        EpochBlock block, IReadOnlyList<Sample> samples, Func<Sample, bool> passes, bool isFast = false)
    {
        var before = Before(samples);
        var run = new BlockRun(block, samples, before, Gate, Draws.Look, seed: 1, isFast);
        List<SampleResult> results = [];
        for (IReadOnlyList<PlannedSample>? plan = run.First; plan is not null; plan = run.Course.Next(results))
        {
            results.AddRange(plan.SelectMany(p => p.Epochs.Select(epoch => new SampleResult(
                p.Sample.Id, epoch, passes(p.Sample) ? Outcome.Passed : Outcome.Failed, null, null, null, [], TimeSpan.Zero, RunCost.None, Trajectory.Empty))));
        }

        Assert.True(results.Count <= run.First.Sum(p => p.Epochs.Count) + run.Course.MostAfterwards);
        return (run, BlockRun.After(before, results), results);
    }
}
