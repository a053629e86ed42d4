using CsCheck;
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
    public void Over_every_way_in_which_the_failures_could_fall_both_errors_are_held_whatever_the_looks() =>
        Gen.Select(SmallCases.Counts, Gen.Int[1, 5], Gen.Bool).Sample((counts, every, pocock) =>
        {
            var plan = new SequentialPlan(0.3, 0.3, 3, pocock ? SpendingKind.Pocock : SpendingKind.OBrienFleming, MayExclude: true, counts.Count, every);

            Assert.InRange(SmallCases.Probability(counts, 1, outcome => SequentialTest.Decide(outcome, plan).Kind == SequentialKind.Rise), 0, plan.Alpha + 1e-9);
            Assert.InRange(SmallCases.Probability(counts, plan.Odds, outcome => SequentialTest.Decide(outcome, plan).Kind == SequentialKind.Excluded), 0, plan.Beta + 1e-9);
        }, seed: "0000000000007", iter: 300);

    [Fact]
    public void Many_samples_have_200_looks_and_the_same_boundaries_as_one_by_one_additions()
    {
        var random = new Random(12);
        List<SampleCounts> counts = [.. Enumerable.Range(0, 12_000).Select(i => new SampleCounts($"{i}", ConditionalTestTests.Draw(random, 5, 0.1), 5, ConditionalTestTests.Draw(random, 2, 0.1), 2))];

        var outcome = SequentialTest.Decide(counts, Plan with { Samples = counts.Count, MayExclude = false });

        Assert.Equal(200, outcome.Looks.Count);
        Assert.Equal(60, outcome.Looks[0].Samples);
        var slow = OneByOne(counts, 60, Plan.Alpha);
        Assert.Equal(slow.Select(l => l.RiseAt), outcome.Looks.Where(l => l.AlphaSpent > 1e-12).Select(l => l.RiseAt));
        Assert.Equal(slow.Select(l => l.Spent), outcome.Looks.Where(l => l.AlphaSpent > 1e-12).Select(l => l.AlphaSpent), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    // The same test with nothing grouped, nothing cut and no vectors: looks at which anything to speak of was spent.
    private static List<(int RiseAt, double Spent)> OneByOne(List<SampleCounts> counts, int every, double alpha)
    {
        double[] mass = [1.0];
        var spent = 0.0;
        List<(int, double)> looks = [];
        foreach (var (i, c) in counts.Index())
        {
            var (failures, from) = (c.BaselineFailures + c.CandidateFailures, 0);
            if (failures > 0 && failures < 7)
            {
                var sum = new double[mass.Length + 2];
                for (var y = Math.Max(0, failures - 5); y <= Math.Min(2, failures); y++)
                {
                    var weight = Choose(2, y) * Choose(5, failures - y) / Choose(7, failures);
                    for (var k = 0; k < mass.Length; k++) sum[k + y] += mass[k] * weight;
                }

                mass = sum;
            }

            if ((i + 1) % every != 0) continue;
            from = mass.Length;
            var tail = 0.0;
            var budget = Spending.OBrienFleming((i + 1.0) / counts.Count, alpha) - spent;
            for (; from > 0 && tail + mass[from - 1] <= budget; from--) tail += mass[from - 1];
            spent += tail;
            mass = mass[..from];
            if (spent > 1e-12) looks.Add((from, spent));
        }

        return looks;

        static double Choose(int n, int k) => k == 0 ? 1 : Choose(n - 1, k - 1) * n / k;
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
