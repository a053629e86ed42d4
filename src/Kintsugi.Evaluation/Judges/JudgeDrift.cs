using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Judges;

/// <summary>An item that is kept to watch a judge by: labelled once, judged when the card was made and judged again now.</summary>
public sealed record FrozenItem(string Item, bool Passed, Vote Then, Vote Now);

/// <summary>Does a judge still judge as it did? Three exact tests on frozen items; each p-value is in [0, 1], 1 where nothing changed.</summary>
/// <param name="Correctness">Two-sided: has its rate of right votes changed?</param>
/// <param name="Leniency">Two-sided: do its votes move one way, towards yes or towards no?</param>
/// <param name="Unrest">One-sided: do more votes change than between two runs on one day? 1 where the card has no repetitions.</param>
/// <param name="Error">What <see cref="Drifted"/> is held to.</param>
public sealed record JudgeDrift(double Correctness, double Leniency, double Unrest, double Error)
{
    /// <summary>One of the three at a third of the error. A judge that did not change is called drifted with a probability of at most the error.</summary>
    public bool Drifted => 3 * Math.Min(Correctness, Math.Min(Leniency, Unrest)) <= Error;

    /// <param name="stability">Of the card, see <see cref="JudgeCard.RepetitionStability"/>. Where its items are those of <paramref name="items"/> both counts of changes rise and fall together, so that
    /// their difference varies less than the test allows for: it then errs less often than it may.</param>
    /// <remarks>The first two are McNemar's test (1947, Psychometrika 12, 153–157) in its exact binomial form: exact where a changed vote is as likely
    /// to change either way, so for a judge whose two runs are exchangeable. The third is Fisher's exact test (1935, J. R. Stat. Soc. 98, 39–82) of the
    /// changed votes against those of the repetitions, exact for items that are drawn from one population.</remarks>
    public static JudgeDrift Test(IReadOnlyList<FrozenItem> items, Proportion stability, double error)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(stability);
        return new JudgeDrift(
            McNemar(items.Count(i => IsRight(i, i.Then) && !IsRight(i, i.Now)), items.Count(i => !IsRight(i, i.Then) && IsRight(i, i.Now))),
            McNemar(items.Count(i => i.Now < i.Then), items.Count(i => i.Now > i.Then)),
            MoreChanges(items.Count(i => i.Now != i.Then), items.Count, stability.Of - stability.Count, stability.Of),
            error);
    }

    private static bool IsRight(FrozenItem item, Vote vote) => vote == (item.Passed ? Vote.Yes : Vote.No);

    private static double McNemar(int oneWay, int otherWay) =>
        oneWay + otherWay == 0 ? 1 : Math.Min(1, 2 * Binomial.CDF(0.5, oneWay + otherWay, Math.Min(oneWay, otherWay)));

    // P(at least as many of all changes fall on the frozen items), given how many changes there are.
    private static double MoreChanges(int changed, int items, int expected, int repetitions)
    {
        if (repetitions == 0 || changed == 0) return 1;
        var p = 0.0;
        for (var k = changed; k <= Math.Min(items, changed + expected); k++) p += Hypergeometric.PMF(items + repetitions, changed + expected, items, k);
        return Math.Min(1, p);
    }
}
