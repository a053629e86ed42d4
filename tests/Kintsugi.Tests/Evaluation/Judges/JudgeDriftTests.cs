using CsCheck;
using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Tests.Evaluation.Judges;

public class JudgeDriftTests
{
    private static readonly Proportion Steady = new(48, 50);

    [Fact]
    public void A_judge_that_votes_as_before_has_not_drifted()
    {
        var drift = JudgeDrift.Test(Items(50, true, Vote.Yes, Vote.Yes), Steady, 0.05);

        Assert.Equal((1, 1, 1), (drift.Correctness, drift.Leniency, drift.Unrest));
        Assert.False(drift.Drifted);
    }

    [Fact]
    public void A_judge_that_turned_strict_is_seen_in_all_three_tests()
    {
        var drift = JudgeDrift.Test([.. Items(42, true, Vote.Yes, Vote.Yes), .. Items(8, true, Vote.Yes, Vote.No)], Steady, 0.05);

        Assert.Equal(2 / 256.0, drift.Correctness, 12); // eight of eight one way: 2·0.5⁸
        Assert.Equal(2 / 256.0, drift.Leniency, 12);
        // At least 8 of 10 changes on 50 of 100 items: Σ C(50,k)·C(50,10−k)/C(100,10) for k = 8, 9, 10.
        Assert.Equal(0.0459, drift.Unrest, 1e-3);
        Assert.True(drift.Drifted);
    }

    [Fact]
    public void A_judge_that_turned_lenient_as_often_rightly_as_wrongly_is_seen_by_its_leniency()
    {
        var drift = JudgeDrift.Test([.. Items(30, true, Vote.Yes, Vote.Yes), .. Items(6, true, Vote.No, Vote.Yes), .. Items(6, false, Vote.No, Vote.Yes)], new Proportion(0, 0), 0.05);

        Assert.Equal(1, drift.Correctness);
        Assert.Equal(2 / 4096.0, drift.Leniency, 12);
        Assert.Equal(1, drift.Unrest); // no repetitions to hold it against
        Assert.True(drift.Drifted);
    }

    [Fact]
    public void A_judge_that_grew_restless_both_ways_is_seen_by_its_changes()
    {
        var drift = JudgeDrift.Test([.. Items(20, true, Vote.Yes, Vote.Yes), .. Items(15, true, Vote.Yes, Vote.No), .. Items(15, true, Vote.No, Vote.Yes)], Steady, 0.05);

        Assert.Equal((1, 1), (drift.Correctness, drift.Leniency));
        Assert.InRange(drift.Unrest, 0, 1e-6);
        Assert.True(drift.Drifted);
    }

    [Fact]
    public void A_judge_that_stopped_answering_has_drifted() =>
        Assert.True(JudgeDrift.Test([.. Items(40, true, Vote.Yes, Vote.Yes), .. Items(10, false, Vote.No, Vote.Abstained)], Steady, 0.05).Drifted);

    [Fact]
    public void The_same_change_in_the_other_direction_is_the_same_evidence() =>
        Gen.Select(Gen.Bool, Gen.Int[-1, 1], Gen.Int[-1, 1]).Select(i => new FrozenItem("", i.Item1, (Vote)i.Item2, (Vote)i.Item3)).Array[0, 60].Sample(items =>
        {
            var there = JudgeDrift.Test(items, Steady, 0.05);
            var back = JudgeDrift.Test([.. items.Select(i => i with { Then = i.Now, Now = i.Then })], Steady, 0.05);
            return there == back && there.Correctness is > 0 and <= 1 && there.Leniency is > 0 and <= 1 && there.Unrest is >= 0 and <= 1;
        }, seed: "0000000000001", iter: 300);

    private static List<FrozenItem> Items(int count, bool passed, Vote then, Vote now) => [.. Enumerable.Repeat(new FrozenItem("", passed, then, now), count)];
}
