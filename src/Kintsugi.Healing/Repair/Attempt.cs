using Kintsugi.Evaluation.Running;

namespace Kintsugi.Healing.Repair;

/// <summary>How far a fix has been verified.</summary>
public enum Verification
{
    /// <summary>Held-out samples could neither pass nor fail within the epochs allowed.</summary>
    Partial = 0,

    Full = 1,
}

/// <summary>One try at mending.</summary>
/// <param name="Strategy">`restore`, `repin`, `restore_files`, `roll_back`, `rewrite`, `reflect` or `delegate`.</param>
/// <param name="Reason">What it was refused for, or what it passed.</param>
/// <param name="Fix">The tree that passed; null when the attempt failed.</param>
/// <param name="Checks">In the order in which they were made.</param>
/// <param name="InDoubt">Refused by runs alone, and by no more than a good fix meets now and then: it may be tried again on fresh runs.</param>
/// <param name="Writing">How the change was written, where somebody wrote one; null where hunks were put back.</param>
public sealed record Attempt(
    int N, string Strategy, bool Passed, string Reason, Fix? Fix, IReadOnlyList<Check> Checks, AcceptanceScores? Scores, RunCost Cost, bool InDoubt = false,
    Writing? Writing = null)
{
    /// <summary>The strategy that puts back all that changed in the agent.</summary>
    public const string RollBack = "roll_back";

    /// <summary>The strategy that puts back all that changed in the culprit's files.</summary>
    public const string RestoreFiles = "restore_files";

    /// <summary>Whether it is one of `repair.attempts`: not where the patch gate kept hunks from being put back, for then nobody wrote and nothing was run.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsCounted => Writing is not null || Checks.FirstOrDefault(c => c.Passed == false)?.Name != Check.PatchGate;

    /// <summary>Whether it was refused because samples failed still.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool LeavesFailures => Checks.FirstOrDefault(c => c.Passed == false)?.Name is Check.FailingSamples or Check.AllSamples or Check.HeldOutSamples;
}

/// <summary>One thing a candidate had to pass.</summary>
/// <param name="Name">`change written`, `patch gate`, `tests`, `unpatched still fails`, `failing samples`, `all samples`, `held-out samples`, `differential test`, `reverted fails again`, `applies to the tip`.</param>
/// <param name="Passed">Null when it could not be decided.</param>
public sealed record Check(string Name, bool? Passed, string Detail)
{
    public const string PatchGate = "patch gate", FailingSamples = "failing samples", AllSamples = "all samples", HeldOutSamples = "held-out samples";
}

/// <summary>A verified change.</summary>
/// <param name="Tip">The commit of the target branch it was verified on.</param>
/// <param name="Tree">The repository's tree with the fix applied to the tip.</param>
/// <param name="Patch">Unified diff from tip to fix.</param>
public sealed record Fix(string Tip, string Tree, string Patch, IReadOnlyList<string> Files, Verification Verification);

/// <summary>Rates before and after; every count is runs, not samples. Held-out samples appear as counts only.</summary>
/// <param name="Before">Visible samples on head, as detection saw them.</param>
/// <param name="After">Visible samples with the fix, on fresh runs.</param>
public sealed record AcceptanceScores(Rate Before, Rate After, Rate HeldOutBaseline, Rate HeldOutAfter);

/// <summary>A pass rate with its 95 % interval.</summary>
public sealed record Rate(int Passed, int Runs, double Low, double High)
{
    public double Value => Runs == 0 ? double.NaN : (double)Passed / Runs;
}
