using System.Globalization;

namespace Kintsugi.Evaluation.Judges;

/// <summary>Whether a judge's votes may decide, or only advise.</summary>
/// <param name="Problems">Why it may not gate, each with what to do; none when it may.</param>
/// <param name="AdvisesOn">Slices on which it may not gate even so: enough labels show that it is no use there.</param>
public sealed record JudgeStanding(IReadOnlyList<string> Problems, IReadOnlyList<string> AdvisesOn)
{
    /// <summary>Below it neither rates nor panel weights are known well enough.</summary>
    public const int MinimumLabels = 50;

    /// <summary>Decided items that people passed, and as many that they failed: sensitivity is known from the ones alone, specificity from the others.</summary>
    public const int MinimumOfEach = 10;

    /// <summary>Labels from which on a slice stands on its own figures.</summary>
    public const int MinimumSliceLabels = 30;

    /// <summary>A judge with informedness J shrinks a true difference of rates by J, so that seeing it takes about 1/J² times the runs: at most four times here.</summary>
    public const double MinimumInformedness = 0.5;

    /// <summary>A choice, not a theorem: models change behind their names. Frozen items that are judged again (<see cref="JudgeDrift"/>) see it sooner.</summary>
    public const int MaximumAgeDays = 30;

    public bool MayGate => Problems.Count == 0;

    /// <param name="judge">The identity of the judge that is to be used.</param>
    /// <param name="lastRerun">The last re-run of its frozen items; null where there was none since the calibration.</param>
    public static JudgeStanding Of(JudgeCard card, string judge, DateOnly today, JudgeDrift? lastRerun)
    {
        ArgumentNullException.ThrowIfNull(card);
        var advises = from slice in card.Slices
                      where IsEnough(slice.Value, MinimumSliceLabels) && !Informs(slice.Value)
                      orderby slice.Key
                      select slice.Key;
        return new JudgeStanding([.. ProblemsOf(card, judge, today, lastRerun)], [.. advises]);
    }

    private static IEnumerable<string> ProblemsOf(JudgeCard card, string judge, DateOnly today, JudgeDrift? lastRerun)
    {
        var whole = card.Whole;
        var age = today.DayNumber - card.CalibratedOn.DayNumber;
        if (card.Judge != judge)
            yield return "The card is of another model or rubric. Calibrate this one.";
        if (age is < 0 or > MaximumAgeDays)
            yield return $"The card is of {card.CalibratedOn:yyyy-MM-dd}, {(age < 0 ? "which is to come" : $"{age} days ago; it holds for {MaximumAgeDays}")}. Calibrate again.";
        if (!IsEnough(whole, MinimumLabels))
            yield return $"It rests on {whole.Labels} labels, of which the judge decided {whole.Passes} passes and {whole.Fails} fails; it takes {MinimumLabels}, and {MinimumOfEach} of each. Label more.";
        else if (!Informs(whole))
            yield return string.Create(CultureInfo.InvariantCulture, $"Sensitivity + specificity − 1 is {whole.Informedness!.Value:0.00} (95 %: {whole.Informedness.Low:0.00} to {whole.Informedness.High:0.00}); it takes {MinimumInformedness:0.0}, and an interval above 0. Take another model or rubric.");
        if (card.RepetitionStability.Of == 0)
            yield return "Nobody asked it the same twice. Repeat its judgements when calibrating.";
        if (lastRerun is { Drifted: true })
            yield return "It no longer judges the frozen items as it did. Calibrate again.";
    }

    private static bool IsEnough(Confusion counts, int labels) => counts.Labels >= labels && counts.Passes >= MinimumOfEach && counts.Fails >= MinimumOfEach;

    private static bool Informs(Confusion counts) => counts.Informedness is { Value: >= MinimumInformedness, Low: > 0 };
}
