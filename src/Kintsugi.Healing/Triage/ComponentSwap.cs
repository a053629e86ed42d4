namespace Kintsugi.Healing.Triage;

/// <summary>Runs already paid for, as Beta pseudo-counts of one side: Jeffreys' ½ plus what was seen.</summary>
public sealed record RunPrior(double Failures, double Passes)
{
    /// <summary>Jeffreys' prior with the runs seen on that side.</summary>
    public static RunPrior FromRuns(int failures, int passes) => new(failures + 0.5, passes + 0.5);

    /// <summary>Predictive probability of a failure after further runs.</summary>
    internal double FailureAfter(int failures, int passes) => (Failures + failures) / (Failures + Passes + failures + passes);

    /// <summary>Log of the marginal probability of one sequence of further runs.</summary>
    internal double LogMarginal(int failures, int passes) =>
        MathNet.Numerics.SpecialFunctions.BetaLn(Failures + failures, Passes + passes) - MathNet.Numerics.SpecialFunctions.BetaLn(Failures, Passes);
}

public enum SwapCauseKind
{
    /// <summary>One component, new, spoils the agent.</summary>
    Single = 0,

    /// <summary>Two components spoil it only together.</summary>
    Both = 1,

    /// <summary>Each of two components spoils it alone.</summary>
    Either = 2,

    /// <summary>It fails even with every component old: the world, or the gold.</summary>
    External = 3,
}

/// <summary>A cause to be told from the others.</summary>
/// <param name="Mask">Bit c set when component c takes part; 0 for <see cref="SwapCauseKind.External"/>.</param>
public sealed record SwapHypothesis(SwapCauseKind Kind, int Mask)
{
    /// <summary>Whether a configuration (bit c set = component c new) fails if this is the cause.</summary>
    public bool PredictsBad(int configuration) => Kind switch
    {
        SwapCauseKind.External => true,
        SwapCauseKind.Either => (configuration & Mask) != 0,
        _ => (configuration & Mask) == Mask,
    };
}

/// <summary>One run of one failing sample under a configuration.</summary>
public sealed record SwapObservation(int Configuration, bool Failed);

/// <param name="Information">Mutual information between the next outcome and the cause, in nats.</param>
public sealed record SwapQuery(int Configuration, double Information);

/// <summary>Which of the components that differ between the last good and the bad version spoils the agent: exact Bayesian inference over a
/// closed set of causes, with the next configuration to run chosen by information.</summary>
/// <remarks>Both failure rates are marginalised (Beta–Bernoulli) from the runs already paid for: fixed wrong rates cost 6–13 points of accuracy, and without
/// a warm start the inference has no direction. Priors: single causes 0.65 in all, pairs that spoil only together 0.10, pairs that spoil
/// apart 0.15, external 0.10; with one component the pairs' shares fall to the single cause.</remarks>
public static class ComponentSwap
{
    /// <summary>All causes over <paramref name="components"/> (1 to 12): singles, both-pairs, either-pairs in lexicographic order, external last.</summary>
    public static IReadOnlyList<SwapHypothesis> Hypotheses(int components)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(components, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(components, 12);
        var pairs = (from a in Enumerable.Range(0, components) from b in Enumerable.Range(a + 1, components - a - 1) select (1 << a) | (1 << b)).ToList();
        return
        [
            .. Enumerable.Range(0, components).Select(c => new SwapHypothesis(SwapCauseKind.Single, 1 << c)),
            .. pairs.Select(mask => new SwapHypothesis(SwapCauseKind.Both, mask)),
            .. pairs.Select(mask => new SwapHypothesis(SwapCauseKind.Either, mask)),
            new(SwapCauseKind.External, 0),
        ];
    }

    /// <summary>Prior of each of <see cref="Hypotheses"/>.</summary>
    public static IReadOnlyList<double> Prior(int components)
    {
        var pairs = components * (components - 1) / 2;
        return Hypotheses(components).Select(h => h.Kind switch
        {
            SwapCauseKind.Single => (pairs == 0 ? 0.9 : 0.65) / components,
            SwapCauseKind.Both => 0.10 / pairs,
            SwapCauseKind.Either => 0.15 / pairs,
            _ => 0.10,
        }).ToList();
    }

    /// <returns>Probability of each of <see cref="Hypotheses"/>, summing to 1.</returns>
    public static IReadOnlyList<double> Posterior(int components, RunPrior old, RunPrior @new, IReadOnlyList<SwapObservation> observations)
    {
        var prior = Prior(components);
        double[] logs = [.. Hypotheses(components).Select((h, i) => Math.Log(prior[i]) + LogMarginal(h, old, @new, observations))];
        var largest = logs.Max();
        var weights = Array.ConvertAll(logs, log => Math.Exp(log - largest));
        var total = weights.Sum();
        return Array.ConvertAll(weights, w => w / total);
    }

