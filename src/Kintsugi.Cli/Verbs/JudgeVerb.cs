using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Cli.Verbs;

/// <summary>Holds the models that judge against labels of people.</summary>
internal static class JudgeVerb
{
    private const int MostRepetitions = 10;

    public static Command Command() => new("judge", "Keeps the models that judge honest.") { Calibrate() };

    private static Verb Calibrate()
    {
        var options = new Options(
            Edge.AgentDirectory(),
            new Option<string>("--labels") { Description = "Answers that people have labelled, JSON Lines: {\"id\", \"input\", \"output\", \"target\"?, \"passed\", \"tags\"?}. See docs/judges.md.", HelpName = "FILE", Required = true },
            new Option<string?>("--rubric") { Description = "Only judges with this rubric, as kintsugi.yaml names it. Default: all of them.", HelpName = "FILE" },
            new Option<int>("--repeat") { Description = $"How often each answer is judged, 1 to {MostRepetitions}; from 2 on it is known how steady the judge is, without which it may not decide.", HelpName = "N", DefaultValueFactory = _ => 2 },
            new Option<bool>("--check") { Description = "Judge the answers that the card was made of once more, and say whether the judge has changed. Answers that are new are left out." },
            Edge.Json());
        return new Verb("calibrate", "Asks each judge about labelled answers, says how far it may be trusted, and writes its card: without a valid one a judge advises, and decides nothing.")
        {
            Arguments = { options.Directory },
            Options = { options.Labels, options.Rubric, options.Repeat, options.Check, options.Json },
            Writes = ".kintsugi/judges/*.json, to be committed: the card, and the votes that it was made of (no texts)",
            Examples =
            [
                ("kintsugi judge calibrate --labels labels.jsonl", "what is each judge worth, and may it decide"),
                ("kintsugi judge calibrate --labels labels.jsonl --rubric rubrics/outreach.md", "one of several judges"),
                ("kintsugi judge calibrate --labels labels.jsonl --check", "now and then: is it still the same judge"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "the cards are written; whether a judge may decide stands in the output. With --check: no drift is shown"),
                (ExitStatus.Bad, "with --check: a judge has drifted; it advises until it is calibrated again"),
            ],
        }.Does((parsed, cancellationToken) => RunAsync(parsed, options, cancellationToken));
    }

    private static async Task<int> RunAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var repeat = parsed.GetValue(options.Repeat);
        if (repeat is < 1 or > MostRepetitions) throw new UsageException($"--repeat is {repeat}. Write 1 to {MostRepetitions}; 2 is enough to know how steady a judge is.");
        var labels = await ReadAsync(parsed.GetValue(options.Labels)!, cancellationToken);
        await using var workspace = await Workspace.OpenAsync(parsed.GetValue(options.Directory)!, "HEAD", false, cancellationToken);
        var judges = Chosen([.. (await workspace.ScorersAsync(cancellationToken)).OfType<JudgeScorer>()], parsed.GetValue(options.Rubric));
        foreach (var judge in judges) JudgeTrial.Check(judge, labels, parsed.GetValue(options.Labels)!);

        List<CalibratedJudge> calibrated = [];
        foreach (var judge in judges)
        {
            var done = parsed.GetValue(options.Check)
                ? await CheckAsync(workspace, judge, labels, cancellationToken)
                : await CalibrateAsync(workspace, judge, labels, repeat, cancellationToken);
            calibrated.Add(done);
            if (!parsed.GetValue(options.Json)) JudgeTable.Write(Console.Out, done);
        }
        if (parsed.GetValue(options.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(new JudgeCalibrateDocument(calibrated), HealDocument.Json));
        return calibrated.Exists(j => j.Rerun is { Drifted: true }) ? ExitStatus.Bad : ExitStatus.Ok;
    }

    private static async Task<IReadOnlyList<LabelledAnswer>> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file)) throw new UsageException($"there is no file '{Text.Plain(file)}'. Give one with labelled answers, JSON Lines; docs/judges.md says how to make it.");
        await using var stream = File.OpenRead(file);
        return await LabelledAnswer.ReadAsync(file, stream, cancellationToken);
    }

    private static List<JudgeScorer> Chosen(List<JudgeScorer> judges, string? rubric)
    {
        if (judges.Count == 0) throw new UsageException($"no scorer of {AgentFile.FileName} is a judge. Add `- judge: {{ rubric: FILE }}` to `scorers:`, and commit it with the rubric.");
        var chosen = judges.Where(j => rubric is null || j.InUse.Rubric == rubric).ToList();
        return chosen.Count > 0
            ? chosen
            : throw new UsageException($"no judge has the rubric '{Text.Plain(rubric!, 100)}'. Those of {AgentFile.FileName} are {string.Join(", ", judges.Select(j => Text.Plain(j.InUse.Rubric, 100)).Distinct())}.");
    }

    private static async Task<CalibratedJudge> CalibrateAsync(
        Workspace workspace, JudgeScorer judge, IReadOnlyList<LabelledAnswer> labels, int repeat, CancellationToken cancellationToken)
    {
        var items = await JudgeTrial.RunAsync(judge, labels, repeat, new JudgeProgressLog(judge.Name, labels.Count), cancellationToken);
        ThrowIfUnreadable(judge, items);
        var record = JudgeTrial.Record(judge.InUse, labels, items, workspace.Today);
        record.Write(workspace.Directory);
        return CalibratedJudge.Of(judge.InUse.With(record, workspace.Today), null);
    }

    private static async Task<CalibratedJudge> CheckAsync(
        Workspace workspace, JudgeScorer judge, IReadOnlyList<LabelledAnswer> labels, CancellationToken cancellationToken)
    {
        if (judge.InUse.Record is not { Card: not null, Items: { } items })
            throw new UsageException($"'{judge.Name}' has no card to hold it against. Run `{JudgeInUse.Remedy}` first.");
        var frozen = items.Items.Select(i => (i.Id, i.Hash)).ToHashSet();
        List<LabelledAnswer> again = [.. labels.Where(l => frozen.Contains((l.Id, l.Hash)))];
        if (again.Count == 0) throw new UsageException($"the card of '{judge.Name}' was made of none of these labels. Give the file that it was calibrated on.");
        var now = await JudgeTrial.RunAsync(judge, again, repeat: 1, new JudgeProgressLog(judge.Name, again.Count), cancellationToken);
        ThrowIfUnreadable(judge, now);
        var (record, rerun) = JudgeTrial.Rerun(judge.InUse.Record, now, workspace.Today);
        record.Write(workspace.Directory);
        return CalibratedJudge.Of(judge.InUse.With(record, workspace.Today), JudgeRerunView.Of(rerun, record.Items!.LastRerun!.Drift.Drifted));
    }

    /// <exception cref="WorldFailedException">Most of its verdicts could not be read: that is no judge that doubts but one that does not work, and no card is to say otherwise.</exception>
    private static void ThrowIfUnreadable(JudgeScorer judge, IReadOnlyList<JudgedItem> items)
    {
        var votes = items.SelectMany(i => i.Given.Concat(i.Swapped)).SelectMany(v => v).ToList();
        var unread = votes.Count(v => JudgedItem.VoteOf(v) == Vote.Abstained);
        if (2 * unread > votes.Count)
            throw new WorldFailedException(unread, votes.Count, [$"'{judge.Name}' gave no verdict that can be read"], "Nothing was written. Try another model, or run again when the provider is well.");
    }

    private sealed record Options(
        Argument<string> Directory, Option<string> Labels, Option<string?> Rubric, Option<int> Repeat, Option<bool> Check, Option<bool> Json);
}
