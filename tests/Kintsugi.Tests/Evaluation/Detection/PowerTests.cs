using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class PowerTests
{
    private static readonly GateSettings Settings = new(null, 0.05, 0.10, 0.05, 3);

    [Fact]
    public void The_report_foretells_what_the_gate_finds()
    {
        var rates = Agents.Golden(100);
        var random = new Random(3);
        var report = Power.Of(Agents.Run(rates, rates, 5, 0, random), Once(Settings));

        var found = Enumerable.Range(0, 400).Count(_ => Gate.IsRegressed(Agents.Run(rates, Agents.AtOdds(rates, 3), 5, 1, random), 100, Settings)) / 400.0;

        Assert.True(report.IsSimulated);
        Assert.InRange(report.FoundAtOdds, found - 0.12, found + 0.12);
        Assert.InRange(report.DetectableOdds!.Value, 2.2, 4);
        Assert.InRange(report.DetectableRise!.Value, 0.04, 0.15);
    }

    [Fact]
    public void The_normal_approximation_agrees_with_the_simulation_where_it_takes_over()
    {
        var random = new Random(4);
        var baseline = Agents.Run(Agents.Golden(200), Agents.Golden(200), 5, 0, random);
        var simulated = Power.Of(baseline, Once(Settings));
        var approximated = Power.Of([.. baseline, new SampleCounts("one more", 0, 5, 0, 0)], Once(Settings));

        Assert.Equal((true, false), (simulated.IsSimulated, approximated.IsSimulated));
        Assert.InRange(approximated.FoundAtOdds, simulated.FoundAtOdds - 0.08, simulated.FoundAtOdds + 0.08);
        Assert.InRange(approximated.DetectableRise!.Value / simulated.DetectableRise!.Value, 0.75, 1.33);
        Assert.InRange(approximated.DetectableOdds!.Value / simulated.DetectableOdds!.Value, 0.75, 1.33);
    }

    [Fact]
    public void As_many_samples_more_as_it_asks_for_reach_the_power()
    {
        var few = Power.Of(Agents.Run(Agents.Golden(60), Agents.Golden(60), 5, 0, new Random(5)), Once(Settings));
        var need = few.Needs.Single(n => n.Power == 0.9);

        var rates = Agents.Golden(60 + need.MoreSamples!.Value);
        var more = Power.Of(Agents.Run(rates, rates, 5, 0, new Random(6)), Once(Settings));

        Assert.InRange(few.FoundAtOdds, 0.4, 0.85);
        Assert.InRange(more.FoundAtOdds, 0.82, 0.98);
        Assert.True(need.MoreEpochs is null or > 0);
    }

    [Fact]
    public void A_slice_of_its_own_shows_what_damage_to_it_would_be_seen_and_one_sample_shows_none()
    {
        var baseline = Agents.Run(new double[60], new double[60], 5, 0, new Random(7)).Select((c, i) => c with { Slices = i < 20 ? ["large"] : i == 20 ? ["single"] : [] }).ToList();

        var slices = Power.Of(baseline, Once(Settings with { BySlice = true })).Slices;

        Assert.Equal([("large", 20), ("single", 1)], slices.Select(s => (s.Tags[0], s.Samples)));
        Assert.InRange(slices[0].DetectableRise!.Value, 0.1, 0.4);
        Assert.Null(slices[1].DetectableRise); // one run of one sample: p = 1/6 at the least
    }

    [Fact]
    public void No_baseline_finds_nothing_and_foretells_nothing()
    {
        var report = Power.Of([], Once(Settings));

        Assert.Equal((0, null, null), (report.FoundAtOdds, report.DetectableOdds, report.DetectableRise));
        Assert.All(report.Needs, need => Assert.Null(need.MoreSamples));
    }

    private static EpochPlan Once(GateSettings settings) => new(new EpochBlock(1, 1, settings), null, 1);
}
