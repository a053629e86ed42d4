using CsCheck;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class BlockCourseTests
{
    private static readonly GateSettings Settings = new(null, 0.05, 0.10, 0.05, 3);
    private static readonly EpochBlock Block = new(3, 5, Settings);

    [Fact]
    public void Once_decided_samples_run_as_often_as_the_report_needs_and_critical_ones_always_in_full()
    {
        var course = BlockCourse.Of(Block, 100, 1, isFast: false);

        Assert.Equal(13, course.LookEvery); // eight waves
        Assert.Equal([3, 1, 5, 5], [course.EpochsOf(false, false), course.EpochsOf(false, true), course.EpochsOf(true, false), course.EpochsOf(true, true)]);
    }

    [Fact]
    public void A_fast_course_stops_and_a_block_of_the_fewest_epochs_has_one_look()
    {
        Assert.Equal((5, 0), (BlockCourse.Of(Block, 100, 1, isFast: true).LookEvery, BlockCourse.Of(Block, 100, 1, isFast: true).EpochsOf(false, true)));
        Assert.Equal((100, 3), (BlockCourse.Of(Block, 100, 3, isFast: false).LookEvery, BlockCourse.Of(Block, 100, 3, isFast: false).EpochsOf(false, true)));
    }

    [Fact]
    public void It_is_decided_after_some_wave_by_what_had_run_and_later_waves_change_nothing()
    {
        var course = BlockCourse.Of(Block with { CriticalEpochs = 3 }, 80, 1, isFast: false);
        Gen.Int[0, 10_000].Sample(seed =>
        {
            var counts = Agents.Run(Agents.Golden(80), Agents.AtOdds(Agents.Golden(80), seed % 2 == 0 ? 1 : 5), 5, 3, new Random(seed)).ToArray();
            new Random(seed).Shuffle(counts);
            var waves = Enumerable.Range(1, 8).First(w => w == 8 || course.IsDecided(counts[..(w * 10)]));
            var shorter = counts.Select((c, i) => i < waves * 10 ? c : c with { CandidateFailures = 0, CandidateRuns = 1 }).ToList();

            var verdict = Gate.Judge(shorter, 80, Settings, course.LookEvery);

            Assert.Equal(course.PathOf(counts).Looks.Select(l => l with { }), verdict.Path.Looks);
            Assert.Equal(waves, verdict.Path.Looks.Count);
        }, seed: "0000000000004", iter: 20);
    }

    [Fact]
    public void A_fast_course_that_stopped_before_half_of_the_samples_is_a_verdict_on_those()
    {
        var counts = Enumerable.Range(0, 100).Select(i => new SampleCounts($"s{i:00}", 0, 5, i < 10 ? 3 : 0, i < 10 ? 3 : 0) { IsCritical = i == 99 }).ToList();
        counts[99] = counts[99] with { CandidateRuns = 5 };

        var verdict = Gate.Judge(counts, 100, Settings, lookEvery: 5);

        Assert.Equal(VerdictKind.Regressed, verdict.Kind);
        Assert.Equal((10, 11, 0), (verdict.Path.Looks[^1].Samples, verdict.Compared, verdict.World)); // the ten that decided it, and the critical one
    }

    [Fact]
    public void A_world_that_spoiled_what_came_before_the_decision_still_makes_it_incomparable()
    {
        var counts = Enumerable.Range(0, 100).Select(i => new SampleCounts($"s{i:00}", i < 60 ? 5 : 0, 5, i < 40 ? 5 : 0, i < 40 ? 5 : 0)).ToList();

        Assert.Equal(VerdictKind.Incomparable, Gate.Judge(counts, 100, Settings, lookEvery: 10).Kind);
    }
}
