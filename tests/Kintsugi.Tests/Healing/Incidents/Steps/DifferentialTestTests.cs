using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Incidents.Steps;

namespace Kintsugi.Tests.Healing.Incidents.Steps;

public class DifferentialTestTests
{
    [Theory]
    [InlineData(0, 0, true)] // answers as the rest does
    [InlineData(2, 2, true)] // and is no noisier
    [InlineData(0, 4, false)] // too few runs to reject, and four of five are otherwise
    [InlineData(5, 5, false)] // the rest never repeats itself: that shows no agreement
    public void A_fix_is_excused_by_the_rest_of_the_change_only_where_it_answers_mostly_as_that_does(int theirs, int ours, bool isExcuse) =>
        Assert.Equal(isExcuse, DifferentialTest.IsExcuse([new SampleCounts("generated-1-1", theirs, 5, ours, 5)]));

    [Fact]
    public void A_fix_that_differs_more_often_than_the_rest_from_itself_is_not_excused() =>
        Assert.False(DifferentialTest.IsExcuse([.. Enumerable.Range(0, 12).Select(n => new SampleCounts($"generated-1-{n}", 0, 5, n < 6 ? 4 : 0, 5))]));
}
