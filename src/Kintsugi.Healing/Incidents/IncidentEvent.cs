using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents;

/// <summary>One thing that happened to an incident. Appended once, never changed: the incident is the fold of these.</summary>
/// <param name="Cost">What it took in runs and calls.</param>
/// <param name="Took">Wall time.</param>
public abstract record IncidentEvent(RunCost Cost, TimeSpan Took);

/// <summary>A version is to be looked at.</summary>
/// <param name="Repository">Top level of the work tree when it was opened; for people only.</param>
/// <param name="TargetBranch">Branch that a fix is for; null when head is detached, and a fix is then verified on head itself.</param>
public sealed record Opened(
    string Agent, string AgentPath, string Repository, string Remote, CommitView Base, CommitView Head, string? TargetBranch,
    string BaseManifest, string HeadManifest, string Isolation, int Seed) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>Another head joined the open incident: it is looked at from the beginning, since nothing that was shown of the former head holds for it.</summary>
public sealed record Revisited(CommitView Head, string? TargetBranch, string HeadManifest, string Isolation) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>Production alarmed. It opens an incident or joins the open one; what is done follows from the golden dataset alone.</summary>
public sealed record Alarmed(AlarmView Alarm) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>What the base is held to.</summary>
/// <param name="Blessed">Whether the outcomes are those of `kintsugi bless`; else the base was run now.</param>
/// <param name="Outcomes">By sample, one character a run: `1` passed, `0` failed. A sample that is not here has no baseline.</param>
public sealed record BaselineTaken(bool Blessed, IReadOnlyDictionary<string, string> Outcomes, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took);

/// <summary>The candidate was run on the dataset and held against the baseline.</summary>
/// <param name="N">0 for the first block of runs, 1 for the second, which has its own share of alpha.</param>
/// <param name="MoreAllowed">Whether a second block was planned beforehand, for a first one that does not decide.</param>
/// <param name="Repeated">Runs that the world spoiled and that answered when they were run again.</param>
/// <param name="Counts">Per sample, held-out ones included: the log is for the machine, reports leave them out.</param>
/// <param name="StartFailure">Why the candidate did not start; null when it did.</param>
public sealed record Looked(
    int N, bool MoreAllowed, int Repeated, VerdictView Verdict, IReadOnlyList<SampleRecord> Counts, string? StartFailure, FailureTrace? Trace, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took)
{
    /// <summary>The models that judge; empty where none does.</summary>
    public IReadOnlyList<JudgeView> Judges { get; init; } = [];
}

/// <summary>One sample's runs so far, one character a run: `1` passed, `0` failed, `w` world.</summary>
public sealed record SampleRecord(string SampleId, bool HeldOut, string Baseline, string Head);

/// <summary>Too much of the world failed to say anything; waited before the next look.</summary>
/// <param name="Faults">What failed, with counts.</param>
public sealed record WorldFailed(int Look, IReadOnlyList<string> Faults, int Affected, int Planned, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took);

/// <summary>Fresh interleaved pairs of baseline and candidate were run.</summary>
/// <param name="Confirmed">Whether the candidate is worse than the baseline is now.</param>
/// <param name="BaselineNowWorse">Whether the baseline now is worse than it was when it was blessed: the world has changed.</param>
/// <param name="NewSamplesOnly">Whether every sample on which the baseline fails now came after the blessing.</param>
/// <param name="GoldChanged">Samples that were blessed with another input or target, and that the baseline fails as they are now.</param>
public sealed record PairsRun(
    bool Confirmed, bool BaselineNowWorse, bool NewSamplesOnly, string Statement, IReadOnlyList<SampleRecord> Pairs, RunCost Cost, TimeSpan Took, int GoldChanged = 0) : IncidentEvent(Cost, Took);

/// <summary>The net diff from base to head, cut into hunks.</summary>
/// <param name="Samples">Visible failing samples on which trials are run, and how many of each were bad.</param>
public sealed record DiffCut(IReadOnlyList<HunkView> Hunks, IReadOnlyList<string> Samples) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>Components were swapped between base and head.</summary>
/// <param name="Blamed">Components that must be new for the failure, each proof of which held; empty when no swap shows it, or what it showed could not be proven.</param>
/// <param name="Posterior">Of the likeliest cause, before it was proven.</param>
/// <param name="Fit">P-value of <see cref="ComponentSwap.Fit"/>; 1 where it was not asked for.</param>
/// <param name="Proofs">Of the likeliest cause, in the order in which they were run, up to the first that did not hold; null in logs from before there were any.</param>
public sealed record ComponentsSwapped(
    IReadOnlyList<Kintsugi.Evaluation.Agents.Component> Blamed, string Hypothesis, double Posterior, IReadOnlyList<string> Queries, RunCost Cost, TimeSpan Took,
    double Fit = 1, IReadOnlyList<SwapProof>? Proofs = null) : IncidentEvent(Cost, Took);

