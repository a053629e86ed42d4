using CsCheck;
using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class RateProcessTests
{
    [Fact]
    public void Nothing_seen_is_no_evidence() => Assert.Equal(1, RateProcess.Start(Hours.Steady(("a", 2))).EValue);

    [Fact]
    public void A_quiet_hour_lowers_the_evidence_and_a_loud_one_raises_it()
    {
        var start = RateProcess.Start(Hours.Steady(("a", 2), ("b", 2)));

        Assert.InRange(start.After(Hours.At(168, ("a", 0), ("b", 0))).EValue, 0, 0.99);
        var loud = start.After(Hours.At(168, ("a", 40), ("b", 2)));
        Assert.True(loud.EValue > 20);
        Assert.Equal("a", loud.BySignature[0].Signature);
        Assert.Equal(1, start.EValue); // the state before is what it was
    }

    [Fact]
    public void Messages_that_the_history_does_not_have_count_as_novel()
    {
        var after = RateProcess.Start(Hours.Steady(("a", 2))).After(Hours.At(168, [("a", 2), .. Enumerable.Range(0, 30).Select(i => ($"new {i}", 1))]));

        Assert.Equal(HourCounts.Novel, after.BySignature[0].Signature);
        Assert.True(after.EValue > 20);
    }

    [Fact]
    public void An_hour_of_the_day_without_history_is_refused() =>
        Assert.Throws<ArgumentException>(() => RateProcess.Start([Hours.At(0, ("a", 1))]));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(300)]
    public void At_mean_and_dispersion_one_the_tail_is_a_power_of_one_half(int count) => // geometric: P(X ≥ k) = 2⁻ᵏ
        Assert.Equal(count * Math.Log(2), new NegativeBinomial(1, 1).Surprise(count), 1e-6);

    [Fact]
    public void The_ratio_of_no_error_is_that_of_the_two_probabilities_of_none() => // (1 + 1) / (1 + 2)
        Assert.Equal(Math.Log(2 / 3.0), new NegativeBinomial(1, 1).LogRatio(0, 2), 12);

    [Fact]
    public void The_ratio_is_one_on_average_at_the_usual_rate_and_less_below_it_or_with_less_noise() =>
        Gen.Select(Gen.Double[0.1, 5], Gen.Double[0.05, 2], Gen.Double[1.2, 5], Gen.Double[0.3, 1], Gen.Double[0.3, 1]).Sample(
            (mean, dispersion, ratio, lower, steadier) =>
            {
                var usual = new NegativeBinomial(mean, dispersion);
                return Math.Abs(Expected(usual, usual, ratio) - 1) < 1e-3
                    && Expected(usual, new NegativeBinomial(mean * lower, dispersion * steadier), ratio) < 1 + 1e-3;
            },
            seed: "0000000000001", iter: 200);

    [Fact]
    public void A_day_of_looks_at_unchanged_deployments_alarms_in_at_most_five_percent_and_finds_a_lasting_rise()
    {
        var random = new Random(2);
        int mistaken = 0, seen = 0;
        for (var deployment = 0; deployment < 60; deployment++)
        {
            var stream = new ErrorStream(random);
            var start = RateProcess.Start(stream.Week());
            mistaken += Alarms(start, hour => stream.Hour(hour)) ? 1 : 0;
            seen += Alarms(start, hour => stream.Hour(hour, added: 8)) ? 1 : 0;
        }

        Assert.InRange(mistaken, 0, 8); // 5 % of 60 and three standard errors
        Assert.InRange(seen, 54, 60);
    }

    private static bool Alarms(RateProcess process, Func<int, HourCounts> next)
    {
        for (var hour = 0; hour < 24; hour++)
        {
            process = process.After(next(168 + hour));
            if (process.EValue >= 20) return true;
        }

        return false;
    }

    // Σ P(k) · ratio(k), with P(k) from the difference of two tails.
    private static double Expected(NegativeBinomial usual, NegativeBinomial real, double ratio)
    {
        var sum = 0.0;
        for (var k = 0; k < 1500; k++)
        {
            var mass = Math.Exp(-real.Surprise(k)) - Math.Exp(-real.Surprise(k + 1));
            if (mass > 1e-300) sum += mass * Math.Exp(usual.LogRatio(k, ratio)); // beyond, the ratio overflows
        }

        return sum;
    }
}
