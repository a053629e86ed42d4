namespace Kintsugi.Evaluation.Scorers;

/// <summary>A scorer could not judge: its program broke, its evaluator failed. The agent's answer is neither right nor wrong.</summary>
public sealed class ScorerException(string scorer, string problem, Exception? inner = null)
    : Exception($"Scorer '{scorer}': {problem}", inner);