    /// <summary>The configuration whose next outcome says most about the cause; the smallest mask of equals.</summary>
    /// <param name="impossible">Configurations that cannot be made.</param>
    public static SwapQuery Next(int components, RunPrior old, RunPrior @new, IReadOnlyList<SwapObservation> observations, IReadOnlySet<int>? impossible = null)
    {
        var hypotheses = Hypotheses(components);
        var posterior = Posterior(components, old, @new, observations);
        var rates = hypotheses.Select(h =>
        {
            var split = Split(h, observations);
            return (Bad: @new.FailureAfter(split.BadFailed, split.BadPassed), Good: old.FailureAfter(split.GoodFailed, split.GoodPassed));
        }).ToList();

        var best = new SwapQuery(0, double.NegativeInfinity);
        foreach (var configuration in Enumerable.Range(0, 1 << components).Where(c => impossible?.Contains(c) != true))
        {
            double mean = 0, within = 0;
            for (var h = 0; h < hypotheses.Count; h++)
            {
                var rate = hypotheses[h].PredictsBad(configuration) ? rates[h].Bad : rates[h].Good;
                mean += posterior[h] * rate;
                within += posterior[h] * Entropy(rate);
            }

            var information = Entropy(mean) - within;
            if (information > best.Information + 1e-12) best = new SwapQuery(configuration, information);
        }

        return best;
    }

    /// <summary>What must be seen before a cause counts as proven: everything new but the culprit is good, and each way in which the culprit is said to spoil the old version does.</summary>
    /// <returns>Configurations, and whether they have to be bad. A cause that is none of the listed ones can pass as a pair in every configuration the search needs, but not in these.</returns>
    public static IReadOnlyList<(int Configuration, bool Bad)> Proofs(int components, SwapHypothesis hypothesis)
    {
        ArgumentNullException.ThrowIfNull(hypothesis);
        var all = (1 << components) - 1;
        return hypothesis.Kind switch
        {
            SwapCauseKind.External => [(0, true)],
            SwapCauseKind.Either => [(all & ~hypothesis.Mask, false), .. Enumerable.Range(0, components).Select(c => hypothesis.Mask & (1 << c)).Where(c => c != 0).Select(c => (c, true))],
            _ => [(all & ~hypothesis.Mask, false), (hypothesis.Mask, true)],
        };
    }

    /// <summary>Whether the observations can be of any of <see cref="Hypotheses"/>: three components that spoil it only together, say, are none of them.</summary>
    /// <returns>A p-value in (0, 1]: if one of them is the cause, and the rates are as the runs already paid for say, at most a share <c>x</c> of searches ever sees a value of
    /// <c>x</c> or less, whichever configurations were run and whenever one stopped.</returns>
    /// <remarks>
    /// The likelihood if each configuration fell on the good or the bad side by the toss of a coin, over the largest that a listed cause gives: no larger than the
    /// likelihood ratio against the true cause, which is a martingale of mean 1 (Ville 1939), so its inverse is a p-value at every time.
    /// </remarks>
    public static double Fit(int components, RunPrior old, RunPrior @new, IReadOnlyList<SwapObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var unlisted = observations.GroupBy(o => o.Configuration).Sum(runs =>
        {
            int failed = runs.Count(o => o.Failed), passed = runs.Count(o => !o.Failed);
            double good = old.LogMarginal(failed, passed), bad = @new.LogMarginal(failed, passed);
            return Math.Max(good, bad) + Math.Log((1 + Math.Exp(-Math.Abs(good - bad))) / 2); // of the mean, which itself underflows after a thousand runs
        });
        return Math.Min(1, Math.Exp(Hypotheses(components).Max(h => LogMarginal(h, old, @new, observations)) - unlisted));
    }

    private static double LogMarginal(SwapHypothesis hypothesis, RunPrior old, RunPrior @new, IReadOnlyList<SwapObservation> observations)
    {
        var split = Split(hypothesis, observations);
        return @new.LogMarginal(split.BadFailed, split.BadPassed) + old.LogMarginal(split.GoodFailed, split.GoodPassed);
    }

    private static double Entropy(double p) => p is <= 0 or >= 1 ? 0 : -(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p));

    private static (int BadFailed, int BadPassed, int GoodFailed, int GoodPassed) Split(
        SwapHypothesis hypothesis, IReadOnlyList<SwapObservation> observations)
    {
        int badFailed = 0, badPassed = 0, goodFailed = 0, goodPassed = 0;
        foreach (var observation in observations)
        {
            switch (hypothesis.PredictsBad(observation.Configuration), observation.Failed)
            {
                case (true, true): badFailed++; break;
                case (true, false): badPassed++; break;
                case (false, true): goodFailed++; break;
                default: goodPassed++; break;
            }
        }

        return (badFailed, badPassed, goodFailed, goodPassed);
    }
}
