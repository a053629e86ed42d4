using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class RateIntervalTests
{
    [Fact]
    public void No_failure_in_300_runs_bounds_the_rate_by_one_minus_the_300th_root_of_the_error() =>
        Assert.Equal(1 - Math.Pow(0.10, 1 / 300.0), RateInterval.Upper(0, 300, 0.10), 1e-9);

    [Theory]
    [InlineData(10, 100, 0.0490, 0.1762)] // published worked example of Clopper–Pearson
    [InlineData(0, 10, 0.0, 0.3085)]
    public void Clopper_Pearson_gives_the_published_limits(int count, int runs, double low, double high)
    {
        var interval = RateInterval.ClopperPearson(count, runs, 0.05);

        Assert.Equal(low, interval.Low, 1e-4);
        Assert.Equal(high, interval.High, 1e-4);
    }

    [Fact]
    public void Wilson_of_half_is_symmetric_and_of_nothing_is_everything()
    {
        var (low, high) = RateInterval.Wilson(50, 100, 0.05);

        Assert.Equal(0.4038, low, 1e-4);
        Assert.Equal(1, low + high, 1e-12);
        Assert.Equal((0.0, 1.0), RateInterval.Wilson(0, 0, 0.05));
    }
}
