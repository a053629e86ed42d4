using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Tests.Evaluation.Judges;

public class JudgeStandingTests
{
    private static readonly Confusion Good = new(27, 3, 4, 16, 5);
    private static readonly DateOnly Day = new(2026, 3, 1);

    [Fact]
    public void A_judge_with_a_fresh_card_of_enough_labels_may_gate()
    {
        var standing = Of(JudgeCardTests.Card(Good));

        Assert.True(standing.MayGate, string.Join('\n', standing.Problems));
        Assert.Empty(standing.AdvisesOn);
    }

    [Theory]
    [InlineData(24, 3, 4, 16, 2, "49 labels")]
    [InlineData(60, 5, 0, 9, 0, "9 fails")]
    [InlineData(20, 10, 9, 16, 0, "is 0.31")] // informedness 20/30 − 9/25
    [InlineData(8, 22, 20, 5, 0, "is -0.53")] // worse than a coin
    public void Too_few_labels_or_too_little_in_them_only_advise(int truePasses, int falseFails, int falsePasses, int trueFails, int abstained, string problem)
    {
        var standing = Of(JudgeCardTests.Card(new Confusion(truePasses, falseFails, falsePasses, trueFails, abstained)));

        Assert.False(standing.MayGate);
        Assert.Contains(problem, Assert.Single(standing.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_of_another_rubric_says_nothing() =>
        Assert.False(JudgeStanding.Of(JudgeCardTests.Card(Good), JudgeIdentity.Of("vendor/model-1", "another"), Day, lastRerun: null).MayGate);

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public void A_card_holds_for_thirty_days_and_not_before_its_time(int days, bool gates) =>
        Assert.Equal(gates, JudgeStanding.Of(JudgeCardTests.Card(Good), JudgeCardTests.Identity, Day.AddDays(days), lastRerun: null).MayGate);

    [Fact]
    public void A_judge_that_nobody_asked_twice_only_advises() =>
        Assert.False(Of(JudgeCardTests.Card(Good) with { RepetitionStability = new Proportion(0, 0) }).MayGate);

    [Fact]
    public void A_judge_that_drifted_only_advises()
    {
        var card = JudgeCardTests.Card(Good);

        Assert.False(JudgeStanding.Of(card, JudgeCardTests.Identity, Day, new JudgeDrift(0.001, 1, 1, 0.05)).MayGate);
        Assert.True(JudgeStanding.Of(card, JudgeCardTests.Identity, Day, new JudgeDrift(0.02, 1, 1, 0.05)).MayGate);
    }

    [Fact]
    public void A_slice_on_which_it_is_a_coin_is_not_covered_by_the_others()
    {
        var card = JudgeCardTests.Card(new Confusion(60, 10, 15, 45, 0)) with
        {
            Slices = new Dictionary<string, Confusion>
            {
                ["coin"] = new(8, 7, 8, 7, 0),
                ["small"] = new(5, 5, 5, 5, 0),
                ["good"] = new(18, 2, 2, 18, 0),
            },
        };

        var standing = Of(card);

        Assert.True(standing.MayGate);
        Assert.Equal(["coin"], standing.AdvisesOn);
    }

    private static JudgeStanding Of(JudgeCard card) => JudgeStanding.Of(card, JudgeCardTests.Identity, Day, lastRerun: null);
}
