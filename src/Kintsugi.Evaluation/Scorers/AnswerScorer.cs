using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>A scorer that judges from answer and sample alone, at once.</summary>
/// <param name="name">Kind and path, as the table of results shows it.</param>
/// <param name="hash">See <see cref="IScorer.Hash"/>.</param>
internal abstract class AnswerScorer(string name, string hash) : IScorer
{
    public string Name { get; } = name;

    public string Hash { get; } = hash;

    /// <inheritdoc/>
    public virtual string? Lacks(Sample sample) => null;

    public ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken)
    {
        try
        {
            return ValueTask.FromResult(Judge(answer));
        }
        catch (InvalidOperationException e)
        {
            // JsonElement reads text lazily: half a surrogate pair in an answer shows only here. Targets were read whole by the dataset.
            return ValueTask.FromResult(Fail($"The answer holds text that is not Unicode: {Shown.Word(e.Message)}"));
        }
    }

    protected abstract Score Judge(Answer answer);

    protected Score Pass(string reason) => new(Name, 1, true, reason);

    protected Score Fail(string reason) => new(Name, 0, false, reason);

    /// <summary>Shared words of <see cref="Lacks"/> for scorers that read one place of the target.</summary>
    protected string? LacksAt(Sample sample, JsonPath path)
    {
        if (sample.Target is not { } target) return $"has no 'target', which the scorer '{Name}' needs. Add one, or choose a scorer that needs none.";
        return path.First(target) is null
            ? $"has no {path} in its 'target', which the scorer '{Name}' needs. Add it, or correct the scorer's path."
            : null;
    }

    /// <summary>The target's value, which <see cref="DatasetFile.Check"/> has seen to be there.</summary>
    protected JsonElement Target(Answer answer, JsonPath path) =>
        answer.Sample.Target is { } target && path.First(target) is { } value
            ? value
            : throw new ArgumentException($"Sample '{answer.Sample.Id}' was not checked: it {LacksAt(answer.Sample, path)}", nameof(answer));
}
