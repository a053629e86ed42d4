using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>How an incident ended, or rests. Stored and sent in snake case; only ever appended to.</summary>
public enum IncidentOutcome
{
    Healthy = 0,
    Proposed = 1,
    LeftAlone = 2,
    Escalated = 3,
    Insufficient = 4,
    Superseded = 5,
    Budget = 6,
    Cancelled = 7,
    Stopped = 8,
}

/// <summary>All that is known of an incident, folded from its log: what the report, the pull request and `heal --json` are written from.</summary>
/// <param name="Strip">Every visible sample before and after, in the dataset's order; held-out samples only as counts in <see cref="Attempt.Scores"/>.</param>
/// <param name="TimeLine">What was done when, with its cost.</param>
/// <param name="ErrorTrace">The failing trajectory shown first: one visible sample's input, expected and given answer, error and steps, cut.</param>
/// <param name="Failures">Null without a confirmed regression, or when its runs are not stored here.</param>
public sealed record IncidentReport(
    string Incident, string Agent, string AgentPath, string Fingerprint, IncidentOutcome? Outcome, string OutcomeReason,
    CommitView Base, CommitView Head, string Isolation, string Seed,
    VerdictView? Verdict, Diagnosis? Diagnosis, IReadOnlyList<Attempt> Attempts, Proposal? Proposal,
    IReadOnlyList<SampleStrip> Strip, IReadOnlyList<TimeLineEntry> TimeLine, FailureTrace? ErrorTrace,
    RunCost Cost, TimeSpan Duration, string Reproduce, IReadOnlyList<string> RuledOut, IReadOnlyList<string> Notes,
    FailureDigest? Failures = null)
{
    /// <summary>What production said of this version; null when it did not alarm.</summary>
    public AlarmView? Alarm { get; init; }

    /// <summary>Alarms of the incident beside <see cref="Alarm"/>.</summary>
    public int OtherAlarms { get; init; }

    /// <summary>The models that judged; empty where none did.</summary>
    public IReadOnlyList<JudgeView> Judges { get; init; } = [];

    /// <summary>What the owner's policy said last; null where there is none, or it was not asked.</summary>
    public PolicyDecision? Policy { get; init; }

    /// <summary>What a language model made of the evidence; null when none was asked.</summary>
    public Advice? Advice { get; init; }

    /// <summary>Samples that people took out of this incident, in their order; no figure counts them.</summary>
    public IReadOnlyList<SetAside> SetAside { get; init; } = [];

    /// <summary>Where the run can be watched that found this; null where it runs by itself.</summary>
    public Uri? Run { get; init; }
}

/// <summary>A sample that counts no longer in an incident.</summary>
/// <param name="By">Login of whoever asked for it under the pull request.</param>
public sealed record SetAside(string SampleId, string By);

/// <summary>A judge as its card has it.</summary>
/// <param name="Statement">What it may do and why.</param>
/// <param name="Sensitivity">Of the answers that people pass, those that it passes; null where none was labelled, as below.</param>
/// <param name="Specificity">Of the answers that people fail, those that it fails.</param>
/// <param name="Stability">Of the answers that it judged twice, those with the same vote.</param>
public sealed record JudgeView(string Statement, Rate? Sensitivity, Rate? Specificity, Rate? Stability);

/// <summary>The verdict in words and numbers.</summary>
/// <param name="Plain">Two sentences anyone understands.</param>
/// <param name="Exact">One line that a statistician checks.</param>
public sealed record VerdictView(VerdictKind Kind, string Plain, string Exact, Rate Baseline, Rate Candidate, int Samples, int Broken, int World)
{
    /// <summary>The test over all samples, look by look; empty for verdicts of a log that did not keep them.</summary>
    public IReadOnlyList<SequentialLook> Looks { get; init; } = [];

    /// <summary>What the dataset is cut by, each judged by itself.</summary>
    public IReadOnlyList<SliceVerdict> Slices { get; init; } = [];

    /// <summary>Whether the critical samples together are shown to have broken.</summary>
    public bool CriticalBroke { get; init; }
}

/// <summary>Pass and fail of one visible sample; each string has a `1` (passed), `0` (failed) or `w` (world) per run.</summary>
public sealed record SampleStrip(string SampleId, string Baseline, string Head, string? Fixed);

/// <param name="Replayed">Model calls answered from recordings, of <paramref name="ModelCalls"/>.</param>
public sealed record TimeLineEntry(DateTimeOffset At, TimeSpan Took, string Stage, string What, int AgentRuns, int ModelCalls, int Replayed);

/// <param name="Steps">Model and tool calls in words, each one line.</param>
public sealed record FailureTrace(string SampleId, string Input, string? Target, string? BaselineOutput, string? HeadOutput, string? Error, IReadOnlyList<string> Scores, IReadOnlyList<string> Steps);
