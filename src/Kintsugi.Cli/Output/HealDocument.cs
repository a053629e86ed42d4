using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Cli.Output;

/// <summary>What `heal --json` and `incident show --json` print; `docs/heal.schema.json` describes it.</summary>
internal sealed record HealDocument(
    [property: Description("The incident's id, for `kintsugi incident show`.")] string? Incident,
    [property: Description("How it ended; null while the incident is open (`--until`).")] IncidentOutcome? Outcome,
    [property: Description("Why, in one sentence.")] string Reason,
    HealVersion Version,
    [property: Description("What production said of this version; null when it did not alarm.")] HealAlarm? Alarm,
    [property: Description("Head against base; null before anything was run.")] HealVerdict? Verdict,
    [property: Description("The proven cause; null when nothing is wrong or it was not looked for.")] HealDiagnosis? Diagnosis,
    [property: Description("What the owner's policy (`repair.policy`) said last; null where there is none, or it was not asked.")] HealPolicy? Policy,
    [property: Description("What the failures of a confirmed regression say; null without one, or when its runs are not stored here.")] HealFailures? Failures,
    [property: Description("Every repair that was tried, in order.")] IReadOnlyList<HealAttempt> Attempts,
    [property: Description("Where the fix waits for a person; null when there is none.")] HealProposal? Proposal,
    HealCost Cost,
    [property: Description("What kept the agent's code from the host.")] string Isolation,
    [property: Description("Path of the HTML report; null when it was not written.")] string? Report,
    [property: Description("What the work took, in milliseconds; waits for a person do not count.")] long DurationMs)
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(), // the schema is made before anything is written
    };

    public static HealDocument From(IncidentState state, string? reportPath, FailureDigest? failures)
    {
        var report = IncidentReports.From(state, failures);
        return new HealDocument(
            report.Incident, report.Outcome, report.OutcomeReason,
            new HealVersion(report.Base.Id, report.Head.Id, state.HeadManifest),
            report.Alarm is { } a ? HealAlarm.From(a) : null,
            report.Verdict is { } v ? HealVerdict.From(v) : null,
            report.Diagnosis is { } d ? HealDiagnosis.From(d, state.Advised) : null,
            report.Policy is { } p ? new HealPolicy(p.Action, p.Rule, p.Refused, p.Severity, p.Fixability, p.Reason) : null,
            report.Failures is { } f ? HealFailures.From(f) : null,
            [.. report.Attempts.Select(HealAttempt.From)],
            report.Proposal is { } put ? new HealProposal(put.Kind, put.Branch, put.Commit, put.Url.Length > 0 ? put.Url : reportPath ?? "", put.Verification) : null,
            new HealCost(report.Cost.AgentRuns, report.Cost.ModelCalls, report.Cost.LiveModelCalls, report.Cost.Tokens, report.Cost.Usd),
            report.Isolation, reportPath, (long)report.Duration.TotalMilliseconds);
    }

    public string Write() => JsonSerializer.Serialize(this, Json);
}

internal sealed record HealVersion(
    [property: Description("The version that was good, a commit id.")] string Base,
    [property: Description("The version that was looked at, a commit id.")] string Head,
    [property: Description("Hash of all that makes up the agent at head.")] string Manifest);

internal sealed record HealAlarm(
    [property: Description("As its senders call it.")] string Service,
    string Version,
    [property: Description("Which commit the version is; null when no tag and no commit has its name, and HEAD was looked at.")] string? Commit,
    [property: Description("The hour in which the version was first seen.")] DateTimeOffset Deployed,
    [property: Description("End of the last hour that was looked at.")] DateTimeOffset Until,
    [property: Description("What it was compared with: `canary`, other versions in the same hours; `two_hours`, the hours before, twice in a row; `rate`, the hours before, all since together.")] AlarmRule Rule,
    [property: Description("Over all errors.")] double P,
    [property: Description("What there is more of, the most suspicious first.")] IReadOnlyList<HealAlarmedError> Errors,
    [property: Description("Samples that were proposed from its traces: `kintsugi dataset review`.")] int Cases)
{
    public static HealAlarm From(AlarmView a) => new(a.Service, a.Version, a.Commit, a.Deployed, a.Until, a.Rule, a.PValue, [.. a.Errors.Select(HealAlarmedError.From)], a.Cases);
}

