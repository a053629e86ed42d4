using System.Text.Json;
using System.Text.Json.Serialization;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Cli.Output;

/// <summary>What `heal --json` and `incident show --json` print; `docs/heal.schema.json` describes it.</summary>
internal sealed record HealDocument(
    string? Incident, IncidentOutcome? Outcome, string Reason, HealVersion Version, HealVerdict? Verdict, HealDiagnosis? Diagnosis,
    IReadOnlyList<HealAttempt> Attempts, HealProposal? Proposal, HealCost Cost, string Isolation, string? Report, long DurationMs)
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    public static HealDocument From(IncidentState state, string? reportPath)
    {
        var report = IncidentReports.From(state);
        return new HealDocument(
            report.Incident, report.Outcome, report.OutcomeReason,
            new HealVersion(report.Base.Id, report.Head.Id, state.Opened.HeadManifest),
            report.Verdict is { } v ? HealVerdict.From(v) : null,
            report.Diagnosis is { } d ? HealDiagnosis.From(d) : null,
            [.. report.Attempts.Select(HealAttempt.From)],
            report.Proposal is { } p ? new HealProposal(p.Kind, p.Branch, p.Commit, p.Url.Length > 0 ? p.Url : reportPath ?? "", p.Verification) : null,
            new HealCost(report.Cost.AgentRuns, report.Cost.ModelCalls, report.Cost.LiveModelCalls, report.Cost.Tokens, report.Cost.Usd),
            report.Isolation, reportPath, (long)report.Duration.TotalMilliseconds);
    }

    public string Write() => JsonSerializer.Serialize(this, Json);
}

internal sealed record HealVersion(string Base, string Head, string Manifest);

internal sealed record HealVerdict(VerdictKind Kind, string Plain, string Exact, HealRate Baseline, HealRate Candidate, int Samples, int Broken, int World)
{
    public static HealVerdict From(VerdictView v) => new(v.Kind, v.Plain, v.Exact, HealRate.From(v.Baseline), HealRate.From(v.Candidate), v.Samples, v.Broken, v.World);
}

internal sealed record HealRate(int Passed, int Runs, double Low, double High)
{
    public static HealRate From(Rate r) => new(r.Passed, r.Runs, r.Low, r.High);
}

internal sealed record HealDiagnosis(
    Cause Cause, RemedyAction Action, string? Component, IReadOnlyList<HealHunk> Culprit, IReadOnlyList<IReadOnlyList<HealHunk>> AlsoSufficient,
    bool? BreaksAlone, IReadOnlyList<string> Commits, double Confidence, IReadOnlyList<string> Evidence, string? SpecContradiction)
{
    public static HealDiagnosis From(Diagnosis d) => new(
        d.Cause, d.Action, d.Component is { } c ? Words.Snake(c) : null, [.. d.Culprit.Select(HealHunk.From)],
        [.. d.AlsoSufficient.Select(set => (IReadOnlyList<HealHunk>)[.. set.Select(HealHunk.From)])],
        d.BreaksAlone, [.. d.Commits.Select(commit => commit.Id)], d.Confidence, d.Evidence, d.SpecContradiction);
}

/// <param name="Hunk">Its header, `@@ -12,1 +12,0 @@`, or what happened to the whole file.</param>
internal sealed record HealHunk(string File, string Hunk, IReadOnlyList<string> Removed, IReadOnlyList<string> Added)
{
    public static HealHunk From(HunkView h) => new(h.File, h.Header, h.Removed, h.Added);
}

internal sealed record HealAttempt(int N, string Strategy, bool Passed, string Reason, HealScores? Scores, IReadOnlyList<Check> Checks)
{
    public static HealAttempt From(Attempt a) => new(a.N, a.Strategy, a.Passed, a.Reason, a.Scores is { } s ? HealScores.From(s) : null, a.Checks);
}

internal sealed record HealScores(HealRate Before, HealRate After, HealRate HeldOutBaseline, HealRate HeldOutAfter)
{
    public static HealScores From(AcceptanceScores s) => new(HealRate.From(s.Before), HealRate.From(s.After), HealRate.From(s.HeldOutBaseline), HealRate.From(s.HeldOutAfter));
}

internal sealed record HealProposal(string Kind, string Branch, string Commit, string Url, string Verification);

internal sealed record HealCost(int AgentRuns, int ModelCalls, int LiveModelCalls, long Tokens, decimal? Usd);
