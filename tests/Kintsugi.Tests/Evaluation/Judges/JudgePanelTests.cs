using CsCheck;
using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Tests.Evaluation.Judges;

public class JudgePanelTests
{
    private static readonly Gen<LabelledVotes[]> Labelled =
        Gen.Select(Gen.Bool, Gen.Int[0, 2].Select(slice => new[] { "", "a", "b" }[slice]), Gen.Int[-1, 1].Select(v => (Vote)v).Array[3]).Select(i => new LabelledVotes(i.Item1, i.Item2, i.Item3)).Array[1, 60];

    [Fact]
    public void A_judge_of_pairs_weighs_the_log_odds_of_being_right()
    {
        // 8 right, 2 wrong, 3 abstained: log(9/3). Which answer was first does not matter.
        var panel = PanelCalibration.OfPairs([.. Pairs(4, true, Vote.Yes), .. Pairs(4, false, Vote.No), .. Pairs(2, true, Vote.No), .. Pairs(3, true, Vote.Abstained)]);

        Assert.Equal(Math.Log(3), panel.Decide([Vote.Yes], "", 0).LogOdds, 12);
        Assert.Equal(-Math.Log(3), panel.Decide([Vote.No], "", 0).LogOdds, 12);
        Assert.False(panel.MayGate);
    }

    [Fact]
    public void A_judge_that_is_mostly_wrong_is_believed_the_other_way_round()
    {
        var panel = PanelCalibration.OfPairs([.. Pairs(20, true, Vote.No), .. Pairs(5, true, Vote.Yes)]);

        Assert.Equal(Vote.No, panel.Decide([Vote.Yes], "", 0).Vote);
    }

    [Fact]
    public void One_good_judge_outvotes_three_poor_ones()
    {
        var labelled = Enumerable.Range(0, 60).Select(i => new LabelledVotes(true, "", [i < 55 ? Vote.Yes : Vote.No, Coin(i, 2), Coin(i, 3), Coin(i, 5)])).ToList();

        Assert.Equal(Vote.Yes, PanelCalibration.OfPairs(labelled).Decide([Vote.Yes, Vote.No, Vote.No, Vote.No], "", 0).Vote);

        static Vote Coin(int i, int period) => i % (2 * period) < period ? Vote.Yes : Vote.No;
    }

    [Fact]
    public void A_judge_that_passes_everything_adds_nothing_however_often_it_is_right()
    {
        var panel = PanelCalibration.OfAnswers([.. Pairs(45, true, Vote.Yes), .. Pairs(5, false, Vote.Yes)]);

        // P(yes | pass) = 46/47, P(yes | fail) = 6/7, prior 46/6.
        Assert.Equal(Math.Log(46 / 6.0) + Math.Log(46 / 47.0 / (6 / 7.0)), panel.Decide([Vote.Yes], "", 0).LogOdds, 12);
        Assert.InRange(panel.Whole.Judges[0].Evidence(Vote.Yes), 0, 0.15);
        Assert.True(panel.MayGate);
    }

    [Fact]
    public void A_slice_starts_from_the_whole_and_goes_its_own_way_as_labels_come()
    {
        // Whole: 33 right, 10 wrong: 34/45. Slice: 1 right, 9 wrong, and 8 borrowed votes.
        var panel = PanelCalibration.OfPairs([.. Pairs(32, true, Vote.Yes, "easy"), .. Pairs(1, true, Vote.No, "easy"), .. Pairs(9, true, Vote.No, "hard"), .. Pairs(1, true, Vote.Yes, "hard")]);
        var right = (1 + (8 * 34 / 45.0)) / 18;

        Assert.Equal(Math.Log(right / (1 - right)), panel.Decide([Vote.Yes], "hard", 0).LogOdds, 12);
        Assert.Equal(Math.Log(34 / 11.0), panel.Decide([Vote.Yes], "never seen", 0).LogOdds, 12);
    }

    [Fact]
    public void Doubt_is_an_abstention()
    {
        var panel = PanelCalibration.OfPairs([.. Pairs(8, true, Vote.Yes), .. Pairs(2, true, Vote.No)]);

        Assert.Equal(Vote.Yes, panel.Decide([Vote.Yes], "", margin: 1).Vote);
        Assert.Equal(Vote.Abstained, panel.Decide([Vote.Yes], "", margin: 1.2).Vote);
        Assert.Equal(Vote.Abstained, panel.Decide([Vote.Abstained], "", margin: 0).Vote);
    }

    [Fact]
    public void A_base_rate_alone_judges_no_answer() =>
        Assert.Equal(Vote.Abstained, PanelCalibration.OfAnswers([.. Pairs(45, true, Vote.Yes), .. Pairs(5, false, Vote.No)]).Decide([Vote.Abstained], "", 0).Vote);

    [Fact]
    public void Exchanging_the_answers_of_a_pair_exchanges_the_verdict() =>
        Gen.Select(Labelled, Gen.Int[-1, 1].Select(v => (Vote)v).Array[3]).Sample((labelled, votes) =>
        {
            var panel = PanelCalibration.OfPairs(labelled);
            var there = panel.Decide(votes, "a", 0.1);
            var back = panel.Decide([.. votes.Select(v => (Vote)(-(int)v))], "a", 0.1);
            return (int)there.Vote == -(int)back.Vote && Math.Abs(there.LogOdds + back.LogOdds) < 1e-9;
        }, seed: "0000000000001", iter: 300);

    [Fact]
    public void Log_odds_are_finite_whatever_the_labels() =>
        Gen.Select(Labelled, Gen.Int[-1, 1].Select(v => (Vote)v).Array[3]).Sample((labelled, votes) =>
            double.IsFinite(PanelCalibration.OfPairs(labelled).Decide(votes, "a", 0).LogOdds)
            && double.IsFinite(PanelCalibration.OfAnswers(labelled).Decide(votes, "b", 0).LogOdds), seed: "0000000000001", iter: 300);

    [Fact]
    public void Every_judge_votes_or_says_that_it_abstains()
    {
        var panel = PanelCalibration.OfPairs([.. Pairs(5, true, Vote.Yes)]);

        Assert.Throws<ArgumentException>(() => panel.Decide([Vote.Yes, Vote.Yes], "", 0));
        Assert.Throws<ArgumentException>(() => PanelCalibration.OfPairs([new(true, "", [Vote.Yes]), new(true, "", [])]));
    }

    private static IEnumerable<LabelledVotes> Pairs(int count, bool yes, Vote vote, string slice = "") => Enumerable.Repeat(new LabelledVotes(yes, slice, [vote]), count);
}
