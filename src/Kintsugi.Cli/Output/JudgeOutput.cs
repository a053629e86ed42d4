using System.ComponentModel;
using System.Globalization;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Scorers.Judging;
using Spectre.Console;
using Markup = Spectre.Console.Markup;

namespace Kintsugi.Cli.Output;

/// <summary>What `judge calibrate --json` prints.</summary>
internal sealed record JudgeCalibrateDocument(
    [property: Description("Every judge that was held against the labels.")] IReadOnlyList<CalibratedJudge> Judges);

internal sealed record CalibratedJudge(
    [property: Description("Its name among the scorers.")] string Scorer,
    [property: Description("Who judges, `provider/model`: one, or the members of a panel.")] IReadOnlyList<string> Models,
    [property: Description("SHA-256 of models, rubric and settings: what its card is bound to.")] string Judge,
    [property: Description("The card's file, relative to the agent's directory: commit it.")] string Card,
    [property: Description("Whether it decides with the other scorers from now on; else it advises.")] bool Gates,
    [property: Description("Why it only advises, each with what to do; empty when it gates.")] IReadOnlyList<string> Problems,
    [property: Description("Tags on which it only advises even so.")] IReadOnlyList<string> AdvisesOn,
    [property: Description("Labels that are missing before it may gate; zeros when none are.")] MissingLabels Missing,
    JudgedSlice Whole,
    [property: Description("By tag of the labels.")] IReadOnlyList<JudgedSlice> Slices,
    [property: Description("Pairs with the same verdict in both orders; null where it judges single answers.")] JudgeRate? OrderConsistency,
    [property: Description("Answers on which two runs of one question gave the same vote; null with --repeat 1.")] JudgeRate? RepetitionStability,
    [property: Description("The re-run of `--check`; null without it.")] JudgeRerunView? Rerun)
{
    public static CalibratedJudge Of(JudgeInUse judge, JudgeRerunView? rerun)
    {
        var card = judge.Record.Card!;
        return new CalibratedJudge(
            judge.Scorer, judge.Models, judge.Judge, JudgeCard.RelativePath(judge.Judge), judge.MayGate, judge.Standing.Problems, judge.Standing.AdvisesOn,
            MissingLabels.Of(card.Whole), JudgedSlice.Of("", card.Whole),
            [.. card.Slices.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => JudgedSlice.Of(s.Key, s.Value))], JudgeRate.Of(card.OrderConsistency.Rate), JudgeRate.Of(card.RepetitionStability.Rate), rerun);
    }
}

internal sealed record MissingLabels(
    [property: Description("In all.")] int Labels,
    [property: Description("Among them answers that people pass and the judge decides.")] int Passes,
    [property: Description("Likewise answers that people fail.")] int Fails)
{
    public static MissingLabels Of(Confusion whole) => new(
        Math.Max(0, JudgeStanding.MinimumLabels - whole.Labels), Math.Max(0, JudgeStanding.MinimumOfEach - whole.Passes), Math.Max(0, JudgeStanding.MinimumOfEach - whole.Fails));
}

/// <summary>A judge against people on some of the labels. Estimates are null where nothing was counted.</summary>
internal sealed record JudgedSlice(
    [property: Description("Empty for all labels.")] string Tag,
    int Labels,
    [property: Description("Answers that the judge did not decide; all rates are of the others.")] int Abstained,
    [property: Description("Share of decided answers that people pass.")] JudgeRate? PeoplePass,
    [property: Description("Share of decided answers that the judge passes.")] JudgeRate? JudgePasses,
    [property: Description("P(judge passes | people pass).")] JudgeRate? Sensitivity,
    [property: Description("P(judge fails | people fail).")] JudgeRate? Specificity,
    [property: Description("Sensitivity + specificity - 1.")] JudgeRate? Informedness,
    [property: Description("Cohen's kappa.")] JudgeRate? Kappa)
{
    public static JudgedSlice Of(string tag, Confusion counts) => new(
        tag, counts.Labels, counts.Abstained,
        JudgeRate.Of(new Proportion(counts.Passes, counts.Decided).Rate), JudgeRate.Of(new Proportion(counts.TruePasses + counts.FalsePasses, counts.Decided).Rate),
        JudgeRate.Of(counts.Sensitivity), JudgeRate.Of(counts.Specificity), JudgeRate.Of(counts.Informedness), JudgeRate.Of(counts.Kappa));
}

/// <summary>An estimate to four decimals.</summary>
internal sealed record JudgeRate(
    decimal Value,
    [property: Description("95 % interval, as on the card.")] decimal Low,
    decimal High)
{
    public static JudgeRate? Of(Estimate? estimate) =>
        estimate is null ? null : new JudgeRate(Math.Round((decimal)estimate.Value, 4), Math.Round((decimal)estimate.Low, 4), Math.Round((decimal)estimate.High, 4));
}

