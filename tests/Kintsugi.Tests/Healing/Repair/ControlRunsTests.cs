using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Tests.Healing.Repair;

public class ControlRunsTests
{
    [Theory]
    [InlineData(1, 5, 0, 2)] // 1 / C(7, 2) = 0.048; a single run says no more than 1/6
    [InlineData(1, 5, 1, 4)] // 3 of 4: C(4, 3) · C(5, 0) / C(9, 3) = 0.048
    [InlineData(2, 5, 0, 1)] // (1/6)² = 0.028
    [InlineData(2, 5, 1, 2)]
    [InlineData(1, 2, 0, 5)] // 1 / C(7, 2)
    [InlineData(20, 5, 1, 1)]
    [InlineData(1, 1, 0, 10)] // 1 / (m + 1) needs 19, and 10 are allowed
    public void As_many_runs_are_made_as_can_show_it(int samples, int baselineRuns, int spared, int runs) =>
        Assert.Equal(runs, ControlRuns.ToShow([.. Enumerable.Range(0, samples).Select(n => new SampleCounts($"s{n}", 0, baselineRuns, 0, 0))], spared, alpha: 0.05, most: 10));
}
