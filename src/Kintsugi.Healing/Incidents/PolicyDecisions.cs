using System.Globalization;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents;

/// <summary>Holds the owner's policy against an incident as it stands. A rule chooses among what may be done; what an action has to rest on is not its to say.</summary>
public static class PolicyDecisions
{
    private const int LongestReason = 300;
    private const int MostNamed = 8;

    /// <param name="state">Diagnosed.</param>
    public static PolicyDecision Of(IncidentState state, LoopTerms terms)
    {
        var (diagnosis, verdict) = (state.Diagnosed!.Diagnosis, state.Looks[^1].Verdict);
        var severity = Severities.Of(verdict.CriticalBroke, verdict.Baseline, verdict.Candidate);
        var fixability = FixabilityOf(state, terms);
        var found = string.Create(
            CultureInfo.InvariantCulture,
            $"severity {Words.Snake(severity)}, confidence {diagnosis.Confidence:0.00}, fixability {Words.Snake(fixability)}, cause {Words.Snake(diagnosis.Cause)}");
        var stands = $"the diagnosis's {Words.Snake(diagnosis.Action)} stands";
        if (terms.Policy.Choose(severity, diagnosis.Confidence, fixability, diagnosis.Cause) is not { } rule)
            return new PolicyDecision(diagnosis.Action, null, null, severity, fixability, $"No rule of the policy is about {found}: {stands}.");

        var (name, words) = ($"{terms.Policy.File}({rule.Line})", rule.Because is { } because ? $" Its reason: {StrangersText.OneLine(because, LongestReason)}" : "");
        var says = $"The policy, {name}, says {Words.Snake(rule.Do)} for {found}";
        if (Obstacle(rule.Do, state, terms) is { } obstacle)
            return new PolicyDecision(diagnosis.Action, name, rule.Do, severity, fixability, $"{says}. That is not done, since {obstacle}: {stands}.{words}");
        return new PolicyDecision(rule.Do, name, null, severity, fixability, $"{says}{(rule.Do == RemedyAction.Quarantine ? $"; to be looked at: {Failing(state)}" : "")}.{words}");
    }

    /// <summary>Nothing is fixable where the change was meant, or where no culprit is proven.</summary>
    private static Fixability FixabilityOf(IncidentState state, LoopTerms terms)
    {
        var written = terms.Writers.For(state.Diagnosed!.Diagnosis.Cause).Count > 0 ? Fixability.Writable : Fixability.None;
        if (state.Diagnosed is { Diagnosis: { Cause: Cause.ModelDrift, Action: RemedyAction.Repair } }) return written;
        if (state.Diagnosed is not { Diagnosis.Cause: not Cause.GoldenOutdated, CulpritHunks.Count: > 0 }) return Fixability.None;
        var files = state.Diff!.Hunks.ToDictionary(h => h.Index, h => h.File);
        if (state.SetsLeft(state.Attempts.Count).Any(set => set.All(hunk => terms.MayRestore(files[hunk])))) return Fixability.Restorable;
        return written;
    }

    /// <summary>Why an action may not be taken, as the end of a sentence; null when it may.</summary>
    private static string? Obstacle(RemedyAction asked, IncidentState state, LoopTerms terms)
    {
        var diagnosis = state.Diagnosed!.Diagnosis;
        if (asked == diagnosis.Action) return null;
        return asked switch
        {
            RemedyAction.Escalate => null,
            RemedyAction.Repair when diagnosis.Action != RemedyAction.Repin => "only a proven cause in the repository that was not meant can be repaired",
            RemedyAction.Repin when diagnosis.Culprit.Count == 0 || diagnosis.Culprit.Any(h => h.Component != Component.Model) => "no other model was chosen in the repository",
            RemedyAction.RollBack when diagnosis.Cause == Cause.GoldenOutdated => "the change was meant",
            RemedyAction.RollBack when state is not { Pairs.Confirmed: true, Diff.Hunks.Count: > 0 } => "nothing in the repository is shown to have made it worse",
            RemedyAction.RollBack when state.Diff!.Hunks.FirstOrDefault(h => !terms.MayRestore(h.File)) is { } fixedHunk => $"{StrangersText.OneLine(fixedHunk.File, 120)} changed as well, which no repair puts back",
            RemedyAction.Quarantine when state.Pairs is null => "no sample fails",
            RemedyAction.Retry when diagnosis.Cause is not (Cause.Transient or Cause.ModelDrift or Cause.Judge) => "it repeats on fresh runs",
            _ => null,
        };
    }

    private static string Failing(IncidentState state)
    {
        var counts = state.Looks[^1].Counts;
        List<string> worse = [.. counts.Where(c => Share(c.Head) > Share(c.Baseline)).OrderByDescending(c => Share(c.Head) - Share(c.Baseline)).Select(c => c.SampleId)];
        return worse.Count == 0 ? "no sample by itself" : SampleNames.Of(worse, counts.Where(c => c.HeldOut).Select(c => c.SampleId), MostNamed);

        static double Share(string outcomes) => (double)Outcomes.Failures(outcomes) / Math.Max(1, Outcomes.Runs(outcomes));
    }
}
