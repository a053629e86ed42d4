using CsCheck;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Tests.Evaluation.Judges;

public class PredictionPoweredTests
{
    private static readonly Gen<double> Vote = Gen.Int[0, 2].Select(v => v / 2.0);

    private static readonly Gen<JudgedOutput[]> Labelled = Gen.Select(Gen.Bool, Vote).Select(o => new JudgedOutput(o.Item1, o.Item2)).Array[1, 120];

    [Fact]
    public void The_rate_is_the_one_worked_by_hand()
    {
        // 40 labels, 20 passes; the judge agrees on 18 of each, so F̄ = Ȳ = 0.5 and Cov = (18 − 40·0.25)/39 = 8/39. Of 160 others it passes 96.
        // All 200: F̄ = 0.58, Var = 200·0.58·0.42/199. λ = (8/39)/(Var·1.25).
        // Residuals: y − λf − mean; sum of squares = 10 − 2λ·8 + λ²·10.
        var labelled = Outputs(bothPass: 18, onlyPeople: 2, onlyJudge: 2, neither: 18);
        var others = Enumerable.Range(0, 160).Select(i => i < 96 ? 1.0 : 0).ToList();
        var spread = 200 * 0.58 * 0.42 / 199;
        var weight = 8 / 39.0 / (spread * 1.25);
        var variance = ((10 - (16 * weight) + (10 * weight * weight)) / 39 / 40) + (weight * weight * spread / 160);

        var rate = PredictionPowered.Rate(labelled, others, 0.05);

        Assert.Equal(weight, rate.JudgeWeight, 12);
        Assert.Equal(0.5 + (weight * 0.1), rate.Value, 12);
        Assert.Equal(Math.Sqrt(variance), rate.StandardError, 12);
        Assert.Equal(rate.Value + (2.0227 * rate.StandardError), rate.High, 1e-4); // Student's t with 39 degrees of freedom
        Assert.Equal(rate.Value - (2.0227 * rate.StandardError), rate.Low, 1e-4);
    }

    [Fact]
    public void A_perfect_judge_is_worth_as_many_labels_as_it_votes()
    {
        var rate = PredictionPowered.Rate(Outputs(20, 0, 0, 20), [.. Enumerable.Range(0, 960).Select(i => i % 2.0)], 0.05);

        Assert.Equal(Math.Sqrt(0.25 / 1000), rate.StandardError, 3e-4);
    }

    [Fact]
    public void A_judge_that_says_the_opposite_or_nothing_leaves_the_labels_alone()
    {
        foreach (var labelled in new[] { Outputs(2, 18, 18, 2), [.. Outputs(20, 0, 0, 20).Select(o => o with { Judge = 0.5 })] })
        {
            var rate = PredictionPowered.Rate(labelled, [1, 1, 1, 1], 0.05);

            Assert.Equal(0, rate.JudgeWeight);
            Assert.Equal(0.5, rate.Value, 12);
            Assert.Equal(Math.Sqrt(0.25 / 39), rate.StandardError, 12);
        }
    }

    [Fact]
    public void Labels_that_hardly_differ_get_their_exact_interval()
    {
        var rate = PredictionPowered.Rate(Outputs(48, 0, 1, 1), [1, 1, 1, 1, 1, 1], 0.05);

        Assert.Equal(RateMethod.HumanOnly, rate.Method);
        Assert.Equal(RateInterval.ClopperPearson(48, 50, 0.05), (rate.Low, rate.High));
    }

    [Fact]
    public void A_version_against_itself_differs_by_nothing_and_by_an_interval_all_the_same()
    {
        var same = Outputs(25, 5, 5, 25).Select(o => (o, o)).ToList();

        var difference = PredictionPowered.Difference(same, [(1, 1), (0, 0)], 0.05);

        Assert.Equal((0, RateMethod.HumanOnly), (difference.Value, difference.Method));
        Assert.Equal(RateInterval.Upper(0, 60, 0.0125), difference.High, 12);
        Assert.Equal(-difference.High, difference.Low, 12);
    }

