using System.Security.Cryptography;
using System.Text;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>An incident as one HTML page that needs nothing else: no script, no font, no picture is loaded, and its policy forbids them.</summary>
public static class HtmlReport
{
    private const int MaxListed = 40;
    private const int MaxAttempts = 10;
    private const int MaxSteps = 30;

    private static readonly string StyleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(ReportStyle.Css.ToString())));

    public static string Render(IncidentReport report) => Markup.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{StyleHash}'; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Story.Outcome(report)}: {report.Agent}</title>
        <style>{ReportStyle.Css}</style>
        </head>
        <body>
        {HtmlFigures.Shapes}
        <main>
        {Header(report)}
        {Markup.When(NeedsAPerson(report), () => Markup.Of($"{LookFirst(report)}{NotChanged(report)}"))}
        {AlarmInReports.Html(report)}{Samples(report)}
        {FailuresInHtml.Clusters(report)}
        {Cause(report)}
        {AdviceInHtml.Section(report)}
        {Change(report)}
        {Rates(report)}
        {Markup.When(report.Judges.Count > 0, () => Section("Who judged", HtmlVerdict.Judges(report.Judges)))}
        {Markup.When(!NeedsAPerson(report), () => NotChanged(report))}
        {TimeLine(report)}
        {Attempts(report)}
        {ErrorTrace(report)}
        {Circumstances(report)}
        </main>
        </body>
        </html>

        """).ToString();

    private static Markup Header(IncidentReport report)
    {
        var after = Story.Accepted(report)?.Scores?.After;
        var tiles = report.Verdict is not { } verdict ? Markup.None : Markup.Of($"""
            <div class="tiles">
            {Tile("blessed", verdict.Baseline, "whole")}
            {Tile("this version", verdict.Candidate, "broken")}
            {Markup.When(after is not null, () => Tile("with the fix", after!, "mended"))}
            </div>
            """);
        return Markup.Of($"""
            <header>
            <svg class="vein" viewBox="0 0 960 40" preserveAspectRatio="none" aria-hidden="true"><path d="M0 22 L90 16 L150 27 L260 12 L330 24 L470 18 L560 30 L640 14 L760 25 L850 17 L960 23 M330 24 L360 40 M640 14 L655 0"/></svg>
            <p class="badge {OutcomeKind(report)}">{Story.Outcome(report)}</p>
            <h1>{report.Agent}</h1>
            <p class="story">{Story.Summary(report)}</p>
            {tiles}
            <p class="soft">{Commit("Blessed", report.Base)} · {Commit("this version", report.Head)} · {Figures.Took(report.Duration)} · {Figures.Cost(report.Cost)}</p>
            </header>
            """);

        static Markup Tile(string label, Rate rate, string kind) => Markup.Of($"""
            <div class="tile {kind}"><span>{label}</span><b>{Figures.Percent(rate.Value)}</b><span class="soft">{Figures.Counts(rate)} runs passed</span></div>
            """);

        static Markup Commit(string role, CommitView commit) => Markup.Of($"{role} <code>{Figures.ShortId(commit.Id)}</code>");
    }

    private static Markup Samples(IncidentReport report)
    {
        if (report.Verdict is null && report.Strip.Count == 0) return Markup.None;
        var mended = Story.Mended(report);
        return Section("What broke, and for whom", Markup.Of($"""
            {Markup.When(report.Verdict is not null, () => Markup.Of($"<p>{report.Verdict!.Plain}</p>"))}{Markup.When(report.SetAside.Count > 0, () => Markup.Of($"<ul>{Items(Story.SetAside(report))}</ul>"))}
            {Markup.When(report.Strip.Count > 0, () => Markup.Of($"""
                {HtmlFigures.Strip(report.Strip)}
                <p class="legend"><span class="key whole"></span> passed <span class="key broken"></span> failed {Markup.When(mended > 0, () => Markup.Of($"""<span class="key mended"></span> mended: {mended} samples that failed and pass every run again"""))}</p>
                <p class="soft">One column a visible sample; held-out samples are shown as counts only.</p>
                """))}
            {Markup.When(report.Verdict is not null, () => Markup.Of($"<p class=\"soft\">{report.Verdict!.Exact}</p>{HtmlVerdict.Path(report.Verdict.Looks)}{HtmlVerdict.Slices(report.Verdict.Slices)}"))}
            """));
    }

    private static Markup Cause(IncidentReport report)
    {
        if (report.Diagnosis is not { } diagnosis) return Markup.None;
        return Section("The cause, and its proof", Markup.Of($"""
            <p class="cause">The cause: {Story.Of(diagnosis.Cause)}.</p>
            {Markup.Join(diagnosis.Commits.Take(MaxListed), commit => Markup.Of($"""<p class="commit"><code>{Figures.ShortId(commit.Id)}</code> {commit.Subject} <span class="soft">{commit.Author}, {Figures.At(commit.At)}</span></p>"""))}
            <ol class="chain">{Items(diagnosis.Evidence)}</ol>
            {Markup.Join(Story.Standing(report), line => Markup.Of($"<p class=\"soft\">{line}</p>"))}
            {Markup.When(diagnosis.SpecContradiction is not null, () => Markup.Of($"<p class=\"warning\"><b>The golden dataset may be what is wrong.</b> {diagnosis.SpecContradiction} If the change was intended, <code>kintsugi dataset accept</code> brings the targets along; then bless the new version.</p>"))}
            """));
    }

    private static Markup Change(IncidentReport report)
    {
        var culprit = report.Diagnosis?.Culprit ?? [];
        var fix = Story.Accepted(report)?.Fix;
        return Markup.When(culprit.Count > 0 || fix is not null, () => Section("The change", Markup.Of($"""
            {Markup.When(culprit.Count > 0, () => Markup.Of($"<h3>What came in and broke it</h3>{Diff(HunkText.Diff(culprit))}"))}
            {Markup.When(fix is not null, () => Markup.Of($"<h3>What mends it, on top of <code>{Figures.ShortId(fix!.Tip)}</code></h3>{Diff(fix.Patch)}"))}
            """)));
    }

    private static bool NeedsAPerson(IncidentReport report) => report.Outcome is IncidentOutcome.Escalated or IncidentOutcome.Budget;

    private static Markup LookFirst(IncidentReport report) => Section("What to look at first", Markup.Of($"""
        <ol>{Items(Story.LookFirst(report))}</ol>
        {Reproduce(report)}
        """));

    private static Markup Reproduce(IncidentReport report) => Markup.Of(
        $"<pre>{Markup.Block(report.Reproduce, 20, 2_000)}</pre>{Markup.When(report.SetAside.Count > 0, () => Markup.Of($"<p class=\"soft\">{Story.ShownOtherwise(report)!}</p>"))}");

    private static Markup Rates(IncidentReport report)
    {
        var accepted = Story.Accepted(report);
        var rows = new List<(string, Rate, string)>();
        if (report.Verdict is { } verdict)
        {
            rows.Add(("Blessed version", verdict.Baseline, "whole"));
            rows.Add(("This version", verdict.Candidate, "broken"));
        }
        if ((accepted?.Scores ?? report.Attempts.LastOrDefault(attempt => attempt.Scores is not null)?.Scores) is { } scores)
        {
            rows.Add(("Visible samples, this version", scores.Before, "broken"));
            rows.Add(("Visible samples, with the fix", scores.After, "mended"));
            rows.Add(("Held-out, good version", scores.HeldOutBaseline, "whole"));
            rows.Add(("Held-out, with the fix", scores.HeldOutAfter, "mended"));
        }
        return Markup.When(rows.Count > 0, () => Section("Before and after", Markup.Of($"""
            {HtmlFigures.Intervals(rows)}
            <p class="soft">Share of runs passed, with 95 % intervals.</p>
            {Markup.When(Story.Verified(report) is not null, () => Markup.Of($"<p>{Story.Verified(report)}</p>"))}
            """)));
    }

    private static Markup NotChanged(IncidentReport report)
    {
        var mended = Story.Accepted(report) is not null;
        var lines = new List<string>();
        lines.AddRange(Story.Left(report));
        lines.AddRange((Story.IsRolledBack(report) ? [] : report.Diagnosis?.AlsoSufficient ?? []).Take(MaxListed).Select(other =>
            $"Taking back {string.Join(", ", other.Take(MaxListed).Select(Story.Named))} would mend it too; it was left."));
        lines.AddRange(report.RuledOut);
        return Markup.When(lines.Count > 0, () => Section(mended ? "What was not changed, and why" : "What was ruled out", Markup.Of($"<ul>{Items(lines)}</ul>")));
    }

    private static Markup TimeLine(IncidentReport report) =>
        Markup.When(report.TimeLine.Count > 0, () => Section("Time line and cost", Markup.Of($"""
            {HtmlFigures.TimeLine(report.TimeLine)}
            <p class="soft">In all {Figures.Took(report.Duration)}: {Figures.Cost(report.Cost)}.</p>
            """)));

    private static Markup Attempts(IncidentReport report) =>
        Markup.When(report.Attempts.Count > 0, () => Section("Attempts", Markup.Join(report.Attempts.Take(MaxAttempts), attempt => Markup.Of($"""
            <h3>{attempt.N}. <code>{attempt.Strategy}</code> {(attempt.Passed ? "passed" : "was refused")}</h3>
            <p>{attempt.Reason} <span class="soft">· {Figures.Cost(attempt.Cost)}.</span></p>
            <table>{Markup.Join(attempt.Checks.Take(MaxListed), check => Markup.Of($"""<tr><td class="{(check.Passed switch { true => "yes", false => "no", null => "open" })}">{(check.Passed switch { true => "✓", false => "✗", null => "–" })}</td><th scope="row">{check.Name}</th><td>{check.Detail}</td></tr>"""))}</table>{Markup.When(attempt.Writing is not null, () => Written(attempt))}
            """))));

    private static Markup Written(Attempt attempt) => Markup.Of($"""
        <details><summary>What {Story.WriterOf(attempt)} did, in {attempt.Writing!.Steps.Count} steps</summary>
        {Markup.When(attempt.Writing.Summary.Length > 0, () => Markup.Of($"<p>In its own words: {attempt.Writing.Summary}</p>"))}
        {Markup.When(attempt.Writing.Prompts.Count > 0, () => Markup.Of($"<p class=\"soft\">{Story.Told(attempt.Writing)}</p>"))}
        {Markup.When(attempt.Writing.Candidates.Count > 0, () => Markup.Of($"<ul>{Items([.. attempt.Writing.Candidates.Take(MaxAttempts).Select(Story.Of)])}</ul>"))}
        {Markup.Join(attempt.Writing.Steps.Take(MaxSteps), Step)}
        {Markup.When(attempt.Writing.Steps.Count > MaxSteps, () => Markup.Of($"<p class=\"soft\">{attempt.Writing.Steps.Count - MaxSteps} more steps are in `kintsugi incident show --json`.</p>"))}
        </details>
        """);

    /// <summary>One use of a tool by a model.</summary>
    internal static Markup Step(WriterStep step) =>
        Markup.Of($"<h3><code>{StrangersText.OneLine(step.Tool, 40)}</code> {StrangersText.OneLine(step.Asked, 200)}</h3>{Markup.When(step.Answered.Length > 0, () => Markup.Of($"<pre>{Markup.Block(step.Answered, 10, 400)}</pre>"))}");

    private static Markup ErrorTrace(IncidentReport report)
    {
        if (report.ErrorTrace is not { } trace) return Markup.None;
        return Markup.Of($"""
            <details><summary>The error trace, sample <code>{trace.SampleId}</code></summary>
            {Part("Input", trace.Input)}{Part("Expected", trace.Target)}{Part("Answer of the blessed version", trace.BaselineOutput)}{Part("Answer of this version", trace.HeadOutput)}
            {Part("Error", trace.Error)}{Part("Scores", Lines(trace.Scores))}{Part("Steps", Lines(trace.Steps))}
            {FailuresInHtml.Suspects(report)}
            </details>
            """);

        static Markup Part(string title, string? content) =>
            Markup.When(!string.IsNullOrEmpty(content), () => Markup.Of($"<h3>{title}</h3><pre>{Markup.Block(content!)}</pre>"));

        static string Lines(IReadOnlyList<string> lines) => string.Join('\n', lines.Take(MaxListed).Select(line => StrangersText.OneLine(line, 500)));
    }

    private static Markup Circumstances(IncidentReport report) => Markup.Of($"""
        {Markup.When(!NeedsAPerson(report), () => Section("To see it yourself", Reproduce(report)))}
        <footer>
        <p>Incident <code>{report.Incident}</code>, fingerprint <code>{report.Fingerprint}</code>, seed <code>{report.Seed}</code>. Sandbox {report.Isolation}.
        {Markup.When(report.Proposal is not null, () => Markup.Of($"Branch <code>{report.Proposal!.Branch}</code>, commit <code>{Figures.ShortId(report.Proposal.Commit)}</code>."))}</p>
        {Markup.When(report.Notes.Count > 0, () => Markup.Of($"<ul>{Items(report.Notes)}</ul>"))}
        <p>Written by Kintsugi from the incident's log.</p>
        </footer>
        """);

    private static Markup Section(string title, Markup content) => Markup.Of($"<section><h2>{title}</h2>{content}</section>");

    private static Markup Items(IReadOnlyList<string> lines) => Markup.Join(lines.Take(MaxListed), line => Markup.Of($"<li>{line}</li>"));

    private static Markup Diff(string patch)
    {
        var lines = StrangersText.Block(patch, 300, 20_000).Split('\n');
        return Markup.Of($"""<pre class="diff">{Markup.Join(lines, line => Markup.Of($"""<span class="{KindOf(line)}">{Markup.Block(line)}</span>{Markup.Block("\n")}"""))}</pre>""");
    }

    private static string KindOf(string line) => line switch
    {
        _ when line.StartsWith("+++ ", StringComparison.Ordinal) || line.StartsWith("--- ", StringComparison.Ordinal) || line.StartsWith("diff ", StringComparison.Ordinal) => "file",
        _ when line.StartsWith("@@", StringComparison.Ordinal) => "where",
        ['+', ..] => "added",
        ['-', ..] => "removed",
        _ => "same",
    };

    private static string OutcomeKind(IncidentReport report) => report.Outcome switch
    {
        IncidentOutcome.Proposed => "mended",
        IncidentOutcome.Healthy or IncidentOutcome.Superseded => "whole",
        IncidentOutcome.Escalated or IncidentOutcome.Budget => "broken",
        _ => "open",
    };
}
