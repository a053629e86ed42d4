using System.Globalization;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>What an incident comes down to, in plain sentences. They carry strangers' words (names, subjects): whoever prints them encodes them.</summary>
public static class Story
{
    private const int MostPlaces = 12;
    private const int MostHunks = 4;

    /// <summary>The outcome in two or three words.</summary>
    public static string Outcome(IncidentReport report) => report.Outcome switch
    {
        IncidentOutcome.Healthy => "Healthy",
        IncidentOutcome.Proposed => "Fix proposed",
        IncidentOutcome.LeftAlone => "Left alone",
        IncidentOutcome.Escalated => "Needs a person",
        IncidentOutcome.Insufficient => "Not enough evidence",
        IncidentOutcome.Superseded => "Mended meanwhile",
        IncidentOutcome.Budget => "Budget used up",
        IncidentOutcome.Cancelled => "Cancelled",
        IncidentOutcome.Stopped => "Stopped as asked",
        null => "Under way",
        _ => throw new ArgumentOutOfRangeException(nameof(report), report.Outcome, "An outcome without a name."),
    };

    /// <summary>The whole incident in one or two sentences.</summary>
    public static string Summary(IncidentReport report)
    {
        var change = report.Diagnosis is { Cause: not Cause.Unknown } diagnosis ? $" The cause: {Of(diagnosis.Cause)}." : "";
        return report.Outcome switch
        {
            IncidentOutcome.Proposed => $"{WhatBroke(report)}{change} {Proposed(report)}",
            IncidentOutcome.Healthy => $"{report.Agent} is no worse than its baseline.",
            _ => $"{WhatBroke(report)}{change} {report.OutcomeReason}",
        };
    }

