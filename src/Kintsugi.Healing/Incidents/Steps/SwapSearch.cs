using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Finds the components that spoil the agent by swapping them between base and head, and proves the find on runs that the search has not seen.</summary>
/// <remarks>
/// Recordings may answer the search, and its own runs choose the cause. The proofs are fresh draws, each a trial of its own: a cause outside the listed ones can look like a
/// pair in every configuration that the search happened to need, and chosen runs flatter what they chose.
/// </remarks>
/// <param name="old">What is known of the failing samples on the base, and <paramref name="new"/> on head.</param>
/// <param name="tries">Runs a configuration (bit c set: component c new) on a few failing samples, or on all of them; null when it cannot be put together.</param>
/// <param name="proves">Runs a configuration afresh until it is good or bad; the number is that of the proof. Null likewise.</param>
internal sealed class SwapSearch(
    IReadOnlyList<Component> differing, RunPrior old, RunPrior @new,
    Func<int, bool, CancellationToken, Task<EvalRun?>> tries, Func<int, int, CancellationToken, Task<TrialTold?>> proves)
{
    /// <summary>Of each proof.</summary>
    public const double ProofError = 0.01;

    private const double Sure = 0.99;

    /// <summary>At or below it the failures are of no listed cause.</summary>
    private const double Misfit = 0.05;

    private readonly List<SwapObservation> _seen = [];
    private readonly List<string> _queries = [];
    private RunCost _cost = RunCost.None;
    private TimeSpan _took;

    private int All => (1 << differing.Count) - 1;

    public async Task<ComponentsSwapped> RunAsync(CancellationToken cancellationToken)
    {
        var posterior = await SearchAsync(cancellationToken);
        var best = posterior.Index().MaxBy(p => p.Item).Index;
        var fit = ComponentSwap.Fit(differing.Count, old, @new, _seen);
        if (fit <= Misfit) return Named([], "the failures fit no cause of one or two components", []);
        if (posterior[best] < Sure) return Named([], "swaps could not tell which component it is", []);

        var cause = ComponentSwap.Hypotheses(differing.Count)[best];
        List<Component> blamed = [.. differing.Where((_, c) => (cause.Mask & (1 << c)) != 0)];
        var proofs = await ProveAsync(cause, cancellationToken);
        return proofs.TrueForAll(p => p.Holds) ? Named(blamed, InWords(cause, blamed), proofs) : Named([], $"that {InWords(cause, blamed)} could not be proven", proofs);

        ComponentsSwapped Named(IReadOnlyList<Component> components, string hypothesis, IReadOnlyList<SwapProof> shown) =>
            new(components, hypothesis, posterior[best], _queries, _cost, _took, fit, shown);
    }

    private async Task<IReadOnlyList<double>> SearchAsync(CancellationToken cancellationToken)
    {
        HashSet<int> impossible = [];
        var free = new Queue<int>(FreeConfigurations());
        var asked = 0;
        var posterior = ComponentSwap.Posterior(differing.Count, old, @new, _seen);
        while (free.Count > 0 || (posterior.Max() < Sure && asked < TriageRunner.MostQueries))
        {
            var isFree = free.Count > 0;
            var mask = isFree ? free.Dequeue() : ComponentSwap.Next(differing.Count, old, @new, _seen, impossible).Configuration;
            if (await tries(mask, isFree, cancellationToken) is not { } run)
            {
                impossible.Add(mask);
                continue;
            }
            if (!isFree) asked += run.Results.Count;
            (_cost, _took) = (_cost + run.Cost, _took + run.Duration);
            _queries.Add($"{Name(mask)}: {run.Results.Count(r => r.Outcome == Outcome.Failed)} of {run.Results.Count} failed");
            _seen.AddRange(run.Results.Where(r => r.Outcome != Outcome.World).Select(r => new SwapObservation(mask, r.Outcome == Outcome.Failed)));
            posterior = ComponentSwap.Posterior(differing.Count, old, @new, _seen);
        }
        return posterior;
    }

    /// <summary>Runs the proofs until one does not hold.</summary>
    private async Task<List<SwapProof>> ProveAsync(SwapHypothesis cause, CancellationToken cancellationToken)
    {
        List<SwapProof> proofs = [];
        foreach (var (configuration, bad) in ComponentSwap.Proofs(differing.Count, cause))
        {
            proofs.Add(await ProveAsync(configuration, bad, proofs.Count, cancellationToken));
            if (!proofs[^1].Holds) break;
        }
        return proofs;
    }

    private async Task<SwapProof> ProveAsync(int configuration, bool bad, int n, CancellationToken cancellationToken)
    {
        if (await proves(configuration, n, cancellationToken) is not { } told) return new SwapProof(Name(configuration), bad, TrialOutcome.Unresolved, 0, 0);
        (_cost, _took) = (_cost + told.Cost, _took + told.Took);
        var isTold = Math.Min(told.BadProbability, 1 - told.BadProbability) <= ProofError;
        return new SwapProof(Name(configuration), bad, isTold ? told.Outcome : TrialOutcome.Unresolved, told.Passed, told.Runs);
    }

    private string Name(int mask) =>
        $"{(mask == 0 ? "nothing" : string.Join(" + ", differing.Where((_, c) => (mask & (1 << c)) != 0).Select(Words.Snake)))} new";

    /// <summary>
    /// The two configurations in which only the code is swapped: the model is asked what base or head have asked it, so recordings answer and
    /// all failing samples can be run. Whatever calls a provider is asked later, of fewer samples, where these leave a doubt.
    /// </summary>
    private int[] FreeConfigurations()
    {
        var code = differing.ToList().IndexOf(Component.Code);
        return code < 0 ? [] : [1 << code, All & ~(1 << code)];
    }

    private static string InWords(SwapHypothesis cause, List<Component> blamed) => cause.Kind switch
    {
        SwapCauseKind.Single => $"the {Words.Snake(blamed[0])} alone spoils the baseline",
        SwapCauseKind.Both => $"{string.Join(" and ", blamed.Select(Words.Snake))} spoil the baseline only together",
        SwapCauseKind.Either => $"{string.Join(" and ", blamed.Select(Words.Snake))} each spoil the baseline",
        _ => "no component that differs spoils the baseline",
    };
}
