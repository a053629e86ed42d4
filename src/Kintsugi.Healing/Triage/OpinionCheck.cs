using System.Text.Json;
using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Healing.Triage;

/// <summary>What an opinion is held against.</summary>
/// <param name="Hunks">Of the net diff; empty when none was cut.</param>
/// <param name="Proven">Components that swaps were proven to be at fault; empty when they name none.</param>
/// <param name="Trials">Head without some hunks, and what it was.</param>
/// <param name="Evidence">Every id that may be cited.</param>
public sealed record ProbeFindings(
    Diagnosis Diagnosis, IReadOnlyList<HunkView> Hunks, IReadOnlyList<Component> Proven, IReadOnlyList<TrialObservation> Trials, IReadOnlySet<string> Evidence)
{
    /// <summary>Whether a model was asked in a failing run that was read; null when none was.</summary>
    public bool? AsksModel { get; init; }

    /// <summary>Whether a model called a tool in one; null likewise.</summary>
    public bool? CallsTool { get; init; }
}

/// <summary>Which statements of an opinion the probes contradict. Probes decide: what they contradict stays to be read, marked, and nothing follows from it.</summary>
/// <remarks>That a statement is not disputed does not make it true: no probe has looked at it, or it says what a probe has shown.</remarks>
public static class OpinionCheck
{
    private const int FewestTold = 3;

    /// <returns>At most one a statement, in the order in which they are read: cause, action, mode, blamed hunks, links.</returns>
    public static IReadOnlyList<Dispute> Of(Opinion opinion, ProbeFindings probes) =>
    [
        .. Disputed("cause", OfCause(opinion.Cause, probes)),
        .. Disputed("action", OfAction(opinion.Action, probes.Diagnosis)),
        .. Disputed("mode", OfMode(opinion.Mode, probes)),
        .. opinion.Blamed.SelectMany(id => Disputed(id, OfBlame(id, probes))),
        .. opinion.Chain.SelectMany((link, i) => Disputed($"link {i + 1}", OfLink(link, probes.Evidence))),
    ];

    /// <summary>What may be done about a cause without contradicting it. A person may always be asked.</summary>
    public static IReadOnlyList<RemedyAction> Allowed(Cause cause) => cause switch
    {
        Cause.Prompt or Cause.Code or Cause.Tool or Cause.DataStructure or Cause.Dependency or Cause.Build => [RemedyAction.Repair, RemedyAction.RollBack, RemedyAction.Escalate],
        Cause.Model => [RemedyAction.Repin, RemedyAction.RollBack, RemedyAction.Escalate],
        Cause.ModelDrift => [RemedyAction.Repin, RemedyAction.Escalate],
        Cause.Transient => [RemedyAction.Retry, RemedyAction.None, RemedyAction.Escalate],
        Cause.BadInput or Cause.Judge => [RemedyAction.Quarantine, RemedyAction.None, RemedyAction.Escalate],
        Cause.GoldenOutdated => [RemedyAction.None, RemedyAction.Escalate],
        Cause.Unknown => [RemedyAction.Escalate],
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "A cause without actions."),
    };

    private static IEnumerable<Dispute> Disputed(string statement, string? why) => why is null ? [] : [new Dispute(statement, why)];

    private static string? OfCause(Cause said, ProbeFindings probes)
    {
        var (found, component) = (probes.Diagnosis.Cause, probes.Diagnosis.Component);
        if (said == found || said == Cause.Unknown) return null;
        if (found == Cause.Build && component is { } spoilt && Components(said).Contains(spoilt)) return null; // what does not start, and why it does not
        if (found != Cause.Unknown) return $"The probes name {Word(found)}.";
        var components = Components(said);
        if (components.Count == 0) return null;
        if (!probes.Hunks.Any(h => h.Component is { } differs && components.Contains(differs))) return $"Nothing of {Word(said)} differs among the hunks that were searched.";
        return probes.Proven.Count > 0 && !probes.Proven.Any(components.Contains)
            ? $"By swaps proven on fresh runs it is {string.Join(" and ", probes.Proven.Select(Word))}."
            : null;
    }

    private static string? OfAction(RemedyAction said, Diagnosis diagnosis) =>
        said == diagnosis.Action || Allowed(diagnosis.Cause).Contains(said) ? null
        : diagnosis.Cause == Cause.Unknown ? "Nothing is proven to be the cause, so nothing is changed."
        : $"{Word(said)} does nothing about {Word(diagnosis.Cause)}.";

    private static string? OfMode(FailureMode said, ProbeFindings probes) => said switch
    {
        FailureMode.ToolCallingError when probes.CallsTool == false => "No tool is called in any failing run that was read.",
        FailureMode.PromptNotFollowed when probes.AsksModel == false => "No model is asked in any failing run that was read.",
        _ => null,
    };

    private static string? OfBlame(string id, ProbeFindings probes)
    {
        if (probes.Hunks.FirstOrDefault(h => EvidenceItem.IdOfHunk(h.Index) == id) is not { } blamed) return "There is no such hunk.";
        var diagnosis = probes.Diagnosis;
        if (diagnosis.Culprit.Concat(diagnosis.AlsoSufficient.SelectMany(set => set)).Any(h => h.Index == blamed.Index)) return null;
        if (diagnosis.Culprit.Count > 0) return "With it in place head is good, once the proven culprit is gone.";
        var without = probes.Trials.Where(t => t.Outcome == TrialOutcome.Bad && t.Trial.Drop.Contains(blamed.Index)).MinBy(t => t.Trial.Drop.Count);
        return without?.Trial.Drop.Count switch
        {
            null => null,
            1 => "Head without it is still bad.",
            2 => "Head without it and one more is still bad.",
            { } dropped => $"Head without it and {dropped - 1} others is still bad.",
        };
    }

    private static string? OfLink(ChainLink link, IReadOnlySet<string> evidence)
    {
        if (link.Evidence.Count == 0) return "It cites nothing.";
        List<string> invented = [.. link.Evidence.Where(id => !evidence.Contains(id))];
        if (invented.Count == 0) return null;
        var named = string.Join(", ", invented.Take(FewestTold));
        return $"There is no evidence {named}{(invented.Count > FewestTold ? $" and {invented.Count - FewestTold} more" : "")}.";
    }

    private static IReadOnlyList<Component> Components(Cause cause) => cause switch
    {
        Cause.Prompt => [Component.Prompt],
        Cause.Code => [Component.Code],
        Cause.Tool => [Component.Tool],
        Cause.DataStructure => [Component.Schema, Component.Data],
        Cause.Model => [Component.Model],
        Cause.Dependency => [Component.Dependency],
        _ => [],
    };

    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
