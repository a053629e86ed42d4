using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class BlameTests
{
    [Fact]
    public void Samples_that_only_the_candidate_fails_are_blamed_with_their_sign_test()
    {
        var blamed = Blame.Of(Rounds(8, ("a", 8, 0), ("b", 7, 1), ("c", 4, 4), ("d", 0, 0)));

        Assert.Equal(["a", "b"], blamed.Select(b => b.SampleId));
        Assert.Equal(1 / 256.0, blamed[0].PValue, 12);
        Assert.Equal(9 / 256.0, blamed[1].PValue, 12); // (C(8,7) + C(8,8)) / 2⁸ ≤ 0.1 · 2/4
        Assert.Equal((7, 8), (blamed[1].Worse, blamed[1].Discordant));
    }

    [Fact]
    public void A_larger_p_value_is_carried_by_more_blamed_samples_below_it() // the step-up of Benjamini and Hochberg: 1/16 ≤ 0.1 · 4/4, though 1/16 > 0.1 · k/4 for k = 1, 2
        => Assert.Equal(4, Blame.Of(Rounds(4, ("a", 4, 0), ("b", 4, 0), ("c", 4, 0), ("d", 4, 0))).Count);

    [Fact]
    public void Nothing_is_blamed_where_no_pair_differs_or_none_ran()
    {
        Assert.Empty(Blame.Of([]));
        Assert.Empty(Blame.Of(Rounds(5, ("a", 0, 0), ("b", 0, 5))));
    }

    [Fact]
    public void Of_the_samples_blamed_at_most_a_tenth_did_not_change()
    {
        double falseShare = 0, foundShare = 0;
        const int Confirmations = 400;
        for (var seed = 0; seed < Confirmations; seed++)
        {
            var random = new Random(seed);
            double Now(int sample) => sample < 10 ? 0.9 : Then(sample);
            static double Then(int sample) => sample % 2 == 0 ? 0.1 : 0.4;
            List<IReadOnlyList<PairOutcome>> rounds = [.. Enumerable.Range(0, 10).Select(_ => (IReadOnlyList<PairOutcome>)
                [.. Enumerable.Range(0, 20).Select(s => new PairOutcome($"{s}", random.NextDouble() < Then(s), random.NextDouble() < Now(s)))])];

            var blamed = Blame.Of(rounds).Select(b => int.Parse(b.SampleId, System.Globalization.CultureInfo.InvariantCulture)).ToList();

            falseShare += blamed.Count == 0 ? 0 : (double)blamed.Count(s => s >= 10) / blamed.Count;
            foundShare += blamed.Count(s => s < 10) / 10.0;
        }

        Assert.InRange(falseShare / Confirmations, 0, 0.1);
        Assert.InRange(foundShare / Confirmations, 0.5, 1);
    }

    private static List<IReadOnlyList<PairOutcome>> Rounds(int rounds, params (string Id, int Worse, int Better)[] samples) =>
    [
        .. Enumerable.Range(0, rounds).Select(r => (IReadOnlyList<PairOutcome>)
            [.. samples.Select(s => new PairOutcome(s.Id, r >= s.Worse && r < s.Worse + s.Better, r < s.Worse))]),
    ];
}