internal sealed record HealAlarmedError(
    string Signature,
    [property: Description("Its message, with what differs from one to the next masked.")] string Says,
    [property: Description("Requests that hit it, of `requests`.")] int Count,
    int Requests,
    [property: Description("The same in what the version was compared with.")] int UsualCount,
    int UsualRequests,
    [property: Description("Ids of some traces that show it, the newest first.")] IReadOnlyList<string> Traces)
{
    public static HealAlarmedError From(AlarmedError e) => new(e.Signature, e.Says, e.Count, e.Requests, e.UsualCount, e.UsualRequests, e.Traces);
}

internal sealed record HealVerdict(
    VerdictKind Kind,
    [property: Description("For a person.")] string Plain,
    [property: Description("The statistical statement.")] string Exact,
    HealRate Baseline, HealRate Candidate,
    [property: Description("Samples compared.")] int Samples,
    [property: Description("Samples that passed on the base and fail on head.")] int Broken,
    [property: Description("Runs that the world failed; they count neither way.")] int World,
    [property: Description("Every tag that marks a part of the samples, each held against the baseline by itself.")] IReadOnlyList<HealSlice> Slices,
    [property: Description("The test over all samples, look by look.")] IReadOnlyList<HealLook> Looks)
{
    public static HealVerdict From(VerdictView v) => new(
        v.Kind, v.Plain, v.Exact, HealRate.From(v.Baseline), HealRate.From(v.Candidate), v.Samples, v.Broken, v.World,
        [.. v.Slices.Select(HealSlice.From)], [.. v.Looks.Select(HealLook.From)]);
}

internal sealed record HealSlice(
    [property: Description("Several when they mark the same samples.")] IReadOnlyList<string> Tags,
    [property: Description("Samples compared.")] int Samples,
    [property: Description("Pass rate, each sample weighing the same, in [0, 1].")] double Baseline,
    double Candidate,
    [property: Description("P-value of a rise of the failure rate.")] double P,
    [property: Description("What it must not exceed to show one, all slices considered; 0 where so few failures could show nothing.")] double Level,
    [property: Description("Whether a rise is shown.")] bool Rose)
{
    public static HealSlice From(SliceVerdict s) => new(s.Tags, s.Samples, s.BaselineRate, s.CandidateRate, s.PValue, s.Level, s.Rose);
}

internal sealed record HealLook(
    [property: Description("Samples that had run.")] int Samples,
    [property: Description("Failures of this version on samples that can tell.")] int Failures,
    [property: Description("The fewest that would show a rise.")] int RiseAt,
    [property: Description("Fewer than this would exclude it.")] int ExcludedBelow)
{
    public static HealLook From(SequentialLook l) => new(l.Samples, l.Failures, l.RiseAt, l.ExcludedBelow);
}

internal sealed record HealRate(
    int Passed, int Runs,
    [property: Description("Lower end of the 95 % interval of the pass rate, in [0, 1].")] double Low,
    [property: Description("Upper end, in [0, 1].")] double High)
{
    public static HealRate From(Rate r) => new(r.Passed, r.Runs, r.Low, r.High);
}

