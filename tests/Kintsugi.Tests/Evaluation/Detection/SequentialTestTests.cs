using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class SequentialTestTests
{
    private static readonly SequentialPlan Plan = new(0.05, 0.10, 3, SpendingKind.OBrienFleming, MayExclude: true, Samples: 100);

    [Fact]
    public void It_gives_the_verdicts_and_spends_the_errors_of_the_reference()
    {
        var path = RecordedData.Find("ecgs_vectors.json");
        Assert.SkipWhen(path is null, "ecgs_vectors.json lies in no shared/data directory beside or above the repository.");
        foreach (var vector in RecordedData.Elements(path!))
        {
            var counts = vector.GetProperty("stream").EnumerateArray()
                .Select((run, i) => new SampleCounts($"{i}", run[0].GetInt32(), run[1].GetInt32(), run[2].GetInt32(), 1)).ToList();
            var plan = new SequentialPlan(
                Number("alpha"), Number("beta"), Number("theta1"),
                vector.GetProperty("spending").GetString() == "obf" ? SpendingKind.OBrienFleming : SpendingKind.Pocock,
                vector.GetProperty("pass_boundary").GetBoolean(), vector.GetProperty("n").GetInt32());

            var outcome = SequentialTest.Decide(counts, plan);

            Assert.Equal(vector.GetProperty("verdict").GetString(), outcome.Kind switch
            {
                SequentialKind.Rise => "FAIL",
                SequentialKind.Excluded => "PASS",
                _ => "INCONCLUSIVE",
            });
            Assert.Equal(vector.GetProperty("stop").GetInt32(), outcome.Looks[^1].Samples);
            Assert.Equal(vector.GetProperty("failures").GetInt32(), outcome.Looks[^1].Failures);
            Assert.Equal(Number("alpha_spent"), outcome.Looks[^1].AlphaSpent, 1e-12);
            Assert.Equal(Number("beta_spent"), outcome.Looks[^1].BetaSpent, 1e-12);
            if (vector.TryGetProperty("looks", out var looks))
            {
                foreach (var (expected, look) in looks.EnumerateArray().Zip(outcome.Looks))
                {
                    Assert.Equal(expected[0].GetInt32(), look.Failures);
                    Assert.Equal(expected[1].GetDouble(), look.AlphaSpent, 1e-12);
                    Assert.Equal(expected[2].GetDouble(), look.BetaSpent, 1e-12);
                }
            }

            double Number(string name) => vector.GetProperty(name).GetDouble();
        }
    }

    [Fact]
    public void With_one_cached_run_one_look_is_the_exact_one_sided_McNemar_decision()
    {
        for (var broken = 0; broken <= 24; broken++)
        {
            for (var mended = 0; broken + mended is > 0 and <= 24; mended++)
            {
                List<SampleCounts> pairs =
                [
                    .. Enumerable.Repeat(new SampleCounts("broken", 0, 1, 1, 1), broken), .. Enumerable.Repeat(new SampleCounts("mended", 1, 1, 0, 1), mended),
                ];

                var outcome = SequentialTest.Decide(pairs, Plan with { MayExclude = false, Samples = pairs.Count, LookEvery = pairs.Count });

                Assert.Single(outcome.Looks);
                Assert.Equal(McNemar(broken, mended) <= Plan.Alpha, outcome.Kind == SequentialKind.Rise);
            }
        }
    }

    [Fact]
    public void Several_runs_a_sample_count_as_Fishers_hypergeometric()
    {
        SampleCounts sample = new("a", 1, 5, 3, 3); // P(y = 3 | 4 of 8 failed) = C(3,3)·C(5,1) / C(8,4) = 1/14, too likely to show a rise at 0.05

        var one = SequentialTest.Decide([sample], Plan with { Samples = 1 });
        var two = SequentialTest.Decide([sample, sample], Plan with { Samples = 2, LookEvery = 2 });

        Assert.Equal(SequentialKind.Undecided, one.Kind);
        Assert.Equal(1 / 196.0, two.Looks[0].AlphaSpent, 12);
        Assert.Equal(SequentialKind.Rise, two.Kind);
    }

    [Theory]
    [InlineData(1, 0, 0.055, 58, 65)] // nothing changed: alpha 0.05
    [InlineData(3, 0.81, 0.89, 61, 69)] // ×3: a test of all 100 runs has 85 %
    public void A_rise_is_shown_seldom_where_there_is_none_and_soon_where_there_is(double odds, double fewest, double most, double fewestRuns, double mostRuns)
    {
        const int Deployments = 2_000;
        var random = new Random(11);
        int shown = 0, runs = 0;
        for (var deployment = 0; deployment < Deployments; deployment++)
        {
            List<SampleCounts> counts = [.. Enumerable.Range(0, 100).Select(i => Sample($"{i}"))];
            var outcome = SequentialTest.Decide(counts, Plan);
            shown += outcome.Kind == SequentialKind.Rise ? 1 : 0;
            runs += outcome.Looks[^1].Samples;
        }

        Assert.InRange((double)shown / Deployments, fewest, most);
        Assert.InRange((double)runs / Deployments, fewestRuns, mostRuns);

        SampleCounts Sample(string id)
        {
            var kind = random.NextDouble();
            var rate = kind < 0.6 ? 0.01 : kind < 0.85 ? 0.1 : 0.4;
            var now = odds * rate / (1 - rate + (odds * rate));
            return new SampleCounts(id, ConditionalTestTests.Draw(random, 5, rate), 5, ConditionalTestTests.Draw(random, 1, now), 1);
        }
    }

    [Fact]
    public void More_samples_than_planned_are_refused() =>
        Assert.Throws<ArgumentException>(() => SequentialTest.Decide([new("a", 0, 1, 0, 1), new("b", 0, 1, 0, 1)], Plan with { Samples = 1 }));

    // P(at least this many of the discordant pairs broke), each with probability ½; sums of integers, so that ties are exact.
    private static double McNemar(int broken, int mended)
    {
        long choose = 1, tail = 0;
        for (var k = 0; k <= broken + mended; k++)
        {
            if (k >= broken) tail += choose;
            choose = choose * (broken + mended - k) / (k + 1);
        }

        return (double)tail / (1L << (broken + mended));
    }
}
