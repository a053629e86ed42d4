namespace Kintsugi.Evaluation.Judges;

/// <summary>A labelled item and what each judge of the panel voted.</summary>
/// <param name="Yes">What people say.</param>
/// <param name="Slice">One tag, chosen beforehand; empty for none.</param>
public sealed record LabelledVotes(bool Yes, string Slice, IReadOnlyList<Vote> Votes);

/// <summary>Weighs the judges of a panel by labels. An unweighted panel of five was right on 57 % of recorded pairs where the best of them alone was on 77 %: calibrate, or do not pool.</summary>
/// <remarks>
/// <para>Votes are added up as independent evidence (Nitzan and Paroush 1982, Int. Econ. Rev. 23, 289–297: optimal weights are log odds). Laplace's rule smooths rates: one right and one
/// wrong vote more than were counted. A slice's rates are those of its own labels with <see cref="BorrowedVotes"/> votes of the whole added, so that a slice with no
/// labels is judged like the whole and one with many by itself (empirical Bayes with a fixed strength).</para>
/// <para>Guarantee: none beyond the labels. Judges err together; hold the verdicts against labels that were not used here, or report rates by <see cref="PredictionPowered"/>.</para>
/// </remarks>
public static class PanelCalibration
{
    /// <summary>How many votes of the whole a slice starts from. On recorded pairs 2, 4 and 8 differ by less than half a point.</summary>
    public const double BorrowedVotes = 8;

    /// <summary>For pairs. Which answer comes first is arbitrary, so a judge has one rate of being right and the prior is even.</summary>
    public static JudgePanel OfPairs(IReadOnlyList<LabelledVotes> labelled)
    {
        var judges = Judges(labelled);
        return Panel(labelled, (items, whole) => new PanelRates(0, [.. Enumerable.Range(0, judges).Select(judge =>
        {
            var right = Rate(items, judge, i => i.Votes[judge] == (i.Yes ? Vote.Yes : Vote.No), whole?.Judges[judge].YesWhenYes);
            return new PanelJudge(right, 1 - right);
        })]));
    }

    /// <summary>For single answers that pass or fail. Being right is not enough there: where most answers pass, a judge that passes all of them is mostly right and knows nothing.</summary>
    public static JudgePanel OfAnswers(IReadOnlyList<LabelledVotes> labelled)
    {
        var judges = Judges(labelled);
        return Panel(labelled, (items, whole) =>
        {
            List<LabelledVotes> yes = [.. items.Where(i => i.Yes)], no = [.. items.Where(i => !i.Yes)];
            var prior = Smooth(yes.Count, items.Count, whole is null ? null : 1 / (1 + Math.Exp(-whole.PriorLogOdds)));
            return new PanelRates(Math.Log(prior / (1 - prior)), [.. Enumerable.Range(0, judges).Select(judge => new PanelJudge(
                Rate(yes, judge, i => i.Votes[judge] == Vote.Yes, whole?.Judges[judge].YesWhenYes),
                Rate(no, judge, i => i.Votes[judge] == Vote.Yes, whole?.Judges[judge].YesWhenNo)))]);
        });
    }

    private static JudgePanel Panel(IReadOnlyList<LabelledVotes> labelled, Func<IReadOnlyList<LabelledVotes>, PanelRates?, PanelRates> rates)
    {
        var whole = rates(labelled, null);
        return new JudgePanel(
            labelled.Count, whole, labelled.Where(i => i.Slice.Length > 0).GroupBy(i => i.Slice).ToDictionary(slice => slice.Key, slice => rates([.. slice], whole)));
    }

    private static double Rate(IReadOnlyList<LabelledVotes> items, int judge, Func<LabelledVotes, bool> counts, double? whole) =>
        Smooth(items.Count(i => i.Votes[judge] != Vote.Abstained && counts(i)), items.Count(i => i.Votes[judge] != Vote.Abstained), whole);

    private static double Smooth(int count, int of, double? whole) =>
        whole is { } rate ? (count + (BorrowedVotes * rate)) / (of + BorrowedVotes) : (count + 1.0) / (of + 2);

    private static int Judges(IReadOnlyList<LabelledVotes> labelled)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        if (labelled.Count == 0) throw new ArgumentException("A panel is calibrated on at least one labelled item.", nameof(labelled));
        var judges = labelled[0].Votes.Count;
        return labelled.All(i => i.Votes.Count == judges) ? judges : throw new ArgumentException("Not every item has a vote of every judge.", nameof(labelled));
    }
}