internal sealed record JudgeRerunView(
    [property: Description("Answers that were judged again.")] int Items,
    [property: Description("Votes among them that changed.")] int Changed,
    [property: Description("Whether the judge no longer judges as it did; from then on it advises until it is calibrated again.")] bool Drifted,
    [property: Description("P-value: has its rate of right votes changed?")] decimal Correctness,
    [property: Description("P-value: do its votes move one way?")] decimal Leniency,
    [property: Description("P-value: do more votes change than between two runs on one day?")] decimal Unrest,
    [property: Description("What this re-run may err by.")] decimal Error)
{
    /// <param name="drifted">By this re-run or an earlier one.</param>
    public static JudgeRerunView Of(JudgeRerun rerun, bool drifted) => new(
        rerun.Items, rerun.Changed, drifted, Math.Round((decimal)rerun.Correctness, 6), Math.Round((decimal)rerun.Leniency, 6), Math.Round((decimal)rerun.Unrest, 6), Math.Round((decimal)rerun.Error, 6));
}

/// <summary>The table that a person reads.</summary>
internal static class JudgeTable
{
    private const int MostSlices = 30;

    public static void Write(TextWriter output, CalibratedJudge judge)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected) console.Profile.Width = 160;
        console.MarkupLine($"[bold]{Markup.Escape(Text.Plain(judge.Scorer, 200))}[/] ({Markup.Escape(Text.Plain(string.Join(", ", judge.Models), 300))})");
        console.Write(Slices(judge));
        foreach (var line in Lines(judge)) output.WriteLine(Text.Plain(line, 900));
        output.WriteLine();
    }

    private static Table Slices(CalibratedJudge judge)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("labels").AddColumn(new TableColumn("count").RightAligned());
        foreach (var name in (string[])["passes what people pass", "fails what people fail", "both, less 1 (J)", "agreement (κ)"]) table.AddColumn(name);
        foreach (var slice in judge.Slices.Take(MostSlices)) Row(table, Text.Plain(slice.Tag, 40), slice);
        Row(table, "all", judge.Whole);
        return table;
    }

    private static void Row(Table table, string name, JudgedSlice slice) => table.AddRow(
        Markup.Escape(name), slice.Labels.ToString(CultureInfo.InvariantCulture), Percent(slice.Sensitivity), Percent(slice.Specificity), Number(slice.Informedness), Number(slice.Kappa));

    private static IEnumerable<string> Lines(CalibratedJudge judge)
    {
        if (judge.Whole is { PeoplePass: { } people, JudgePasses: { } judged })
            yield return $"People pass {Percent(people)}, the judge {Percent(judged)}: `kintsugi eval` shows its rate corrected by these labels (PPI++).";
        if (judge.Whole.Abstained > 0) yield return $"It did not decide {judge.Whole.Abstained} of {judge.Whole.Labels}; the rates are of the others.";
        if (judge.OrderConsistency is { } consistency) yield return $"With the answers exchanged it says the same of {Percent(consistency)}.";
        if (judge.RepetitionStability is { } stability) yield return $"Asked twice it votes the same on {Percent(stability)}.";
        if (judge.Rerun is { } rerun)
            yield return string.Create(CultureInfo.InvariantCulture, $"Judged again: {rerun.Changed} of {rerun.Items} votes changed{(rerun.Drifted ? "; the judge has drifted, or did at an earlier check" : "; no drift is shown")} (p {rerun.Correctness:0.###} right or wrong, {rerun.Leniency:0.###} one way, {rerun.Unrest:0.###} unrest; held to {rerun.Error:0.####} / 3).");
        yield return judge.Gates
            ? $"It may decide.{(judge.AdvisesOn.Count == 0 ? "" : $" On {string.Join(", ", judge.AdvisesOn)} it only advises.")} Commit {judge.Card} and the file beside it, then run `kintsugi bless`: a baseline holds for the judges that decided it."
            : $"It only advises. {string.Join(" ", judge.Problems)}{More(judge.Missing)}";
    }

    private static string More(MissingLabels missing)
    {
        if (missing is { Labels: 0, Passes: 0, Fails: 0 }) return "";
        var least = Math.Max(missing.Labels, missing.Passes + missing.Fails);
        return $" {least} more labels at least{(missing.Passes + missing.Fails == 0 ? "" : $", of them {missing.Passes} of answers that pass and {missing.Fails} of answers that fail")}.";
    }

    private static string Percent(JudgeRate? rate) =>
        rate is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * rate.Value:0.0} % ({100 * rate.Low:0} to {100 * rate.High:0})");

    private static string Number(JudgeRate? value) =>
        value is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{value.Value:0.00} ({value.Low:0.00} to {value.High:0.00})");
}

/// <summary>A line on standard error now and then: a judge takes seconds for an answer.</summary>
internal sealed class JudgeProgressLog(string judge, int of) : IProgress<int>
{
    private const int Lines = 10;

    public void Report(int value)
    {
        if (value == of || value % Math.Max(1, of / Lines) == 0) Console.Error.WriteLine($"  {Text.Plain(judge, 100)}: {value} of {of} answers judged");
    }
}
