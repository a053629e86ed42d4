using Kintsugi.Evaluation.Alarms;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class ChangePointsTests
{
    [Fact]
    public void The_distance_of_two_levels_is_the_weighted_energy_distance() => // 25/10 · (2·1 − 0 − 0)
        Assert.Equal((5, 5.0), ChangePoints.BestCut([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]));

    [Fact]
    public void Spread_within_the_sides_is_taken_off() // between: mean |x − y| = 2; within: ten pairs a side, six of them 1 apart, mean 0.6
    {
        var best = ChangePoints.BestCut([0, 1, 0, 1, 0, 2, 3, 2, 3, 2]);

        Assert.Equal(5, best!.Value.At);
        Assert.Equal(2.5 * ((2 * 2) - 0.6 - 0.6), best.Value.Distance, 12);
    }

    [Fact]
    public void Each_of_two_changes_is_found_where_it_is()
    {
        var found = ChangePoints.Find([.. Level(1, 20), .. Level(3, 20), .. Level(2, 20)], 0.05, new Random(1));

        Assert.Equal([20, 40], found.Select(c => c.Index));
        Assert.Equal((1.5, 3.5), (found[0].Before, found[0].After));
        Assert.All(found, c => Assert.InRange(c.PValue, 1 / 200.0, 0.05));
    }

    [Fact]
    public void A_series_that_never_moves_has_no_change() => Assert.Empty(ChangePoints.Find(new double[50], 0.05, new Random(1)));

    [Fact]
    public void Fewer_than_ten_values_show_nothing() => Assert.Empty(ChangePoints.Find([0, 0, 0, 0, 9, 9, 9, 9, 9], 0.05, new Random(1)));

    [Fact]
    public void What_is_too_long_or_no_number_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ChangePoints.Find(new double[1001], 0.05, new Random(1)));
        Assert.Throws<ArgumentException>(() => ChangePoints.Find([1, double.NaN], 0.05, new Random(1)));
    }

    [Fact]
    public void Independent_values_show_a_change_in_at_most_five_percent_even_with_heavy_tails()
    {
        var random = new Random(4);

        var alarms = Enumerable.Range(0, 300).Count(_ => ChangePoints.Find([.. Enumerable.Range(0, 30).Select(_ => Cauchy.Sample(random, 0, 1))], 0.05, random).Count > 0);

        Assert.InRange(alarms, 0, 300 * 0.088);
    }

    // Half of the values half a unit above the level: a median that is no value of another level.
    private static IEnumerable<double> Level(double level, int values) => Enumerable.Range(0, values).Select(i => level + 0.4 + (0.2 * (i % 2)));
}
