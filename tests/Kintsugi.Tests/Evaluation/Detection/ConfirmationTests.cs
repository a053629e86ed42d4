using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class ConfirmationTests
{
    // Fifteen samples that broke outright, one of a slice and one critical that failed once in five, and many that never fail.
    private static readonly List<SampleCounts> Counts =
    [
        .. Enumerable.Range(0, 15).Select(i => new SampleCounts($"broken{i:00}", 0, 5, 5, 5)),
        new("sliced", 0, 5, 1, 5) { Slices = ["a, b"] },
        new("critical", 0, 5, 1, 5) { IsCritical = true },
        .. Enumerable.Range(0, 40).Select(i => new SampleCounts($"well{i:00}", 0, 5, 0, 5) { Slices = i < 2 ? ["a, b"] : [] }),
    ];

    [Fact]
    public void What_the_verdict_rests_on_comes_first_among_the_suspicious()
    {
        var plan = Confirmation.Choose(Counts, [new SliceVerdict(["a, b"], 3, 1, 0.9, 0.001, 0.015)], isCriticalBroken: true, new Random(1));

        Assert.Equal(["critical", "sliced", "broken00"], plan.Samples.Take(3));
        Assert.Equal(20, plan.Samples.Distinct().Count());
    }

    [Fact]
    public void Without_a_verdict_the_samples_own_p_values_decide() =>
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"broken{i:00}"), Confirmation.Choose(Counts, [], isCriticalBroken: false, new Random(1)).Samples.Take(10));
}
