using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Healing.Triage;

/// <summary>Why a version is worse. Stored and sent by these names in snake case; only ever appended to.</summary>
public enum Cause
{
    Unknown = 0,
    Prompt = 1,
    Code = 2,
    Tool = 3,
    DataStructure = 4,
    Model = 5,
    Dependency = 6,
    Build = 7,
    ModelDrift = 8,
    Transient = 9,
    BadInput = 10,
    GoldenOutdated = 11,
    Judge = 12,
}

/// <summary>What is to be done about it.</summary>
public enum RemedyAction
{
    None = 0,
    Repair = 1,
    RollBack = 2,
    Repin = 3,
    Quarantine = 4,
    Retry = 5,
    Escalate = 6,
}

/// <summary>One hunk of the net diff from base to head, for people and for the log.</summary>
/// <param name="Index">Its number in the net diff, from 0.</param>
/// <param name="File">Path from the repository's top.</param>
/// <param name="Header">`@@ -12,1 +12,0 @@`, or `added`, `deleted`, `renamed from …`, `mode 100644 → 100755`, `binary`.</param>
/// <param name="Removed">Lines that the base has and head has not, decoded for display, cut at 200 lines.</param>
/// <param name="Added">Lines that head has and the base has not, likewise.</param>
public sealed record HunkView(int Index, string File, string Header, IReadOnlyList<string> Removed, IReadOnlyList<string> Added, Component? Component);

/// <summary>The proven cause of a regression.</summary>
/// <param name="Culprit">A minimal set of hunks such that head without it is good; empty when the cause lies outside the repository.</param>
/// <param name="AlsoSufficient">Other minimal sets that were met.</param>
/// <param name="BreaksAlone">Whether the culprit spoils the base by itself; null when that was not tried.</param>
/// <param name="Commits">The commits that brought the culprit, oldest first; more than one when bisection could not part them.</param>
/// <param name="Confidence">In [0, 1]: the smallest posterior among the probes that the cause rests on.</param>
/// <param name="Evidence">One sentence a probe: what was changed, what happened, how many runs.</param>
/// <param name="SpecContradiction">Why the golden dataset rather than the change may be wrong; null when nothing says so.</param>
public sealed record Diagnosis(
    Cause Cause, RemedyAction Action, Component? Component, IReadOnlyList<HunkView> Culprit, IReadOnlyList<IReadOnlyList<HunkView>> AlsoSufficient,
    bool? BreaksAlone, IReadOnlyList<CommitView> Commits, double Confidence, IReadOnlyList<string> Evidence, string? SpecContradiction);

public sealed record CommitView(string Id, string Author, DateTimeOffset At, string Subject);
