using CsCheck;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class SliceTestsTests
{
    [Fact]
    public void A_slice_that_could_show_nothing_costs_the_others_nothing()
    {
        var counts = Slice("broken", 4, failures: 4).Concat(Slice("quiet", 3, failures: 0)).Append(new("odd", 1, 5, 0, 1) { Slices = ["rare"] }).ToList(); // least p of "rare": 1/6

        var verdicts = SliceTests.Judge(counts, 0.015);

        Assert.Equal(["broken", "quiet", "rare"], verdicts.Select(v => v.Name));
        Assert.Equal([0.015, 0, 0], verdicts.Select(v => v.Level));
        Assert.Equal(1 / 1296.0, verdicts[0].PValue, 12); // 6⁻⁴: each sample failed once in six runs, and each time it was the candidate
        Assert.Equal([true, false, false], verdicts.Select(v => v.Rose));
    }

    [Fact]
    public void Levels_step_down_by_Holm_and_stop_at_the_first_that_shows_nothing()
    {
        // p = 6⁻⁵, 6⁻² = 0.0278, and 1 − (5/6)⁴ = 0.52 of four samples of which one broke; all three could reach 0.05 / 3.
        var counts = Slice("a", 5, failures: 5).Concat(Slice("b", 2, failures: 2)).Concat(Slice("c", 4, failures: 1, blessed: 3)).ToList();

        var verdicts = SliceTests.Judge(counts, 0.09);

        Assert.Equal([0.03, 0.045, 0.09], verdicts.Select(v => v.Level), Close);
        Assert.Equal([true, true, false], verdicts.Select(v => v.Rose));

        var stricter = SliceTests.Judge(counts, 0.05); // now "b" (0.0278) cannot reach 0.05 / 3 nor 0.05 / 2, so that two share

        Assert.Equal([0.025, 0, 0.05], stricter.Select(v => v.Level), Close);
    }

    [Fact]
    public void Slices_of_the_same_samples_are_one_and_the_whole_is_none()
    {
        List<SampleCounts> counts =
        [
            .. Enumerable.Range(0, 6).Select(i => new SampleCounts($"{i}", 0, 5, i < 3 ? 1 : 0, 1) { Slices = i < 3 ? ["all", "b", "a", "a"] : ["all", "c"] }),
        ];

        Assert.Equal([("a, b", 3), ("c", 3)], SliceTests.Judge(counts, 0.015).Select(v => (v.Name, v.Samples)));
    }

    [Fact]
    public void The_order_of_samples_and_of_tags_changes_nothing() =>
        Gen.Select(SmallCases.Counts, Gen.Int[0, 1_000]).Sample((counts, seed) =>
        {
            var shuffled = counts.Select(c => c with { Slices = [.. c.Slices.Reverse()] }).ToArray();
            new Random(seed).Shuffle(shuffled);
            var (one, other) = (SliceTests.Judge(counts, 0.2), SliceTests.Judge(shuffled, 0.2));
            Assert.Equal(one.Select(v => (v.Name, v.Samples, v.Rose)), other.Select(v => (v.Name, v.Samples, v.Rose)));
            Assert.Equal(one.Select(v => v.PValue), other.Select(v => v.PValue), Close);
        }, seed: "0000000000002", iter: 300);

    [Fact]
    public void Over_every_way_in_which_the_failures_could_fall_no_more_than_the_share_shows_a_rise() =>
        SmallCases.Counts.Sample(
            counts => Assert.InRange(SmallCases.Probability(counts, 1, outcome => SliceTests.Judge(outcome, 0.3).Any(v => v.Rose)), 0, 0.3 + 1e-9),
            seed: "0000000000003", iter: 200);

    private static IEnumerable<SampleCounts> Slice(string name, int n, int failures, int blessed = 0) =>
        Enumerable.Range(0, n).Select(i => new SampleCounts($"{name}{i}", i >= failures && i < failures + blessed ? 1 : 0, 5, i < failures ? 1 : 0, 1) { Slices = [name] });

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-12;
}
