using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Healing.Review;

/// <summary>An evaluation as a comment under the pull request that brings the version.</summary>
public static class EvaluationInMarkdown
{
    private const int MostSlices = 40, MostSamples = 60;
    private const string LeftOut = "\n*Some details are left out for length; `kintsugi eval --verbose` shows them.*\n";
    private const string Footer = "\n---\nWritten by Kintsugi; this comment is kept up to date. Quoted text carries an invisible joint after `@`, `#` and in links, so that nothing in it acts.\n";

    /// <summary>In a few words, for the title of a check.</summary>
    public static string Title(EvaluationReport report) => report switch
    {
        { StartFailure: not null } => "The agent does not start",
        { Verdict: null } => "There is no baseline to hold it against",
        { Verdict.Kind: VerdictKind.Healthy } => "No worse than the blessed version",
        { Verdict.Kind: VerdictKind.Regressed } => "Worse than the blessed version",
        { Verdict.Kind: VerdictKind.Flaky } => "No rise of failures shown, but it disagrees with itself",
        { Verdict.Kind: VerdictKind.Incomparable } => "Too little of it can be held against the blessed version",
        _ => "The runs cannot decide",
    };

    /// <returns>GitHub-flavoured Markdown, at most <see cref="MarkdownReport.MaxLength"/> characters, for any report.</returns>
    public static string Render(EvaluationReport report)
    {
        string[] sections = [Opening(report), Table(report), Reproduce(report), Failing(report), Slices(report), Circumstances(report)];
        var body = new StringBuilder();
        var room = MarkdownReport.MaxLength - LeftOut.Length - Footer.Length - 1_000; // for the key that a forge's client adds, and for whoever puts two of these together
        var whole = true;
        foreach (var section in sections)
        {
            if (body.Length + section.Length <= room) body.Append(section);
            else whole = false;
        }
        if (!whole) body.Append(LeftOut);
        return body.Append(Footer).ToString();
    }

    private static string Opening(EvaluationReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"### {Quoted.Prose(report.Agent, 80)}: {Title(report)}\n\n");
        if (report.Note is { } note) text.Append("> ").Append(Quoted.Prose(note, 800)).Append("\n\n");
        if (report.StartFailure is { } failure) text.Append("How it ended:\n\n").Append(Quoted.Fence(failure, "text", 40, 3_000)).Append('\n');
        text.Append(report.Verdict is { } verdict
            ? $"{Quoted.Prose(verdict.Plain, 1_000)}\n\n{Quoted.Prose(verdict.Exact, 600)}\n"
            : "When this version is good, run `kintsugi bless` and commit what it writes: later versions are held against it.\n");
        return text.ToString();
    }

    private static string Table(EvaluationReport report)
    {
        var text = new StringBuilder("\n| | runs passed | rate | 95 % interval |\n|---|---:|---:|---|\n");
        if (report.Verdict is { } verdict) text.Append(Row($"Blessed version{(report.Blessed is { } blessed ? " " + Quoted.Span(Figures.ShortId(blessed)) : "")}", verdict.Baseline));
        return text.Append(Row($"This version {Quoted.Span(Figures.ShortId(report.Commit))}", report.Verdict?.Candidate ?? report.Candidate)).ToString();

        static string Row(string name, Rate rate) => $"| {name} | {Figures.Counts(rate)} | {Figures.Percent(rate.Value)} | {Figures.Interval(rate)} |\n";
    }

    private static string Failing(EvaluationReport report)
    {
        if (report.Failing.Count == 0 && report.FailingHeldOut == 0) return "\nEvery run passed.\n";
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"\n<details><summary>{report.Failing.Count} of {report.Samples - report.HeldOut} visible samples failed a run, and {report.FailingHeldOut} of {report.HeldOut} held-out ones</summary>\n\n"));
        text.Append("1 passed, 0 failed, w the world failed; one digit a run.\n\n| sample | blessed | this version | why |\n|---|---|---|---|\n");
        foreach (var sample in report.Failing.Take(MostSamples))
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(sample.SampleId, 60)} | {sample.Baseline} | {sample.Runs} | {Cell(sample.Why, 240)} |\n");
        if (report.Failing.Count > MostSamples) text.Append(CultureInfo.InvariantCulture, $"\nAnd {report.Failing.Count - MostSamples} more; `kintsugi eval --verbose` lists them all.\n");
        return text.Append("\n</details>\n").ToString();
    }

    private static string Slices(EvaluationReport report)
    {
        if (report.Verdict?.Slices is not { Count: > 0 } slices) return "";
        var text = new StringBuilder("\n<details><summary>Every slice</summary>\n\n| slice | samples | blessed | this version | of a rise |\n|---|---:|---:|---:|---|\n");
        foreach (var slice in slices.OrderBy(s => s.PValue).Take(MostSlices))
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(slice.Name, 80)} | {slice.Samples} | {Figures.Percent(slice.BaselineRate)} | {Figures.Percent(slice.CandidateRate)} | {PValue.InWords(slice.PValue)}{(slice.Rose ? ", shown" : "")} |\n");
        return text.Append("\n</details>\n").ToString();
    }

    private static string Reproduce(EvaluationReport report) => "\nTo see it yourself:\n\n" + Quoted.Fence(report.Reproduce, "sh", 20, 2_000);

    private static string Circumstances(EvaluationReport report)
    {
        var text = new StringBuilder("\n");
        foreach (var judge in report.Judges.Take(12)) text.Append("- ").Append(Quoted.Prose(judge, 600)).Append('\n');
        return text.Append(CultureInfo.InvariantCulture, $"- {Figures.Took(report.Duration)}: {Figures.Cost(report.Cost)}\n").ToString();
    }

    private static string Cell(string text, int limit) => Quoted.Prose(text, limit); // a bar is escaped by it
}
