using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>A judge as kintsugi.yaml has it, and what is known of it.</summary>
/// <param name="Scorer">Its name among the scores.</param>
/// <param name="Models">Who judges, `provider/model`: one, or the members of a panel.</param>
/// <param name="Judge">See <see cref="JudgeIdentity"/>.</param>
/// <param name="Pairwise">It compares the answer with the target, in both orders.</param>
public sealed record JudgeInUse(string Scorer, string Rubric, IReadOnlyList<string> Models, string Judge, bool Pairwise, JudgeRecord Record, JudgeStanding Standing)
{
    /// <summary>What makes it gate.</summary>
    public const string Remedy = "kintsugi judge calibrate --labels FILE.jsonl";

    public bool MayGate => Standing.MayGate;

    /// <summary>What it may do and why, for a person.</summary>
    public string Statement => MayGate
        ? $"{Scorer} ({string.Join(", ", Models)}) decides with the others: its card of {Record.Card!.CalibratedOn:yyyy-MM-dd} rests on {Record.Card.Whole.Labels} labels.{(Standing.AdvisesOn.Count == 0 ? "" : $" On {string.Join(", ", Standing.AdvisesOn)} it only advises.")}"
        : $"{Scorer} ({string.Join(", ", Models)}) only advises. {string.Join(" ", Standing.Problems)} Run `{Remedy}`.";

    /// <summary>The same judge with another record.</summary>
    /// <param name="today">UTC.</param>
    public JudgeInUse With(JudgeRecord record, DateOnly today) => this with { Record = record, Standing = StandingOf(Judge, Models.Count, record, today) };

    /// <param name="today">UTC.</param>
    internal static JudgeStanding StandingOf(string judge, int models, JudgeRecord record, DateOnly today)
    {
        if (record.Card is not { } card) return new JudgeStanding(["It has no card: nobody has held it against labels of people."], []);
        var standing = JudgeStanding.Of(card, judge, today, record.Items?.LastRerun?.Drift);
        if (record.Items is { } items) return items.Judge == judge && items.Models.Count == models ? standing : Without("The items beside its card are another judge's.");
        return Without("The votes beside its card are lost, and with them whether it has drifted. Restore them from git, or calibrate again.");

        JudgeStanding Without(string problem) => standing with { Problems = [.. standing.Problems, problem] };
    }
}