/// <summary>A configuration that has to be good, or bad, if a cause is the right one, run afresh.</summary>
/// <param name="Configuration">`prompt + code new`: all else is as the base has it.</param>
/// <param name="MustBeBad">Else it has to be good.</param>
/// <param name="Outcome">Unresolved where it could not be put together or did not start, or the runs told neither.</param>
/// <param name="Passed">Of <paramref name="Runs"/>.</param>
public sealed record SwapProof(string Configuration, bool MustBeBad, TrialOutcome Outcome, int Passed, int Runs)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Holds => Outcome == (MustBeBad ? TrialOutcome.Bad : TrialOutcome.Good);
}

/// <summary>The commits of the range were bisected.</summary>
public sealed record CommitsBisected(CommitView? Culprit, double Posterior, int CommitsInRange, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took);

/// <summary>Head without some hunks was run.</summary>
/// <param name="Passed">Of <paramref name="Runs"/>.</param>
public sealed record TrialRun(Trial Trial, TrialOutcome Outcome, int Passed, int Runs, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took);

/// <summary>The cause is named.</summary>
/// <param name="CulpritHunks">Indices into the net diff.</param>
public sealed record Diagnosed(Diagnosis Diagnosis, IReadOnlyList<int> CulpritHunks, IReadOnlyList<IReadOnlyList<int>> AlsoSufficientHunks, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took);

/// <summary>The owner's policy was asked what is to be done; once for each time that it says something else.</summary>
public sealed record Decided(PolicyDecision Decision) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>A language model read the evidence and said what it makes of it. Nothing follows from it by itself.</summary>
/// <param name="Opinion">Null when none was had: the model was not to be reached, or gave none.</param>
/// <param name="WhyNone">Null when there is one.</param>
/// <param name="Cited">What the ids stand for that it names, those that stand for something.</param>
/// <param name="Steps">What the model did, in order; a stranger's words, cut.</param>
/// <param name="Rules">What it was told.</param>
public sealed record Advised(
    Opinion? Opinion, string? WhyNone, IReadOnlyList<EvidenceItem> Cited, IReadOnlyList<WriterStep> Steps, PromptUse Rules, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took);

/// <summary>A repair was tried.</summary>
/// <param name="Strip">Visible samples under the fix, when it got that far.</param>
public sealed record AttemptMade(Attempt Attempt, IReadOnlyList<SampleRecord> Strip) : IncidentEvent(Attempt.Cost, TimeSpan.Zero)
{
    public TimeSpan Duration { get; init; }
}

/// <summary>What is about to leave the process, written down before it does: after a crash it is looked up, adopted or made.</summary>
public sealed record ProposalIntended(string Branch, string Tree, string Parent, string Fingerprint, DateTimeOffset At) : IncidentEvent(RunCost.None, TimeSpan.Zero);

public sealed record Proposed(Proposal Proposal, RunCost Cost, TimeSpan Took) : IncidentEvent(Cost, Took);

/// <summary>Somebody who may write to the repository asked for something under the pull request, or its checks are red.</summary>
public sealed record Requested(ReviewRequest Request) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>What was asked for has its answer under the pull request.</summary>
/// <param name="Source">Of the <see cref="ReviewRequest"/>.</param>
public sealed record Answered(string Source) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>Somebody who may not write to the repository gave an order: it is not followed, now or later.</summary>
public sealed record Declined(string Source, string By) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>A person pushed to the branch: it is theirs now.</summary>
/// <param name="Commit">The branch's tip.</param>
public sealed record TakenOver(string Commit, string By) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>The fix was merged; what it was merged as is looked at next.</summary>
/// <param name="Commit">On the target branch.</param>
/// <param name="By">Empty where the forge does not say.</param>
public sealed record Merged(string Commit, string By) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>A person is about to be asked to decide, by an issue of the fingerprint's name.</summary>
public sealed record EscalationIntended(string Fingerprint) : IncidentEvent(RunCost.None, TimeSpan.Zero);

public sealed record EscalationFiled(string Url) : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>The pull request has our last word, and is closed where it was to be; it is not read again.</summary>
public sealed record ConversationEnded() : IncidentEvent(RunCost.None, TimeSpan.Zero);

/// <summary>Nothing more will be done by itself.</summary>
public sealed record Closed(IncidentOutcome Outcome, string Reason) : IncidentEvent(RunCost.None, TimeSpan.Zero)
{
    /// <summary>Whether a person had refused the fix before this incident began: that is no news.</summary>
    public bool IsRemembered { get; init; }
}
