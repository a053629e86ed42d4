namespace Kintsugi.Healing.Triage;

/// <summary>How much a trajectory's steps and agents are to be suspected of the mistake that spoiled it.</summary>
/// <param name="Steps">Index of each step with its probability, the most suspect first.</param>
/// <param name="Agents">Each agent with the sum over its steps, the most suspect first.</param>
public sealed record Suspects(IReadOnlyList<(int Step, double Probability)> Steps, IReadOnlyList<(string Agent, double Probability)> Agents);

/// <summary>Ranks the steps of a failed trajectory without a token: a conditional logit over the steps of one trace.</summary>
/// <param name="Weights">Of each of <see cref="StepFeatures"/>' features by name; one that is absent weighs 0.</param>
/// <remarks>
/// P(step i | trace) ∝ exp(w·xᵢ) (McFadden 1974, Frontiers in Econometrics, 105–142), fitted by maximal likelihood with a ridge of 0.02.
/// It is an opinion from how such logs usually go wrong, about four in ten right on the first step: it says which steps an intervention tries first, and names no cause by itself.
/// </remarks>
public sealed record StepRanker(IReadOnlyDictionary<string, double> Weights)
{
    /// <summary>Fitted on recorded failures of teams of agents. Other agents fail otherwise: what it is worth on yours is known only once some of their failures are labelled.</summary>
    public static readonly StepRanker Recorded = new(RecordedWeights.All);

    private const double Ridge = 0.02;
    private const double Rate = 0.1;
    private const int Rounds = 200;

    /// <exception cref="ArgumentException">The trace has no steps.</exception>
    public Suspects Rank(FailedTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        if (trace.Steps.Count == 0) throw new ArgumentException("A trace without steps has none to suspect.", nameof(trace));
        var probabilities = Softmax(StepFeatures.Of(trace).Select(step => step.Sum(f => f.Value * Weights.GetValueOrDefault(f.Key))));
        return new Suspects(
            [.. probabilities.Index().OrderByDescending(p => p.Item).ThenBy(p => p.Index)],
            [.. trace.Steps.Zip(probabilities).GroupBy(p => p.First.Agent, StringComparer.Ordinal)
                .Select(g => (g.Key, g.Sum(p => p.Second))).OrderByDescending(a => a.Item2).ThenBy(a => a.Key, StringComparer.Ordinal)]);
    }

    /// <summary>The weights under which the labels are likeliest, shrunk towards 0. Equal traces in equal order give equal weights.</summary>
    /// <exception cref="ArgumentException">No trace, or a label outside its trace.</exception>
    public static StepRanker Fit(IReadOnlyList<LabelledTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(traces);
        if (traces.Count == 0 || traces.Any(t => t.MistakeStep < 0 || t.MistakeStep >= t.Trace.Steps.Count))
            throw new ArgumentException("Give at least one trace, each with the index of one of its steps.", nameof(traces));
        Dictionary<string, int> names = new(StringComparer.Ordinal);
        var cases = traces.Select(t => (Label: t.MistakeStep, Steps: StepFeatures.Of(t.Trace).Select(Numbered).ToList())).ToList();
        var weights = new double[names.Count];
        var squares = new double[names.Count];
        for (var round = 0; round < Rounds; round++)
        {
            var gradient = Array.ConvertAll(weights, w => Ridge * w);
            foreach (var (label, steps) in cases)
            {
                var probabilities = Softmax(steps.Select(step => step.Sum(f => f.Value * weights[f.Name])));
                foreach (var (i, step) in steps.Index())
                {
                    foreach (var (name, value) in step) gradient[name] += (probabilities[i] - (i == label ? 1 : 0)) * value / cases.Count;
                }
            }

            // AdaGrad (Duchi, Hazan and Singer 2011, JMLR 12, 2121–2159): a feature that is seldom seen moves as far as a common one.
            for (var w = 0; w < weights.Length; w++)
            {
                squares[w] += gradient[w] * gradient[w];
                if (squares[w] > 0) weights[w] -= Rate * gradient[w] / Math.Sqrt(squares[w]);
            }
        }

        return new StepRanker(names.ToDictionary(n => n.Key, n => weights[n.Value], StringComparer.Ordinal));

        List<(int Name, double Value)> Numbered(IReadOnlyList<KeyValuePair<string, double>> features)
        {
            foreach (var feature in features) names.TryAdd(feature.Key, names.Count);
            return [.. features.Select(f => (names[f.Key], f.Value))];
        }
    }

    private static double[] Softmax(IEnumerable<double> scores)
    {
        double[] all = [.. scores];
        var largest = all.Max();
        var weights = Array.ConvertAll(all, s => Math.Exp(s - largest));
        var total = weights.Sum();
        return Array.ConvertAll(weights, w => w / total);
    }
}