internal sealed record HealDiagnosis(
    Cause Cause,
    RemedyAction Action,
    [property: Description("The component whose exchange mends head; null when the cause lies outside the repository.")] string? Component,
    [property: Description("Minimal hunks of the net diff: head without them is good.")] IReadOnlyList<HealHunk> Culprit,
    [property: Description("Other such sets that were met.")] IReadOnlyList<IReadOnlyList<HealHunk>> AlsoSufficient,
    [property: Description("Whether the culprit spoils the base by itself; null when that was not tried.")] bool? BreaksAlone,
    [property: Description("Ids of the commits that brought the culprit.")] IReadOnlyList<string> Commits,
    [property: Description("In [0, 1].")] double Confidence,
    [property: Description("What was tried and what came of it, a sentence each.")] IReadOnlyList<string> Evidence,
    [property: Description("Why the change may have been intended and the gold out of date; null when nothing says so.")] string? SpecContradiction,
    [property: Description("What a language model made of it, which proves nothing and starts nothing; null when none was asked, or it gave none.")] HealOpinion? Opinion,
    [property: Description("Why a model that was asked gave no opinion; null when it gave one, or none was asked.")] string? WhyNoOpinion)
{
    public static HealDiagnosis From(Diagnosis d, Advised? advised) => new(
        d.Cause, d.Action, d.Component is { } c ? Words.Snake(c) : null, [.. d.Culprit.Select(HealHunk.From)],
        [.. d.AlsoSufficient.Select(set => (IReadOnlyList<HealHunk>)[.. set.Select(HealHunk.From)])],
        d.BreaksAlone, [.. d.Commits.Select(commit => commit.Id)], d.Confidence, d.Evidence, d.SpecContradiction,
        advised?.Opinion is { } opinion ? HealOpinion.From(opinion, advised) : null, advised?.WhyNone);
}

internal sealed record HealOpinion(
    Cause Cause,
    [property: Description("How the agent fails, as the model sees it.")] FailureMode Mode,
    [property: Description("Ids of the hunks that it blames; `hunk-1` is the first of the net diff.")] IReadOnlyList<string> Blamed,
    [property: Description("From the changed line to what fails.")] IReadOnlyList<ChainLink> Chain,
    [property: Description("In [0, 1], by its own word.")] double Confidence,
    RemedyAction Action,
    string Summary,
    [property: Description("Statements that the probes contradict, or that cite what is not there: `cause`, `action`, `mode`, the id of a blamed hunk, `link 1` of the chain. A disputed opinion is used for nothing.")] IReadOnlyList<Dispute> Disputes,
    [property: Description("What the ids stand for that it names.")] IReadOnlyList<EvidenceItem> Cited,
    [property: Description("What the model did, in order: the tool, its arguments, what came of it; cut.")] IReadOnlyList<WriterStep> Steps,
    [property: Description("The text of ours that it was given: name, version, SHA-256.")] PromptUse Rules)
{
    public static HealOpinion From(Opinion o, Advised a) => new(o.Cause, o.Mode, o.Blamed, o.Chain, o.Confidence, o.Action, o.Summary, o.Disputes, a.Cited, a.Steps, a.Rules);
}

internal sealed record HealPolicy(
    [property: Description("What is done; `diagnosis.action` is what the diagnosis would do.")] RemedyAction Action,
    [property: Description("The rule that matched, `healing.yaml(4)` with its line; null where none did.")] string? Rule,
    [property: Description("What that rule asks for and is not done; null where it is.")] RemedyAction? Refused,
    Severity Severity,
    [property: Description("What can still be tried: `restorable`, a culprit that may be put back; `writable`, only what somebody writes; `none`.")] Fixability Fixability,
    [property: Description("What matched, why another action was refused, the owner's words.")] string Reason);

internal sealed record HealFailures(
    [property: Description("Visible samples that fail and did not.")] int Failing,
    [property: Description("Those by what they say, the largest first.")] IReadOnlyList<HealCluster> Clusters,
    [property: Description("Held-out samples that fail and did not; what they say is kept back.")] int HeldOutFailing,
    int HeldOut,
    [property: Description("Steps of the failing trajectory shown first, the most suspect first: an opinion from the trace alone, which proves nothing.")] IReadOnlyList<HealSuspect> SuspectSteps)
{
    public static HealFailures From(FailureDigest f) => new(
        f.Failing, [.. f.Clusters.Select(c => new HealCluster(c.Ids.Count, c.Signature, c.Ids))], f.HeldOutFailing, f.HeldOut,
        [.. f.Suspects.Select(s => new HealSuspect(s.Step, s.What, s.Probability))]);
}

internal sealed record HealCluster(
    int Count,
    [property: Description("Their error or their scorers' reasons, with what differs from one to the next masked.")] string Says,
    [property: Description("Ids of the samples.")] IReadOnlyList<string> Samples);

internal sealed record HealSuspect(
    [property: Description("From 1; null for standard error, or the error that the run ended with.")] int? Step,
    string What,
    [property: Description("In [0, 1], over all steps of the trace.")] double Probability);

