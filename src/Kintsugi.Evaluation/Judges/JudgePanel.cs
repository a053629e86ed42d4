namespace Kintsugi.Evaluation.Judges;

/// <summary>One judge of a panel: how often it votes yes, of the items that it decides. Both in (0, 1).</summary>
/// <remarks>The evidence of a yes is log(<paramref name="YesWhenYes"/>/<paramref name="YesWhenNo"/>): nothing for a judge that always says yes, negative for one that is wrong more often than right.</remarks>
public sealed record PanelJudge(double YesWhenYes, double YesWhenNo)
{
    /// <returns>Log odds that a vote adds to the answer yes, in nats.</returns>
    public double Evidence(Vote vote) => vote switch
    {
        Vote.Yes => Math.Log(YesWhenYes / YesWhenNo),
        Vote.No => Math.Log((1 - YesWhenYes) / (1 - YesWhenNo)),
        _ => 0,
    };
}

/// <summary>What a panel knows of one slice, or of all.</summary>
/// <param name="PriorLogOdds">Of yes, before anybody voted, in nats.</param>
public sealed record PanelRates(double PriorLogOdds, IReadOnlyList<PanelJudge> Judges);

/// <param name="LogOdds">Of yes, in nats. Judges err together, so they are too sure of themselves: an order of items by doubt, not a probability.</param>
public sealed record PanelVerdict(Vote Vote, double LogOdds);

/// <summary>Several judges that decide together, each with the weight that labels gave it (see <see cref="PanelCalibration"/>).</summary>
/// <param name="Labels">That it was calibrated on; it may gate from <see cref="JudgeStanding.MinimumLabels"/> on.</param>
/// <param name="Slices">By tag; an item of any other slice is judged by <paramref name="Whole"/>.</param>
public sealed record JudgePanel(int Labels, PanelRates Whole, IReadOnlyDictionary<string, PanelRates> Slices)
{
    public bool MayGate => Labels >= JudgeStanding.MinimumLabels;

    /// <param name="votes">Of each judge, in the order of the calibration; for pairs see <see cref="BothOrders"/>.</param>
    /// <param name="margin">In nats, at least 0. Log odds that are no further from 0 are an abstention: the item is for a larger judge, then for people.</param>
    /// <exception cref="ArgumentException">There are more or fewer votes than judges.</exception>
    public PanelVerdict Decide(IReadOnlyList<Vote> votes, string slice, double margin)
    {
        ArgumentNullException.ThrowIfNull(votes);
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        if (votes.Count != Whole.Judges.Count) throw new ArgumentException($"{votes.Count} votes of {Whole.Judges.Count} judges.", nameof(votes));
        var rates = Slices.GetValueOrDefault(slice, Whole);
        var logOdds = rates.PriorLogOdds + votes.Select((vote, judge) => rates.Judges[judge].Evidence(vote)).Sum();
        // Where all judges abstain the prior would be alone: that is no judgement of this item.
        var decided = votes.Any(vote => vote != Vote.Abstained) && Math.Abs(logOdds) > margin + 1e-12;
        return new PanelVerdict(decided ? (Vote)Math.Sign(logOdds) : Vote.Abstained, logOdds);
    }
}