    [Fact]
    public void A_judge_that_flatters_the_candidate_does_not_move_the_difference()
    {
        // People: 20 of 100 broke. The judge passes every output of the candidate, labelled or not.
        var labelled = Enumerable.Range(0, 100).Select(i => (new JudgedOutput(i < 70, i < 70 ? 1 : 0), new JudgedOutput(i < 50, 1))).ToList();
        var others = Enumerable.Range(0, 1000).Select(i => (i % 10 < 7 ? 1.0 : 0, 1.0)).ToList();

        var difference = PredictionPowered.Difference(labelled, others, 0.05);

        Assert.InRange(difference.Value, -0.2001, -0.1999);
        Assert.True(difference.High < 0);
    }

    [Fact]
    public void No_judge_makes_the_interval_wider_than_the_labels_alone_by_more_than_a_twentieth() =>
        Gen.Select(Labelled, Vote.Array[1, 200]).Sample((labelled, others) =>
        {
            var rate = PredictionPowered.Rate(labelled, others, 0.05);
            var alone = PredictionPowered.Rate(labelled, [], 0.05);
            // λ is tuned on the pooled spread of the votes: with labelled votes that spread far more it may miss the best one a little.
            return rate.StandardError <= (alone.StandardError * 1.05) + 1e-12;
        }, seed: "0000000000001", iter: 500);

    [Fact]
    public void Turning_pass_and_fail_around_mirrors_the_interval() =>
        Gen.Select(Labelled, Vote.Array[1, 100]).Sample((labelled, others) =>
        {
            var rate = PredictionPowered.Rate(labelled, others, 0.1);
            var mirrored = PredictionPowered.Rate([.. labelled.Select(o => new JudgedOutput(!o.Passed, 1 - o.Judge))], [.. others.Select(f => 1 - f)], 0.1);
            return rate.Low is >= 0 and <= 1 && rate.Low <= rate.Value && rate.Value <= rate.High
                && Math.Abs(rate.Low + mirrored.High - 1) < 1e-9 && Math.Abs(rate.High + mirrored.Low - 1) < 1e-9;
        }, seed: "0000000000001", iter: 500);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    public void A_vote_outside_its_range_is_refused(double vote) =>
        Assert.Throws<ArgumentException>(() => PredictionPowered.Rate(Outputs(10, 0, 0, 10), [vote], 0.05));

    [Fact]
    public void Without_labels_there_is_no_rate() => Assert.Throws<ArgumentException>(() => PredictionPowered.Rate([], [1, 0], 0.05));

    [Theory]
    [InlineData(0.5, 60)]
    [InlineData(0.9, 100)]
    [InlineData(0.98, 50)]
    public void The_interval_covers_the_true_rate(double truth, int labels)
    {
        const int Trials = 1000;
        var random = new Random(7);
        var covered = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var labelled = Enumerable.Range(0, labels).Select(_ => Draw(random, truth)).ToList();
            var rate = PredictionPowered.Rate(labelled, [.. Enumerable.Range(0, 300).Select(_ => Draw(random, truth).Judge)], 0.05);
            covered += rate.Low <= truth && truth <= rate.High ? 1 : 0;
        }

        Assert.InRange(covered / (double)Trials, 0.925, 1); // 95 % less two and a half standard errors of 1,000 trials and half a point
    }

    private static JudgedOutput Draw(Random random, double truth)
    {
        var passed = random.NextDouble() < truth;
        return new JudgedOutput(passed, random.NextDouble() < (passed ? 0.9 : 0.2) ? 1 : 0);
    }

    internal static List<JudgedOutput> Outputs(int bothPass, int onlyPeople, int onlyJudge, int neither) =>
    [
        .. Enumerable.Repeat(new JudgedOutput(true, 1), bothPass), .. Enumerable.Repeat(new JudgedOutput(true, 0), onlyPeople),
        .. Enumerable.Repeat(new JudgedOutput(false, 1), onlyJudge), .. Enumerable.Repeat(new JudgedOutput(false, 0), neither),
    ];
}