    /// <summary>A cause as the end of the sentence "the cause: …".</summary>
    public static string Of(Cause cause) => cause switch
    {
        Cause.Unknown => "not found",
        Cause.Prompt => "a change to the prompt",
        Cause.Code => "a change to the code",
        Cause.Tool => "a change to a tool's definition",
        Cause.DataStructure => "a change to the structure of its data",
        Cause.Model => "another model was chosen",
        Cause.Dependency => "a change to a dependency",
        Cause.Build => "a version that does not build or start",
        Cause.ModelDrift => "the provider's model changed; the repository did not",
        Cause.Transient => "the world failed for a while, not the agent",
        Cause.BadInput => "inputs that are malformed",
        Cause.GoldenOutdated => "golden targets that no longer state what is intended",
        Cause.Judge => "the judge changed its mind; the agent did not",
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "A cause without words."),
    };

    /// <summary>How sure the cause is, what the culprit does by itself, and what the owner's policy says of it; empty when there is no diagnosis.</summary>
    public static IReadOnlyList<string> Standing(IncidentReport report)
    {
        if (report.Diagnosis is not { } diagnosis) return [];
        var lines = new List<string>();
        if (diagnosis.Culprit.Count > 0)
        {
            lines.Add(diagnosis.Culprit.Count == 1
                ? "Head without this one hunk is good again, and no smaller change was found to mend it."
                : $"Head without these {diagnosis.Culprit.Count} hunks is good again; with any one of them left in it is not.");
            if (diagnosis.BreaksAlone is { } alone)
            {
                lines.Add(alone
                    ? "Put on the base by itself, it breaks the base too."
                    : "Put on the base by itself, it does not break the base: it needs something else that changed as well.");
            }
        }
        lines.Add($"Confidence {Figures.Percent(diagnosis.Confidence)}: the smallest posterior among the probes that this rests on.");
        if (report.Policy is { } policy) lines.Add(policy.Reason);
        return lines;
    }

    /// <summary>How far the accepted fix has been verified; null when there is none.</summary>
    public static string? Verified(IncidentReport report) => Accepted(report)?.Fix?.Verification switch
    {
        _ when HoldsAnotherFix(report) => "Not verified by this run: the branch holds what an earlier run, or a person, has put there. What is told here is of a fix that was verified and not put on it.",
        Verification.Full => "Verified in full: on fresh runs, on held-out samples too, against the unpatched and the reverted version.",
        Verification.Partial =>
            "Verified in part: the held-out samples could neither pass nor fail it within the runs allowed. It mends what is seen; whether it mends the like of it is not shown.",
        _ => null,
    };

    /// <summary>What a fix leaves and does not leave, in sentences; empty without one.</summary>
    public static IReadOnlyList<string> Left(IncidentReport report)
    {
        if (Accepted(report) is null) return [];
        if (IsRolledBack(report)) return ["Nothing that changed in the agent since the blessed version stays, innocent or not; tests, gold and documents do. What of it is wanted has to be brought in again."];
        if (IsOfFiles(report)) return ["With the culprit alone put back samples failed still, so all that changed in its files is taken back, innocent or not. Everything else that changed since the blessed version stays."];
        return IsWritten(report) || report.Diagnosis is not { Culprit.Count: > 0 }
            ? []
            : ["Everything else that changed since the blessed version stays, also in the same commits: without the culprit it is good."];
    }

    /// <summary>Who set which samples aside, in sentences; empty where nobody did.</summary>
    public static IReadOnlyList<string> SetAside(IncidentReport report) =>
    [
        .. report.SetAside.GroupBy(aside => aside.By).Select(by =>
            $"{StrangersText.OneLine(by.Key, 100)} set {string.Join(", ", by.Take(MostPlaces).Select(aside => StrangersText.OneLine(aside.SampleId, 80)))}{(by.Count() > MostPlaces ? $" and {by.Count() - MostPlaces} more" : "")} aside: no figure here counts {(by.Count() == 1 ? "it" : "them")}, and the dataset has {(by.Count() == 1 ? "it" : "them")} still."),
    ];

    /// <summary>What the command that shows it again does otherwise than this incident; null where it does not.</summary>
    public static string? ShownOtherwise(IncidentReport report) =>
        report.SetAside.Count == 0 ? null : "The command counts the samples that were set aside: kintsugi heal has no option that leaves them out.";

    /// <summary>The attempt that was accepted, or null.</summary>
    public static Attempt? Accepted(IncidentReport report) => report.Attempts.LastOrDefault(attempt => attempt is { Passed: true, Fix: not null });

    /// <summary>Who wrote an attempt's change.</summary>
    public static string WriterOf(Attempt attempt) => attempt.Strategy == Writers.Delegate ? "a coding agent" : "a model";

    /// <summary>Which texts of ours a writer was given, each with its version and the beginning of its hash; empty where the log did not keep them.</summary>
    public static string Told(Writing writing) => writing.Prompts.Count == 0
        ? ""
        : $"Told by {string.Join(", ", writing.Prompts.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} version {p.Version} ({Figures.ShortId(p.Sha256)})")))}.";

    /// <summary>One of several changes that were written side by side, and why it was or was not taken.</summary>
    public static string Of(CandidateScore candidate) => string.Create(CultureInfo.InvariantCulture, $"Candidate {candidate.N} ({StrangersText.OneLine(candidate.Model, 100)}): ") + candidate switch
    {
        { Refusal: { } refusal } => $"refused, {StrangersText.OneLine(refusal, 400)}.",
        { Runs: 0 } => "the only one that may be tried, so it was judged.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{candidate.Passed} of {candidate.Runs} runs pass, {candidate.Lines} lines changed{(candidate.Chosen ? "; the best, so it was judged, on fresh runs" : "")}."),
    };

    /// <summary>Where a person should begin, most telling first. Never empty.</summary>
    public static IReadOnlyList<string> LookFirst(IncidentReport report)
    {
        var places = new List<string>();
        if (report.Diagnosis is { Culprit.Count: > 0 } found)
        {
            places.AddRange(found.Culprit.Take(MostHunks).Select(hunk => $"{Named(hunk)}: a hunk of the proven culprit."));
            if (found.Culprit.Count > MostHunks) places.Add($"{found.Culprit.Count - MostHunks} more hunks of it, below.");
            places.AddRange(found.Commits.Take(1).Select(commit => $"Commit {Figures.ShortId(commit.Id)} \"{StrangersText.OneLine(commit.Subject, 100)}\", which brought it: what it was for."));
        }
        else if (report.Diagnosis is { Component: { } component }) places.Add($"What changed in the {component.ToString().ToLowerInvariant()}: the swaps blame it.");
        if (report.Diagnosis?.Cause == Cause.ModelDrift)
            places.Add("The model behind the agent, which answers otherwise than when the version was blessed. Choose another one; or name one that writes under models.roles.repair, and the prompt is fitted to it; or bless what it answers now.");
        if (report.Diagnosis?.SpecContradiction is { } contradiction) places.Add($"Whether the change was intended: {contradiction}");
        if (report.Advice?.Opinion is { IsDisputed: false } opinion) places.Add($"What a model made of the evidence, unproven: {StrangersText.OneLine(opinion.Summary, 400)}");
        if (report.Attempts is [.., { Passed: false } last])
        {
            places.AddRange(last.Checks.Where(check => check.Passed != true).Take(MostHunks).Select(check => $"Attempt {last.N}, check '{check.Name}': {check.Detail}"));
        }
        places.AddRange(report.Attempts.Where(attempt => attempt is { Passed: false, Writing.Summary.Length: > 0 }).Take(MostPlaces)
            .Select(attempt => $"Attempt {attempt.N} in the words of its writer, {WriterOf(attempt)}: {StrangersText.OneLine(attempt.Writing!.Summary, 400)}"));
        if (report.ErrorTrace is { } trace) places.Add($"Sample {trace.SampleId}, whose trace is below{(trace.Error is { } error ? $": {error}" : ".")}");
        if (report.Failures is { Suspects: [var suspect, ..] })
            places.Add(string.Create(CultureInfo.InvariantCulture, $"In that trace {(suspect.Step is { } step ? $"step {step}" : "its end")}, by the trace alone ({Figures.Percent(suspect.Probability)}): {StrangersText.OneLine(suspect.What, 200)}"));
        if (places.Count == 0 || report.Diagnosis is { Culprit.Count: 0, Cause: not (Cause.ModelDrift or Cause.Transient or Cause.BadInput or Cause.Judge) })
        {
            places.Add($"The commits from {Figures.ShortId(report.Base.Id)} to {Figures.ShortId(report.Head.Id)}: no probe could single any of them out.");
        }
        return places;
    }

    /// <summary>A hunk by file and place.</summary>
    public static string Named(HunkView hunk) => $"{StrangersText.OneLine(hunk.File, 120)} {StrangersText.OneLine(hunk.Header, 80)}";

    /// <summary>Visible samples whose share of passed runs fell by a half or more, worst first; fewer than that is more often noise.</summary>
    public static IReadOnlyList<string> Broken(IncidentReport report) =>
    [
        .. from strip in report.Strip
           let loss = Share(strip.Baseline) - Share(strip.Head)
           where loss >= 0.5
           orderby loss descending
           select strip.SampleId,
    ];

    /// <summary>Visible samples that head failed at least once and the fix never did.</summary>
    public static int Mended(IncidentReport report) =>
        report.Strip.Count(strip => strip.Fixed is { Length: > 0 } after && strip.Head.Contains('0', StringComparison.Ordinal) && !after.Contains('0', StringComparison.Ordinal));

    private static string WhatBroke(IncidentReport report) => report.Verdict is { } verdict
        ? $"{report.Agent} passed {Figures.Percent(verdict.Baseline.Value)} of runs before and {Figures.Percent(verdict.Candidate.Value)} at {Figures.ShortId(report.Head.Id)}."
        : $"{report.Agent} at {Figures.ShortId(report.Head.Id)}:";

    /// <summary>Whether the accepted fix is a change that somebody wrote, and no hunk was taken back.</summary>
    public static bool IsWritten(IncidentReport report) => Accepted(report) is { Writing: not null };

    /// <summary>Whether the accepted fix puts back all that changed in the agent, innocent changes too.</summary>
    public static bool IsRolledBack(IncidentReport report) => Accepted(report) is { Strategy: Attempt.RollBack };

    /// <summary>That a prompt was changed because a model had, and which one; null where that is not so.</summary>
    public static string? Fitted(IncidentReport report) => (Accepted(report), report.Diagnosis?.Cause) switch
    {
        ({ Writing.FittedTo: { } model }, Cause.ModelDrift) =>
            $"The repository did not break it: the model behind the agent did. This changes the prompt to fit the changed model, which is served as {(model.Length > 0 ? model : "a model that none of the runs named")}; with the model of the blessing it was not tried.",
        _ => null,
    };

    /// <summary>Whether the accepted fix puts back all that changed in the culprit's files.</summary>
    public static bool IsOfFiles(IncidentReport report) => Accepted(report) is { Strategy: Attempt.RestoreFiles };

    private static bool HoldsAnotherFix(IncidentReport report) => report.Proposal is { Verification: Proposal.AnotherFix };

    private static string Proposed(IncidentReport report)
    {
        if (HoldsAnotherFix(report)) return "A fix waits on the branch already, put there by an earlier run or a person; it is not the one that was verified here.";
        if (IsRolledBack(report)) return "This takes back all that changed in the agent since the blessed version: innocent changes go too.";
        if (Fitted(report) is { } fitted) return fitted;
        if (IsOfFiles(report)) return $"This takes back all that changed in {string.Join(", ", report.Diagnosis!.Culprit.Select(h => StrangersText.OneLine(h.File, 120)).Distinct().Take(MostPlaces))}: the culprit that was found did not explain all that fails.";
        if (IsWritten(report)) return $"This carries a change that {WriterOf(Accepted(report)!)} wrote and that passed every check; what came in and broke it stays.";
        var hunks = report.Diagnosis?.Culprit.Count ?? 0;
        return (report.Diagnosis?.Action, hunks) switch
        {
            (RemedyAction.Repin, _) => "This goes back to the model that was used before.",
            (_, 0) => "This carries the change that mends it.",
            (_, 1) => "This takes back the one hunk that causes it, and nothing else.",
            _ => $"This takes back the {hunks} hunks that cause it, and nothing else.",
        };
    }

    private static double Share(string runs)
    {
        var passed = runs.Count(c => c == '1');
        var failed = runs.Count(c => c == '0');
        return passed + failed == 0 ? 0 : (double)passed / (passed + failed);
    }
}
