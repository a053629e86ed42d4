using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>An incident as the body of a pull request, or of the escalation to a person, in the order in which a reviewer reads.</summary>
public static class MarkdownReport
{
    /// <summary>The most that is ever written, in UTF-16 characters; forges refuse a little above 65,000.</summary>
    public const int MaxLength = 60_000;

    private const int MaxListed = 12;
    private const int MaxSteps = 40;
    private const string LeftOut = "\n*Some details are left out for length; the HTML report has them.*\n";
    private const string Footer =
        "\n---\nWritten by Kintsugi from the incident's log. Quoted text carries an invisible joint after `@`, `#` and in links, so that nothing in it acts.\n";

    /// <returns>GitHub-flavoured Markdown, at most <see cref="MaxLength"/> characters, for any report.</returns>
    public static string Render(IncidentReport report)
    {
        string[] packet = [LookFirst(report), NotChanged(report), Reproduce(report)]; // what a person who has to decide needs before all else
        List<string> sections =
        [
            Opening(report), .. NeedsAPerson(report) ? packet : [], AlarmInReports.Markdown(report), Broke(report), FailuresInMarkdown.Clusters(report), CauseAndProof(report), AdviceInMarkdown.Opinion(report), Change(report), BeforeAndAfter(report),
            .. NeedsAPerson(report) ? [] : packet,
            Orders(report),
            Folded("The error trace", ErrorTrace(report)),
            Folded("All evidence", Bullets(report.Diagnosis?.Evidence.Skip(MaxListed) ?? [], 40)),
            Folded("What a model read and did for its opinion", AdviceInMarkdown.Details(report)),
            Folded("Every slice", Slices(report)),
            Folded("Every attempt", Attempts(report)),
            Folded("Every visible sample that failed a run", Strip(report)),
            Folded("Time line and cost", TimeLine(report)),
            Folded("How this was run", Circumstances(report)),
        ];
        var body = new StringBuilder();
        var room = MaxLength - LeftOut.Length - Footer.Length;
        var whole = true;
        foreach (var section in sections) // what a reviewer reads first is there first, so it is the details that give way
        {
            if (body.Length + section.Length <= room) body.Append(section);
            else whole = false;
        }
        if (!whole) body.Append(LeftOut);
        return body.Append(Footer).ToString();
    }

    /// <summary>All that is known of the cause, for somebody who asks why; at most <see cref="MaxLength"/> characters with room for a few lines more.</summary>
    public static string Explanation(IncidentReport report)
    {
        string[] sections =
        [
            Opening(report), CauseAndProof(report), AdviceInMarkdown.Opinion(report), NotChanged(report),
            Titled("All evidence", Bullets(report.Diagnosis?.Evidence.Skip(MaxListed) ?? [], 40)), Titled("The error trace", ErrorTrace(report)), FailuresInMarkdown.Clusters(report), Reproduce(report),
        ];
        var text = new StringBuilder();
        foreach (var section in sections)
            if (text.Length + section.Length <= MaxLength - 1_000) text.Append(section);
        return text.ToString();
    }

    private static string Orders(IncidentReport report) => report.Proposal is { Kind: Proposal.PullRequest }
        ? "\n## What you can answer\n\nRequest changes in a review, or write at the beginning of a line:\n\n" + ReviewOrders.List()
        : "";

    private static string Titled(string title, string content) => content.Length == 0 ? "" : $"\n## {title}\n\n{content}";

    private static string Opening(IncidentReport report) => $"**{Story.Outcome(report)}.** {Quoted.Prose(Story.Summary(report), 1_500)}\n";

