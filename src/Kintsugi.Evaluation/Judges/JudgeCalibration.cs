namespace Kintsugi.Evaluation.Judges;

/// <summary>Makes a judge's card from labels of people.</summary>
public static class JudgeCalibration
{
    /// <param name="judge">See <see cref="JudgeIdentity"/>.</param>
    /// <param name="model">For people; the identity is what counts.</param>
    /// <param name="judgements">Drawn at random from what the judge will judge: the figures are of the population they were drawn from, and of no other.</param>
    /// <exception cref="ArgumentException">No items, an item twice, one without a vote, pairs and single answers mixed, or a name that no card may have.</exception>
    public static JudgeCard Calibrate(string judge, string model, DateOnly day, IReadOnlyList<LabelledJudgement> judgements)
    {
        Check(judgements);
        var pairwise = judgements[0].Swapped.Count > 0;
        var ordered = judgements.Where(j => j.Swapped.Count > 0).ToList();
        var repeated = judgements.Where(j => j.AsGiven.Count > 1).ToList();
        var slices = from judgement in judgements
                     from slice in judgement.Slices.Distinct()
                     group judgement by slice;
        var card = new JudgeCard(
            JudgeCard.CurrentSchema, judge, model, day, pairwise, Count(judgements),
            new Proportion(ordered.Count(j => j.AsGiven[0] != Vote.Abstained && j.AsGiven[0] == j.Swapped[0]), ordered.Count),
            // Two runs of each item, however many there are: the same quantity as a re-run of frozen items meets (see JudgeDrift).
            new Proportion(repeated.Count(j => j.AsGiven[0] == j.AsGiven[1]), repeated.Count),
            slices.ToDictionary(slice => slice.Key, Count));
        return card.Problem() is { } problem ? throw new ArgumentException($"No such card can be read again: {problem}.") : card;
    }

    /// <summary>The verdict on an item: of its first run, and of a pair only where both orders agree.</summary>
    public static Vote Verdict(LabelledJudgement judgement)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return judgement.Swapped.Count == 0 ? judgement.AsGiven[0] : BothOrders.Vote(judgement.AsGiven[0], judgement.Swapped[0]);
    }

    private static Confusion Count(IEnumerable<LabelledJudgement> judgements)
    {
        int truePasses = 0, falseFails = 0, falsePasses = 0, trueFails = 0, abstained = 0;
        foreach (var judgement in judgements)
        {
            switch (Verdict(judgement), judgement.Passed)
            {
                case (Vote.Yes, true): truePasses++; break;
                case (Vote.No, true): falseFails++; break;
                case (Vote.Yes, false): falsePasses++; break;
                case (Vote.No, false): trueFails++; break;
                default: abstained++; break;
            }
        }

        return new Confusion(truePasses, falseFails, falsePasses, trueFails, abstained);
    }

    private static void Check(IReadOnlyList<LabelledJudgement> judgements)
    {
        ArgumentNullException.ThrowIfNull(judgements);
        if (judgements.Count == 0) throw new ArgumentException("A judge is calibrated on at least one labelled item.", nameof(judgements));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var judgement in judgements)
        {
            if (!seen.Add(judgement.Item)) throw new ArgumentException($"Item '{judgement.Item}' is there twice.", nameof(judgements));
            if (judgement.AsGiven.Count == 0) throw new ArgumentException($"Item '{judgement.Item}' has no vote.", nameof(judgements));
            if (judgement.Swapped.Count > 0 != judgements[0].Swapped.Count > 0)
                throw new ArgumentException($"Item '{judgement.Item}' and '{judgements[0].Item}' are not both pairs in two orders, or both single answers.", nameof(judgements));
        }
    }
}
