using Kintsugi.Healing.Repair;

namespace Kintsugi.Tests.Healing.Repair;

public class ParetoFrontTests
{
    /// <summary>A row a candidate, a digit a sample; what is left, and on how many samples nobody scores higher.</summary>
    [Theory]
    [InlineData("100", "0:3")] // alone, so nobody scores higher anywhere
    [InlineData("110 011", "0:2 1:2")] // each does what the other cannot
    [InlineData("110 111", "1:3")] // dominated by its third sample
    [InlineData("110 110", "0:3")] // of equals the first
    [InlineData("1100 0010 1110", "2:4")] // the last does all that the others do
    [InlineData("1110 0001 1100", "0:3 1:1")]
    [InlineData("52 44 05", "0:1 2:1")] // 44 is best nowhere, though nobody dominates it
    public void Those_stay_that_are_best_on_some_sample_and_dominated_by_none(string table, string expected) =>
        Assert.Equal(expected, string.Join(' ', ParetoFront.Of(Table(table)).Select(c => $"{c.Candidate}:{c.BestOn}")));

    [Fact]
    public void A_parent_is_drawn_as_often_as_it_is_best()
    {
        var random = new Random(7);
        var drawn = Enumerable.Range(0, 4_000).Select(_ => ParetoFront.Draw([(2, 3), (5, 1)], random)).ToList();

        Assert.Equal([2, 5], drawn.Distinct().Order());
        Assert.InRange(drawn.Count(c => c == 5), 900, 1_100);
    }

    [Fact]
    public void Without_candidates_or_samples_there_is_no_front()
    {
        Assert.Empty(ParetoFront.Of([]));
        Assert.Empty(ParetoFront.Of([[], []]));
    }

    [Fact]
    public void Scores_that_cannot_be_held_against_each_other_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ParetoFront.Of([[1, 0], [1]]));
        Assert.Throws<ArgumentException>(() => ParetoFront.Of([[double.NaN]]));
    }

    private static List<IReadOnlyList<double>> Table(string table) => [.. table.Split(' ').Select(row => (IReadOnlyList<double>)[.. row.Select(c => (double)(c - '0'))])];
}
