using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Repair;

/// <summary>How bad a regression is for those whom the agent serves.</summary>
public enum Severity
{
    /// <summary>The pass rate fell by less than <see cref="Severities.MediumDrop"/>.</summary>
    Low = 0,

    /// <summary>By less than <see cref="Severities.HighDrop"/>.</summary>
    Medium = 1,

    /// <summary>By that much or more.</summary>
    High = 2,

    /// <summary>Critical samples broke, however few.</summary>
    Critical = 3,
}

/// <summary>What can still be tried in the repository.</summary>
public enum Fixability
{
    /// <summary>No culprit is proven, or none may be put back and nobody may write.</summary>
    None = 0,

    /// <summary>Nothing is left that may be put back, and somebody may write a change.</summary>
    Writable = 1,

    /// <summary>A set of culprit hunks is left that may be put back.</summary>
    Restorable = 2,
}

public static class Severities
{
    /// <summary>Of the pass rate, in [0, 1].</summary>
    public const double MediumDrop = 0.10, HighDrop = 0.30;

    /// <param name="criticalBroke">Whether the critical samples together are shown to have broken.</param>
    /// <returns>High where there is no rate to fall from: what is not known is not harmless.</returns>
    public static Severity Of(bool criticalBroke, Rate baseline, Rate candidate) => criticalBroke ? Severity.Critical : Math.Round(baseline.Value - candidate.Value, 9) switch // 1 - 0.9 is a tenth
    {
        < MediumDrop => Severity.Low,
        < HighDrop => Severity.Medium,
        _ => Severity.High,
    };
}

/// <summary>One rule of the owner's: what is to be done about which regressions. An axis that it does not name matches anything.</summary>
/// <param name="Line">Where it stands in the file.</param>
/// <param name="Severities">Empty for any; likewise below.</param>
/// <param name="Below">Confidence must be below this; null for any.</param>
/// <param name="AtLeast">Confidence must be at least this; null for any.</param>
/// <param name="Because">The owner's reason, in the owner's words; null where none is given.</param>
public sealed record PolicyRule(
    int Line, IReadOnlyList<Severity> Severities, double? Below, double? AtLeast, IReadOnlyList<Fixability> Fixabilities, IReadOnlyList<Cause> Causes,
    RemedyAction Do, string? Because)
{
    public bool Matches(Severity severity, double confidence, Fixability fixability, Cause cause) =>
        Has(Severities, severity) && Has(Fixabilities, fixability) && Has(Causes, cause)
        && (Below is not { } below || confidence < below) && (AtLeast is not { } least || confidence >= least);

    /// <summary>Whether it matches whatever another one does.</summary>
    public bool Covers(PolicyRule other) =>
        HasAll(Severities, other.Severities) && HasAll(Fixabilities, other.Fixabilities) && HasAll(Causes, other.Causes)
        && (Below ?? double.PositiveInfinity) >= (other.Below ?? double.PositiveInfinity) && (AtLeast ?? double.NegativeInfinity) <= (other.AtLeast ?? double.NegativeInfinity);

    private static bool Has<T>(IReadOnlyList<T> allowed, T value) => allowed.Count == 0 || allowed.Contains(value);

    private static bool HasAll<T>(IReadOnlyList<T> allowed, IReadOnlyList<T> values) => allowed.Count == 0 || (values.Count > 0 && values.All(allowed.Contains));
}

/// <summary>What the owner wants done about regressions, from the file that `repair.policy` of kintsugi.yaml names.</summary>
/// <param name="File">What messages call it.</param>
/// <param name="Wishes">For whoever writes a change; null for none. Rules are never shown to them.</param>
/// <param name="Rules">The first that matches decides; where none does, the diagnosis's own action is taken.</param>
public sealed record RepairPolicy(string File, string? Wishes, IReadOnlyList<PolicyRule> Rules)
{
    public static readonly RepairPolicy None = new("", null, []);

    /// <summary>Rules that never decide, since one before them matches whatever they do; one that several cover together is not found.</summary>
    public IReadOnlyList<string> Warnings =>
        [.. Rules.Index().Select(r => (Rule: r.Item, Before: Rules.Take(r.Index).FirstOrDefault(before => before.Covers(r.Item)))).Where(r => r.Before is not null)
            .Select(r => $"{File}({r.Rule.Line}): the rule is never reached, since the one in line {r.Before!.Line} matches whatever it does. Put it before that one, or remove it.")];

    /// <param name="confidence">In [0, 1].</param>
    /// <returns>The rule that decides; null where none matches.</returns>
    public PolicyRule? Choose(Severity severity, double confidence, Fixability fixability, Cause cause) =>
        Rules.FirstOrDefault(rule => rule.Matches(severity, confidence, fixability, cause));
}

/// <summary>What was made of the policy for one incident as it stood.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Rule">The rule that matched, `healing.yaml(4)`; null where none did.</param>
/// <param name="Refused">What that rule asks for and is not done, since no rule can loosen what an action has to rest on; null where it is done.</param>
/// <param name="Reason">A sentence for people: what matched, why another action was refused, the owner's words.</param>
public sealed record PolicyDecision(RemedyAction Action, string? Rule, RemedyAction? Refused, Severity Severity, Fixability Fixability, string Reason);