    private static string Broke(IncidentReport report)
    {
        if (report.Verdict is not { } verdict) return "";
        var text = new StringBuilder("\n## What broke, and for whom\n\n");
        text.Append(Quoted.Prose(verdict.Plain, 1_000)).Append("\n\n");
        var broken = Story.Broken(report);
        if (broken.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"- Hit hardest, of {report.Strip.Count} visible samples: {Names(broken)}\n");
        }
        if (verdict.World > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {verdict.World} runs failed for the world's sake (provider, sandbox) and count for neither side.\n");
        }
        return text.Append("- ").Append(Quoted.Prose(verdict.Exact, 600)).Append('\n').ToString();
    }

    private static string CauseAndProof(IncidentReport report)
    {
        if (report.Diagnosis is not { } diagnosis) return "";
        var text = new StringBuilder("\n## The cause, and its proof\n\n");
        text.Append("The cause: ").Append(Story.Of(diagnosis.Cause)).Append(".\n\n");
        foreach (var commit in diagnosis.Commits.Take(MaxListed))
        {
            text.Append(CultureInfo.InvariantCulture, $"- Brought by {Quoted.Span(Figures.ShortId(commit.Id))} {Quoted.Span(commit.Subject)} ({Quoted.Prose(commit.Author, 100)}, {Figures.At(commit.At)})\n");
        }
        text.Append(Bullets(Story.Standing(report), MaxListed));
        text.Append(Bullets(diagnosis.Evidence, MaxListed));
        if (diagnosis.SpecContradiction is { } contradiction)
        {
            text.Append("\n**The golden dataset may be what is wrong:** ").Append(Quoted.Prose(contradiction, 800))
                .Append(" If the change was intended, `kintsugi dataset accept` brings the targets along; then bless the new version.\n");
        }
        return text.ToString();
    }

    private static string Change(IncidentReport report)
    {
        var culprit = report.Diagnosis?.Culprit ?? [];
        var fix = Story.Accepted(report)?.Fix;
        if (culprit.Count == 0 && fix is null) return "";
        var text = new StringBuilder("\n## The change\n\n");
        if (culprit.Count > 0)
        {
            text.Append("What came in and broke it:\n\n").Append(Quoted.Fence(HunkText.Diff(culprit), "diff"));
        }
        if (fix is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nWhat this changes, on top of {Quoted.Span(Figures.ShortId(fix.Tip))}, in {Names(fix.Files)}:\n\n");
            text.Append(Quoted.Fence(fix.Patch, "diff"));
        }
        return text.ToString();
    }

    private static string LookFirst(IncidentReport report) => NeedsAPerson(report)
        ? "\n## What to look at first\n\n" + Numbered(Story.LookFirst(report))
        : "";

    private static string BeforeAndAfter(IncidentReport report)
    {
        var accepted = Story.Accepted(report);
        var scores = accepted?.Scores ?? report.Attempts.LastOrDefault(attempt => attempt.Scores is not null)?.Scores;
        if (report.Verdict is null && scores is null) return "";
        var text = new StringBuilder("\n## Before and after\n\n| | runs passed | rate | 95 % interval |\n|---|---:|---:|---|\n");
        if (report.Verdict is { } verdict)
        {
            text.Append(Row("Blessed version", verdict.Baseline)).Append(Row("This version", verdict.Candidate));
        }
        if (scores is not null)
        {
            text.Append(Row("Visible samples, this version", scores.Before)).Append(Row("Visible samples, with the fix", scores.After))
                .Append(Row("Held-out samples, good version", scores.HeldOutBaseline)).Append(Row("Held-out samples, with the fix", scores.HeldOutAfter));
        }
        if (report.SetAside.Count > 0) text.Append('\n').Append(Bullets(Story.SetAside(report), MaxListed));
        if (Story.Verified(report) is { } verified) text.Append('\n').Append(verified).Append('\n');
        if (accepted is not null) text.Append('\n').Append(Checks(accepted));
        return text.ToString();
    }

    private static string NotChanged(IncidentReport report)
    {
        var text = new StringBuilder();
        text.Append(Bullets(Story.Left(report), MaxListed));
        foreach (var other in Story.IsRolledBack(report) ? [] : report.Diagnosis?.AlsoSufficient.Take(MaxListed) ?? [])
        {
            text.Append("- Taking back ").Append(Names([.. other.Select(Story.Named)])).Append(" would mend it too; it was left.\n");
        }
        text.Append(Bullets(report.RuledOut, MaxListed * 2));
        return text.Length == 0 ? "" : (Story.Accepted(report) is null ? "\n## What was ruled out\n\n" : "\n## What was not changed, and why\n\n") + text;
    }

    private static string Reproduce(IncidentReport report) => "\n## To see it yourself\n\n" + Quoted.Fence(report.Reproduce, "sh", 20, 2_000) + (Story.ShownOtherwise(report) is { } otherwise ? $"\n{Quoted.Prose(otherwise)}\n" : "");

    private static string ErrorTrace(IncidentReport report)
    {
        if (report.ErrorTrace is not { } trace) return "";
        var text = new StringBuilder($"Sample {Quoted.Span(trace.SampleId)}.\n");
        Append("Input", trace.Input);
        Append("Expected", trace.Target);
        Append("Answer of the blessed version", trace.BaselineOutput);
        Append("Answer of this version", trace.HeadOutput);
        Append("Error", trace.Error);
        Append("Scores", Lines(trace.Scores));
        Append("Steps", Lines(trace.Steps));
        return text.Append(FailuresInMarkdown.Suspects(report)).ToString();

        static string Lines(IReadOnlyList<string> lines) => string.Join('\n', lines.Take(60).Select(line => StrangersText.OneLine(line, 300)));

        void Append(string title, string? content)
        {
            if (!string.IsNullOrEmpty(content)) text.Append('\n').Append(title).Append(":\n\n").Append(Quoted.Fence(content, "text", 40, 3_000));
        }
    }

    private static string Slices(IncidentReport report)
    {
        var slices = report.Verdict?.Slices ?? [];
        if (slices.Count == 0) return "";
        var text = new StringBuilder("| slice | samples | blessed | this version | of a rise |\n|---|---:|---:|---:|---|\n");
        foreach (var slice in slices.OrderBy(s => s.PValue).Take(40))
            text.Append(CultureInfo.InvariantCulture, $"| {Quoted.Prose(slice.Name, 80)} | {slice.Samples} | {Figures.Percent(slice.BaselineRate)} | {Figures.Percent(slice.CandidateRate)} | {PValue.InWords(slice.PValue)}{(slice.Rose ? ", shown" : "")} |\n");
        return text.ToString();
    }

    private static string Attempts(IncidentReport report)
    {
        var text = new StringBuilder();
        foreach (var attempt in report.Attempts.Take(MaxListed))
        {
            text.Append(CultureInfo.InvariantCulture, $"**Attempt {attempt.N}**, {Quoted.Span(attempt.Strategy)}: {(attempt.Passed ? "passed" : "refused")}. {Quoted.Prose(attempt.Reason)} · {Figures.Cost(attempt.Cost)}.\n\n");
            if (attempt != Story.Accepted(report)) text.Append(Checks(attempt)).Append('\n');
            if (attempt.Writing is { } writing) text.Append(Steps(writing)).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>What a writer did, one line a step; the HTML report has what it was answered.</summary>
    private static string Steps(Writing writing)
    {
        var text = new StringBuilder();
        if (writing.Prompts.Count > 0) text.Append("- ").Append(Quoted.Prose(Story.Told(writing))).Append('\n');
        text.Append(Bullets(writing.Candidates.Select(Story.Of), MaxListed));
        foreach (var step in writing.Steps.Take(MaxSteps))
            text.Append("- ").Append(Quoted.Span(step.Tool, 40)).Append(' ').Append(Quoted.Prose(step.Asked.Length > 0 ? step.Asked : step.Answered, 160)).Append('\n');
        if (writing.Steps.Count > MaxSteps) text.Append(CultureInfo.InvariantCulture, $"- and {writing.Steps.Count - MaxSteps} steps more\n");
        return text.ToString();
    }

    private static string Strip(IncidentReport report)
    {
        var telling = report.Strip.Where(strip => (strip.Baseline + strip.Head + strip.Fixed).Any(run => run != '1')).ToList();
        if (telling.Count == 0) return "";
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"1 passed, 0 failed, w the world failed; one digit a run. {report.Strip.Count - telling.Count} more passed every run.\n\n");
        var lines = telling.Take(400).Select(strip => $"{StrangersText.OneLine(strip.SampleId, 40),-40} {strip.Baseline,-12} {strip.Head,-12} {strip.Fixed}".TrimEnd());
        return text.Append(Quoted.Fence($"{"sample",-40} {"blessed",-12} {"this",-12} fixed\n" + string.Join('\n', lines), "text", 400, 16_000)).ToString();
    }

    private static string TimeLine(IncidentReport report)
    {
        var text = new StringBuilder();
        foreach (var entry in report.TimeLine.Take(100))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Figures.At(entry.At)} · {Quoted.Prose(entry.Stage, 40)} · {Quoted.Prose(entry.What, 200)} · {Figures.Took(entry.Took)}, {Figures.Number(entry.AgentRuns)} agent runs, {Figures.Number(entry.ModelCalls)} model calls ({Figures.Number(entry.Replayed)} replayed)\n");
        }
        return text.Append(CultureInfo.InvariantCulture, $"\nIn all {Figures.Took(report.Duration)}: {Figures.Cost(report.Cost)}.\n").ToString();
    }

    private static string Circumstances(IncidentReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"- Incident {Quoted.Span(report.Incident)}, fingerprint {Quoted.Span(report.Fingerprint)}\n");
        text.Append(CultureInfo.InvariantCulture, $"- Agent {Quoted.Span(report.Agent)} in {(report.AgentPath.Length == 0 ? "the repository's top" : Quoted.Span(report.AgentPath))}\n");
        text.Append(CultureInfo.InvariantCulture, $"- Blessed version {Version(report.Base)}\n- This version {Version(report.Head)}\n");
        text.Append(CultureInfo.InvariantCulture, $"- Sandbox: {Quoted.Prose(report.Isolation)}\n- Seed {Quoted.Span(report.Seed)}\n");
        if (report.Run is { } run) text.Append(CultureInfo.InvariantCulture, $"- [The run that did this, with its artefacts]({run.AbsoluteUri})\n"); // CI's own address, not a stranger's
        if (report.Proposal is { } proposal) text.Append(CultureInfo.InvariantCulture, $"- Branch {Quoted.Span(proposal.Branch)}, commit {Quoted.Span(Figures.ShortId(proposal.Commit))}\n");
        return text.Append(Bullets(report.Judges.Select(j => j.Statement), MaxListed)).Append(Bullets(report.Notes, MaxListed)).ToString();

        static string Version(CommitView commit) => $"{Quoted.Span(Figures.ShortId(commit.Id))} {Quoted.Span(commit.Subject)}";
    }

    internal static string Checks(Attempt attempt)
    {
        var text = new StringBuilder();
        foreach (var check in attempt.Checks.Take(MaxListed * 2))
        {
            var mark = check.Passed switch { true => "✓", false => "✗", null => "–" };
            text.Append(CultureInfo.InvariantCulture, $"- {mark} {Quoted.Prose(check.Name, 60)}: {Quoted.Prose(check.Detail, 400)}\n");
        }
        return text.ToString();
    }

    private static string Row(string name, Rate rate) => $"| {name} | {Figures.Counts(rate)} | {Figures.Percent(rate.Value)} | {Figures.Interval(rate)} |\n";

    private static string Folded(string title, string content) =>
        content.Length == 0 ? "" : $"\n<details><summary>{title}</summary>\n\n{content}\n</details>\n";

    private static string Bullets(IEnumerable<string> lines, int most)
    {
        var all = lines.ToList();
        var text = new StringBuilder();
        foreach (var line in all.Take(most)) text.Append("- ").Append(Quoted.Prose(line)).Append('\n');
        return text.ToString();
    }

    private static string Numbered(IReadOnlyList<string> lines) =>
        string.Concat(lines.Take(MaxListed).Select((line, index) => string.Create(CultureInfo.InvariantCulture, $"{index + 1}. {Quoted.Prose(line)}\n")));

    private static string Names(IReadOnlyList<string> names)
    {
        var shown = string.Join(", ", names.Take(MaxListed).Select(name => Quoted.Span(name, 80)));
        return names.Count <= MaxListed ? shown : $"{shown} and {names.Count - MaxListed} more";
    }

    private static bool NeedsAPerson(IncidentReport report) => report.Outcome is IncidentOutcome.Escalated or IncidentOutcome.Budget;
}
