using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>What has arrived of an experiment, which is what LangSmith's `evaluate` makes. Everything in it is a stranger's words.</summary>
/// <param name="Dataset">Its name.</param>
/// <param name="Metadata">What its sender says of it.</param>
/// <param name="Runs">In the order in which they began.</param>
public sealed record Experiment(Guid Id, string Name, string Dataset, JsonObject Metadata, IReadOnlyList<ExperimentRun> Runs)
{
    /// <summary>The samples that something new arrived of: <see cref="Runs"/> are all answers to these, and those to others stay as they were told before. Null when it is told whole.</summary>
    public IReadOnlyList<Guid>? Samples { get; init; }
}

/// <summary>One answer to one example.</summary>
/// <param name="Root">The run that answers.</param>
/// <param name="Trace">All runs of it, <paramref name="Root"/> among them.</param>
public sealed record ExperimentRun(Guid Example, SpanRow Root, IReadOnlyList<SpanRow> Trace, IReadOnlyList<ExperimentScore> Scores)
{
    /// <summary>What it answered, as JSON; empty when it gave no answer.</summary>
    public ReadOnlyMemory<byte> Output => Field("outputs"u8);

    /// <summary>What it failed of; null when it did not.</summary>
    public string? Error => JsonBytes.Text(Field("error"u8).Span);

    public int ModelCalls => Trace.Count(s => s.Role == SpanRole.Model);

    /// <summary>Of all model calls, as far as they were counted.</summary>
    public long Tokens => Trace.Where(s => s.Role == SpanRole.Model).Sum(s => RunAnswer.Tokens(RunFields.Of(s.Body), "total_tokens") ?? 0);

    private ReadOnlyMemory<byte> Field(ReadOnlySpan<byte> name)
    {
        foreach (var (field, _) in RunFields.Of(Root.Body).All)
            if (field.Name.Span.SequenceEqual(name)) return field.Value;
        return default;
    }
}

/// <summary>What was said of it.</summary>
/// <param name="Value">Of any range; null where it is no number.</param>
/// <param name="Comment">Empty when nothing was said.</param>
public sealed record ExperimentScore(string Key, double? Value, string Comment)
{
    /// <summary>An evaluator's, which says it of every answer; what a person or an application added later is an opinion of some.</summary>
    public bool IsEvaluators { get; init; } = true;
}
