using CsCheck;
using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class ControlSetTests
{
    [Fact]
    public void One_run_a_side_is_the_exact_two_sided_McNemar_test() // 8 lost, 1 won: 2 · (C(9,0) + C(9,1)) / 2⁹
    {
        var total = Assert.Single(ControlSet.Compare([.. Moved(8, from: 1, to: 0), .. Moved(1, from: 0, to: 1), .. Moved(11, from: 1, to: 1)]));

        Assert.Equal(20 / 512.0, total.PValue, 12);
        Assert.Equal((19 / 20.0, 12 / 20.0), (total.Reference, total.Current));
        Assert.True(total.Fell(0.05));
    }

    [Fact]
    public void A_slice_that_falls_under_a_rising_total_is_not_hidden()
    {
        var drifts = ControlSet.Compare(
            [.. Moved(40, 0, 1, "prime"), .. Moved(10, 1, 1, "prime"), .. Moved(12, 1, 0, "composite"), .. Moved(38, 1, 1, "composite")]);

        Assert.True(drifts[0].Rose(0.05));
        Assert.Equal("composite", Assert.Single(ControlSet.HiddenByTotal(drifts, 0.05)).Slice);
    }

    [Fact]
    public void Slices_that_move_against_each_other_are_seen_where_the_total_stands()
    {
        var drifts = ControlSet.Compare([.. Moved(20, 1, 0, "prime"), .. Moved(20, 0, 1, "composite")]);

        Assert.Equal(1, drifts[0].PValue);
        Assert.Equal("prime", Assert.Single(ControlSet.HiddenByTotal(drifts, 0.05)).Slice);
    }

    [Fact]
    public void A_falling_total_hides_nothing() => Assert.Empty(ControlSet.HiddenByTotal(ControlSet.Compare([.. Moved(20, 1, 0, "prime")]), 0.05));

    [Fact]
    public void Items_of_one_side_only_count_nowhere() =>
        Assert.Equal(0, Assert.Single(ControlSet.Compare([new("a", 1, 1, 0, 0, [])])).Items);

    [Fact]
    public void Holm_multiplies_the_smallest_most() => Assert.Equal([0.03, 0.06, 0.06], Holm.Adjust([0.01, 0.04, 0.03]).Select(p => Math.Round(p, 12)));

    [Fact]
    public void Holms_values_keep_the_order_and_lie_between_p_and_Bonferroni() =>
        Gen.Double[0, 1].Array[1, 20].Sample(
            p => Holm.Adjust(p).Zip(p).All(x => x.First >= x.Second && x.First <= Math.Min(1, p.Length * x.Second) + 1e-12),
            seed: "0000000000001", iter: 500);

    private static IEnumerable<ControlItem> Moved(int items, int from, int to, params string[] slices) =>
        Enumerable.Range(0, items).Select(i => new ControlItem($"{from}{to} {string.Join(' ', slices)} {i}", from, 1, to, 1, slices));
}
