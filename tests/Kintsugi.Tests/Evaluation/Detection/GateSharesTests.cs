using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class GateSharesTests
{
    [Theory]
    [InlineData(false, false, false, 0.05, 0, 0, 0)]
    [InlineData(true, false, true, 0.03, 0.015, 0, 0.005)]
    [InlineData(true, true, true, 0.02, 0.015, 0.01, 0.005)]
    public void What_is_not_asked_costs_nothing_and_all_together_are_alpha(bool slices, bool critical, bool floor, double global, double ofSlices, double ofCritical, double ofFloor)
    {
        var shares = GateShares.Of(0.05, slices, critical, floor);

        Assert.Equal(global, shares.Global, 12);
        Assert.Equal(ofSlices, shares.Slices, 12);
        Assert.Equal(ofCritical, shares.Critical, 12);
        Assert.Equal(ofFloor, shares.Floor, 12);
        Assert.Equal(0.05, shares.Global + shares.Slices + shares.Critical + shares.Floor, 12);
    }

    [Fact]
    public void Blocks_share_alpha_and_each_question_has_its_part_of_the_blocks()
    {
        var plan = EpochPlan.Plan(Agents.Run(new double[60], new double[60], 5, 0, new Random(1)), 1, 5, new GateSettings(0.95, 0.05, 0.10, 0.05, 3) { BySlice = true });

        Assert.Equal(0.04 * 0.6, plan.First.Settings.Shares.Global, 12);
        Assert.Equal(0.01 * 0.3, plan.Second!.Settings.Shares.Slices, 12);
    }
}
