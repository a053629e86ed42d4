using CsCheck;
using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Tests.Evaluation.Judges;

public class RoganGladenTests
{
    // Smoothed: sensitivity 72/80 = 0.9, specificity 64/80 = 0.8, J = 0.7.
    private static readonly Confusion Labelled = new(TruePasses: 71, FalseFails: 7, FalsePasses: 15, TrueFails: 63, Abstained: 4);

    [Fact]
    public void The_rate_is_the_one_worked_by_hand()
    {
        // raw = (480 + z²/2)/(800 + z²), z = 1.959964; θ = (raw − 0.2)/0.7; variances 0.9·0.1/80 and 0.8·0.2/80.
        var raw = (480 + 1.920729) / (800 + 3.841459);
        var value = (raw - 0.2) / 0.7;
        var error = Math.Sqrt((raw * (1 - raw) / 803.841459) + (value * value * 0.001125) + ((1 - value) * (1 - value) * 0.002)) / 0.7;
        var shift = 2 * 3.841459 * ((value * 0.001125) - ((1 - value) * 0.002));

        var rate = RoganGladen.Rate(Labelled, yes: 480, decided: 800, 0.05);

        Assert.Equal(value, rate.Value, 1e-6);
        Assert.Equal(error, rate.StandardError, 1e-6);
        Assert.Equal(value + shift - (1.959964 * error), rate.Low, 1e-6);
        Assert.Equal(value + shift + (1.959964 * error), rate.High, 1e-6);
    }

    [Fact]
    public void A_difference_is_stretched_by_what_the_judge_shrinks_it()
    {
        var judged = Enumerable.Range(0, 100).Select(i => (i < 70 ? 1.0 : 0, i < 56 ? 1.0 : 0)).ToList();

        var difference = RoganGladen.Difference(Labelled, judged, 0.05);

        // −0.14/0.7; of the differences the variance is 0.14·0.86·100/99.
        Assert.Equal(-0.2, difference.Value, 12);
        Assert.Equal(Math.Sqrt((0.14 * 0.86 / 99) + (0.04 * 0.003125)) / 0.7, difference.StandardError, 12);
        Assert.True(difference.High < 0);
    }

    [Fact]
    public void A_judge_that_may_be_a_coin_corrects_nothing()
    {
        var rate = RoganGladen.Rate(new Confusion(8, 7, 6, 9, 0), 50, 100, 0.05);

        Assert.Equal((RateMethod.Undetermined, 0, 1), (rate.Method, rate.Low, rate.High));
        Assert.Equal((-1, 1), RoganGladen.Difference(new Confusion(8, 7, 6, 9, 0), [(1, 0), (0, 1)], 0.05) is var d ? (d.Low, d.High) : default);
    }

    [Fact]
    public void Results_stay_in_their_range() =>
        Gen.Select(ConfusionTests.Counts, Gen.Int[0, 50], Gen.Int[0, 50]).Sample((counts, yes, no) =>
        {
            var rate = RoganGladen.Rate(counts, yes, yes + no, 0.05);
            return rate.Low >= 0 && rate.Low <= rate.High && rate.High <= 1 && rate.Value is >= 0 and <= 1 && rate.StandardError >= 0;
        }, seed: "0000000000001", iter: 500);

    [Fact]
    public void Labels_that_are_no_random_sample_of_what_is_judged_are_flagged()
    {
        // The judge passes half of the labelled outputs. Eight of ten of the others can only be if those pass more often.
        var labelled = PredictionPoweredTests.Outputs(80, 20, 20, 80);
        var counts = new Confusion(80, 20, 20, 80, 0);

        Assert.True(Contradicted(800));
        Assert.False(Contradicted(500));

        bool Contradicted(int yes) =>
            PredictionPowered.Rate(labelled, [.. Enumerable.Range(0, 1000).Select(i => i < yes ? 1.0 : 0)], 0.05)
                .Contradicts(RoganGladen.Rate(counts, yes, 1000, 0.05));
    }
}
