using CsCheck;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class ConditionalTestTests
{
    [Theory]
    [InlineData(8, 1, 10 / 512.0)] // (C(9,0) + C(9,1)) / 2⁹
    [InlineData(5, 0, 1 / 32.0)]
    [InlineData(0, 0, 1.0)]
    public void With_one_run_a_side_it_is_the_exact_one_sided_McNemar_test(int broken, int mended, double expected)
    {
        var counts = Enumerable.Range(0, 50).Select(i => new SampleCounts(
            $"{i}", i >= broken && i < broken + mended ? 1 : 0, 1, i < broken ? 1 : 0, 1)).ToList();

        Assert.Equal(expected, ConditionalTest.PValueOfRise(counts), 12);
    }

    [Fact]
    public void One_sample_is_Fishers_exact_test() // y = 3 of m = 3 and b = 1 of K = 5: C(3,3)·C(5,1) / C(8,4)
        => Assert.Equal(5 / 70.0, ConditionalTest.PValueOfRise([new("a", 1, 5, 3, 3)]), 12);

    [Fact]
    public void Under_odds_the_share_is_the_non_central_hypergeometric() // S = 1, K = 5, m = 1: P(y = 0 | θ = 3) = 5 / (5 + 3)
        => Assert.Equal(5 / 8.0, ConditionalTest.PValueOfExclusion([new("a", 1, 5, 0, 1)], 3), 12);

    [Fact]
    public void Both_tails_share_exactly_the_observed_count() =>
        Counts.Sample(counts =>
        {
            var rise = ConditionalTest.PValueOfRise(counts);
            var fall = ConditionalTest.PValueOfExclusion(counts, 1);
            return rise is > 0 and <= 1 && fall is > 0 and <= 1 && rise + fall >= 1 - 1e-12
                && ConditionalTest.PValueOfExclusion(counts, 3) <= fall + 1e-12;
        }, seed: "0000000000001", iter: 500);

    [Fact]
    public void Ten_thousand_samples_agree_with_the_normal_limit_and_a_shifted_total_is_seen()
    {
        var random = new Random(1);
        var counts = Enumerable.Range(0, 10_000)
            .Select(i => new SampleCounts($"{i}", Draw(random, 5, 0.09), 5, Draw(random, 5, 0.09), 5)).ToList();
        var worse = counts.Select(c => c.CandidateFailures < 5 && random.NextDouble() < 0.05
            ? c with { CandidateFailures = c.CandidateFailures + 1 } : c).ToList();

        Assert.InRange(ConditionalTest.PValueOfRise(counts), 0.001, 0.999);
        Assert.InRange(ConditionalTest.PValueOfRise(worse), 0, 1e-4);
    }

    [Fact]
    public void Impossible_counts_are_refused() =>
        Assert.Throws<ArgumentException>(() => ConditionalTest.PValueOfRise([new("a", 6, 5, 0, 1)]));

    internal static int Draw(Random random, int runs, double rate)
    {
        var count = 0;
        for (var i = 0; i < runs; i++) count += random.NextDouble() < rate ? 1 : 0;
        return count;
    }

    private static Gen<List<SampleCounts>> Counts =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], (b, y) => new SampleCounts("s", b, 5, y, 3)).List[1, 30];
}