internal sealed record HealHunk(
    [property: Description("Path from the top of the repository.")] string File,
    [property: Description("Its header, `@@ -12,1 +12,0 @@`, or what happened to the whole file.")] string Hunk,
    IReadOnlyList<string> Removed, IReadOnlyList<string> Added)
{
    public static HealHunk From(HunkView h) => new(h.File, h.Header, h.Removed, h.Added);
}

internal sealed record HealAttempt(
    [property: Description("From 1.")] int N,
    [property: Description("`restore`, `repin`, `restore_files` (all that changed in the culprit's files), `roll_back` (all that changed in the agent), `rewrite` (a model wrote it), `reflect` (a model rewrote the agent's prompts), or `delegate` (a coding agent wrote it).")] string Strategy,
    [property: Description("Whether it may be proposed.")] bool Passed,
    string Reason,
    [property: Description("Null when it failed before it was run.")] HealScores? Scores,
    [property: Description("What it had to pass, in order.")] IReadOnlyList<Check> Checks,
    [property: Description("How the change was written; null where hunks were put back.")] HealWriting? Writing)
{
    public static HealAttempt From(Attempt a) => new(a.N, a.Strategy, a.Passed, a.Reason, a.Scores is { } s ? HealScores.From(s) : null, a.Checks, a.Writing is { } w ? new HealWriting(w.Summary, w.Steps, w.Prompts, [.. w.Candidates.Select(HealCandidate.From)], w.FittedTo) : null);
}

internal sealed record HealWriting(
    [property: Description("What the writer said of its change.")] string Summary,
    [property: Description("What it did, in order: the tool, its arguments, what came of it; cut.")] IReadOnlyList<WriterStep> Steps,
    [property: Description("The texts of ours that it was given: name, version, SHA-256; empty where the log did not keep them.")] IReadOnlyList<PromptUse> Prompts,
    [property: Description("All changes that were written side by side, this one among them; empty where it was the only one.")] IReadOnlyList<HealCandidate> Candidates,
    [property: Description("The models that answered the agent while its prompt was rewritten (`reflect`); null otherwise.")] string? FittedTo);

internal sealed record HealCandidate(
    [property: Description("From 1.")] int N,
    [property: Description("Who wrote it, `provider/model` as the provider names it.")] string Model,
    [property: Description("What its writer said of it.")] string Summary,
    [property: Description("Why it could not be tried; null where it could.")] string? Refusal,
    [property: Description("Of `runs`, by which the candidates were ranked; acceptance has runs of its own.")] int Passed,
    [property: Description("0 where it was not ranked.")] int Runs,
    [property: Description("That it adds or takes out.")] int Lines,
    [property: Description("Whether it was the one that was judged.")] bool Chosen)
{
    public static HealCandidate From(CandidateScore c) => new(c.N, c.Model, c.Summary, c.Refusal, c.Passed, c.Runs, c.Lines, c.Chosen);
}

internal sealed record HealScores(
    [property: Description("Visible samples, head as it is.")] HealRate Before,
    [property: Description("Visible samples, mended.")] HealRate After,
    [property: Description("Held-out samples, the base.")] HealRate HeldOutBaseline,
    [property: Description("Held-out samples, mended.")] HealRate HeldOutAfter)
{
    public static HealScores From(AcceptanceScores s) => new(HealRate.From(s.Before), HealRate.From(s.After), HealRate.From(s.HeldOutBaseline), HealRate.From(s.HeldOutAfter));
}

internal sealed record HealProposal(
    [property: Description("`branch`: one of this repository; `pull_request`: at a forge.")] string Kind,
    string Branch, string Commit,
    [property: Description("Where a person reviews it.")] string Url,
    [property: Description("`full`; `partial` when the held-out samples could neither pass nor fail; `none` when the branch holds what an earlier run, or a person, has put there.")] string Verification);

internal sealed record HealCost(
    [property: Description("Samples × epochs that were run.")] int AgentRuns,
    int ModelCalls,
    [property: Description("Those that reached a provider; the others were answered by recordings.")] int LiveModelCalls,
    long Tokens,
    [property: Description("Null when a price is not known.")] decimal? Usd);
