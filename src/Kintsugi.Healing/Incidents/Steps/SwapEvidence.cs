using System.Globalization;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What swapping components showed, in sentences.</summary>
internal static class SwapEvidence
{
    public static IEnumerable<string> Of(ComponentsSwapped swap)
    {
        if (swap.Queries.Count == 0) return [$"Between base and head {swap.Hypothesis}."];
        var searched = string.Create(CultureInfo.InvariantCulture, $"Components swapped between base and head: {swap.Hypothesis} (posterior {swap.Posterior:0.000}, {swap.Queries.Count} configurations, fit p = {swap.Fit:0.000}).");
        IEnumerable<string> proven = (swap.Proofs ?? []).Select(Of);
        return swap.Blamed.Count > 0 ? [searched, .. proven] : [searched, .. proven, "The swaps name no component, so the hunks of all were searched alike."];
    }

    private static string Of(SwapProof proof)
    {
        var must = proof.MustBeBad ? "bad" : "good";
        if (proof.Outcome == TrialOutcome.Unresolved)
            return proof.Runs == 0 ? $"Not proven: {proof.Configuration} cannot be put together; it had to be {must}." : $"Not proven: {Ran(proof)}, which does not tell; it had to be {must}.";
        return proof.Holds ? $"Proven on fresh runs: {Ran(proof)}: {must}." : $"Disputed: {Ran(proof)}: {(proof.MustBeBad ? "good" : "bad")}, where that cause has it {must}.";
    }

    private static string Ran(SwapProof proof) => $"{proof.Configuration}, all else as in the base, passes {proof.Passed} of {proof.Runs}";
}
