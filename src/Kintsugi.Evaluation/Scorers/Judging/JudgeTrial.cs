using Kintsugi.Evaluation.Judges;
using Kintsugi.Models;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>Holds a judge against labels of people: asks it about every labelled answer, and makes its card of what it said.</summary>
public static class JudgeTrial
{
    private const int AtOnce = 8;

    /// <summary>Refuses labels that the judge cannot be asked about.</summary>
    /// <param name="name">Of the labels' file.</param>
    /// <exception cref="BadFileException">One lacks the target that the judge compares with.</exception>
    public static void Check(JudgeScorer judge, IReadOnlyList<LabelledAnswer> labels, string name)
    {
        ArgumentNullException.ThrowIfNull(judge);
        if (labels.FirstOrDefault(l => l.Target is null && judge.NeedsTarget) is { } lacking)
            throw new BadFileException(name, lacking.Line, $"Label '{lacking.Id}' has no 'target', which '{judge.Name}' shows to its judge. Add it.");
    }

    /// <summary>Asks the judge about every answer.</summary>
    /// <param name="repeat">How often each is asked about, at least once; from two on it is known how steady the judge is.</param>
    /// <param name="progress">Told how many answers are judged.</param>
    /// <returns>In the order of the labels. A verdict that cannot be read is an abstention.</returns>
    /// <exception cref="ScorerException">A model could not be asked.</exception>
    public static async Task<IReadOnlyList<JudgedItem>> RunAsync(
        JudgeScorer judge, IReadOnlyList<LabelledAnswer> labels, int repeat, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeat, 1);
        var judged = new JudgedItem[labels.Count];
        var done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, labels.Count, options, async (n, token) =>
        {
            judged[n] = await JudgeAsync(judge, labels[n], repeat, token);
            progress?.Report(Interlocked.Increment(ref done));
        });
        return judged;
    }

    /// <summary>Draws the card from what <see cref="RunAsync"/> gave.</summary>
    /// <param name="day">UTC.</param>
    public static JudgeRecord Record(JudgeInUse judge, IReadOnlyList<LabelledAnswer> labels, IReadOnlyList<JudgedItem> items, DateOnly day)
    {
        ArgumentNullException.ThrowIfNull(judge);
        var kept = new JudgedItems(JudgedItems.CurrentSchema, judge.Judge, judge.Models, items, 0, null);
        var votes = judge.Models.Count > 1 ? PanelVotes(kept) : [.. items.Select(i => Votes(i.Given[0]))];
        List<LabelledJudgement> judgements = [.. items.Select((item, n) => new LabelledJudgement(
            item.Id, item.Passed, votes[n], item.Swapped.Count == 0 ? [] : Votes(item.Swapped[0]), labels[n].Tags))];
        var model = Shown.Word(string.Join(" + ", judge.Models), 190);
        return new JudgeRecord(JudgeCalibration.Calibrate(judge.Judge, model, day, judgements), kept);
    }

    /// <summary>Holds votes of now against those that the card was made of.</summary>
    /// <param name="now">One run of each item that is judged again; those that the card does not know are left out.</param>
    /// <returns>The record with the re-run in it. Drift that was found stays: only a calibration ends it.</returns>
    public static (JudgeRecord Record, JudgeRerun Rerun) Rerun(JudgeRecord record, IReadOnlyList<JudgedItem> now, DateOnly day)
    {
        ArgumentNullException.ThrowIfNull(record);
        var items = record.Items ?? throw new ArgumentException("Nothing was judged before.", nameof(record));
        var known = items.Items.ToDictionary(i => i.Id, StringComparer.Ordinal);
        var panel = items.Panel();
        List<FrozenItem> frozen = [.. now.Where(i => known.GetValueOrDefault(i.Id)?.Hash == i.Hash).Select(i => new FrozenItem(
            i.Id, known[i.Id].Passed, Verdict(known[i.Id]), Verdict(i)))];
        var error = items.NextError;
        var drift = JudgeDrift.Test(frozen, record.Card!.RepetitionStability, error);
        var rerun = new JudgeRerun(day, frozen.Count, frozen.Count(f => f.Then != f.Now), drift.Correctness, drift.Leniency, drift.Unrest, error);
        var last = items.LastRerun is { Drift.Drifted: true } drifted ? drifted : rerun;
        return (record with { Items = items with { Reruns = items.Reruns + 1, LastRerun = last } }, rerun);

        Vote Verdict(JudgedItem item) => panel?.Decide(items.Votes(item).Votes, "", margin: 0).Vote ?? item.First(0);
    }

    private static async Task<JudgedItem> JudgeAsync(JudgeScorer judge, LabelledAnswer label, int repeat, CancellationToken cancellationToken)
    {
        var question = judge.Question(label.Input, label.Target, label.Output);
        var runs = new JudgeOpinion[repeat][];
        for (var run = 0; run < repeat; run++)
            runs[run] = await judge.JudgeAsync(question, new ScorerCalls($"label {label.Id}", run + 1, Recall.Fresh), cancellationToken);
        return new JudgedItem(label.Id, label.Hash, label.Passed, Letters(o => o.AsGiven), judge.InUse.Pairwise ? Letters(o => o.Swapped) : []);

        string[] Letters(Func<JudgeOpinion, JudgeReply?> said) =>
            [.. runs[0].Select((_, model) => string.Concat(runs.Select(run => JudgedItem.Letter(judge.Vote(said(run[model]))))))];
    }

    private static List<Vote> Votes(string letters) => [.. letters.Select(JudgedItem.VoteOf)];

    /// <summary>What the panel says of each item when it is weighed by all the others: weighed by the item itself it would look better than it is.</summary>
    private static List<List<Vote>> PanelVotes(JudgedItems items)
    {
        var votes = items.Items.Select(items.Votes).ToList();
        return [.. items.Items.Select((item, n) =>
        {
            var others = votes.Where((_, i) => i != n).ToList();
            if (others.Count == 0) return [Vote.Abstained];
            var panel = PanelCalibration.OfAnswers(others);
            return Enumerable.Range(0, item.Given[0].Length)
                .Select(run => panel.Decide([.. item.Given.Select(letters => JudgedItem.VoteOf(letters[run]))], "", margin: 0).Vote).ToList();
        })];
    }
}
