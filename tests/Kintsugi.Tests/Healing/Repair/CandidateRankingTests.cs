using Kintsugi.Healing.Repair;

namespace Kintsugi.Tests.Healing.Repair;

public class CandidateRankingTests
{
    [Fact]
    public void The_candidate_whose_runs_pass_most_often_is_judged() => Assert.Equal(1, CandidateRanking.Best([Of(1, 30), Of(2, 38), Of(3, 37)]));

    [Fact]
    public void Of_equals_the_smaller_change_and_then_the_first() =>
        Assert.Equal((2, 0), (CandidateRanking.Best([Of(1, 38, lines: 9), Of(2, 38, lines: 5), Of(3, 38, lines: 2)]), CandidateRanking.Best([Of(1, 38), Of(2, 38)])));

    [Fact]
    public void A_run_that_the_world_spoiled_counts_for_neither_side() => Assert.Equal(1, CandidateRanking.Best([Of(1, 38, runs: 40), Of(2, 38, runs: 39)]));

    [Fact]
    public void What_is_refused_is_never_the_best_and_of_refused_ones_there_is_none()
    {
        Assert.Equal(1, CandidateRanking.Best([Of(1, 40) with { Refusal = "patch gate" }, Of(2, 0, runs: 0)]));
        Assert.Null(CandidateRanking.Best([Of(1, 40) with { Refusal = "patch gate" }]));
        Assert.Null(CandidateRanking.Best([]));
    }

    /// <summary>Eight useless fixes at 80 %, 20 runs each: P(the best shows 19 or 20) = 1 − P(one shows at most 18)⁸ = 1 − (1 − 20 · 0.8¹⁹ · 0.2 − 0.8²⁰)⁸ = 43.6 %.</summary>
    [Fact]
    public void The_runs_that_chose_say_too_much_of_what_they_chose_so_acceptance_has_its_own()
    {
        var one = (20 * Math.Pow(0.8, 19) * 0.2) + Math.Pow(0.8, 20);

        Assert.Equal(0.436, 1 - Math.Pow(1 - one, 8), 3);
    }

    private static CandidateScore Of(int n, int passed, int runs = 40, int lines = 5) => new(n, "a/m", "", null, passed, runs, lines, Chosen: false);
}
