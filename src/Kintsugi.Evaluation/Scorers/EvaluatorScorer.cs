using Kintsugi.Storage;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.AI.Evaluation;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>Any evaluator of Microsoft.Extensions.AI.Evaluation judges one of its metrics.</summary>
/// <remarks>The evaluator is the user's own code and runs in this process, with all its rights: nothing holds it back.
/// It is given no model, so an evaluator that asks one fails.</remarks>
/// <param name="metric">Which metric counts; null when the evaluator has only one.</param>
/// <param name="pass">Value from which on a numeric metric passes; null to take the evaluator's own interpretation.</param>
internal sealed class EvaluatorScorer(string name, string hash, IEvaluator evaluator, string? metric, double? pass) : IScorer
{
    public string Name { get; } = name;

    public string Hash { get; } = hash;

    public async ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken)
    {
        var result = await EvaluateAsync(answer, cancellationToken);
        var found = metric is null
            ? result.Metrics.Count == 1 ? result.Metrics.Values.Single() : null
            : result.Metrics.TryGetValue(metric, out var named) ? named : null;
        if (found is null)
            throw new ScorerException(Name, $"the evaluator gave {(result.Metrics.Count == 0 ? "no metric" : "the metrics " + Shown.Word(string.Join(", ", result.Metrics.Keys), 200))}. Name one of them as 'metric'.");
        var passed = Passed(found);
        return new Score(Name, passed ? 1 : 0, passed, Shown.Word($"{found.Name} is {Value(found)}. {found.Reason ?? found.Interpretation?.Reason}".TrimEnd(), 500));
    }

    private async Task<EvaluationResult> EvaluateAsync(Answer answer, CancellationToken cancellationToken)
    {
        var target = answer.Sample.Target is { } t ? new[] { new TargetContext(Quote.Text(t)) } : null;
        try
        {
            return await evaluator.EvaluateAsync(
                [new ChatMessage(ChatRole.User, Quote.Text(answer.Sample.Input))],
                new ChatResponse(new ChatMessage(ChatRole.Assistant, Quote.Text(answer.Output))),
                chatConfiguration: null, target, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new ScorerException(Name, $"the evaluator failed: {Shown.Word(e.Message, 300)} Evaluators that ask a model are not available yet.", e);
        }
    }

    private bool Passed(EvaluationMetric found) => (found, pass) switch
    {
        (NumericMetric { Value: { } value }, { } mark) => value >= mark,
        ({ Interpretation: { } interpretation }, _) => !interpretation.Failed,
        (BooleanMetric { Value: { } value }, _) => value,
        _ => throw new ScorerException(Name, $"the metric '{Shown.Word(found.Name)}' is {Value(found)}, which neither passes nor fails by itself. Give the scorer a 'pass' mark for a number, or use a metric that says."),
    };

    private static string Value(EvaluationMetric found) => found switch
    {
        NumericMetric number => FormattableString.Invariant($"{number.Value}"),
        BooleanMetric flag => flag.Value?.ToString() ?? "nothing",
        StringMetric text => text.Value ?? "nothing",
        _ => "of an unknown kind",
    };

    /// <summary>The sample's target, for evaluators that look for a context named "Target".</summary>
    private sealed class TargetContext(string text) : EvaluationContext("Target", text);
}
