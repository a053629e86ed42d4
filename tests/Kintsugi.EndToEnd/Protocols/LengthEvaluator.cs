using Microsoft.Extensions.AI;
using Microsoft.Extensions.AI.Evaluation;

namespace Kintsugi.EndToEnd.Protocols;

/// <summary>An evaluator of the ecosystem's kind, as a user would bring one: an answer is worth the room it takes.</summary>
public sealed class LengthEvaluator : IEvaluator
{
    public IReadOnlyCollection<string> EvaluationMetricNames => ["Length"];

    public ValueTask<EvaluationResult> EvaluateAsync(
        IEnumerable<ChatMessage> messages, ChatResponse modelResponse, ChatConfiguration? chatConfiguration = null,
        IEnumerable<EvaluationContext>? additionalContext = null, CancellationToken cancellationToken = default) =>
        new(new EvaluationResult(new NumericMetric("Length", modelResponse.Text.Length, "counted in characters")));
}
