using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>What one scorer said of one answer.</summary>
/// <param name="Value">In [0, 1]; the scorer's pass mark, 1 unless it is told otherwise, is a pass. Never NaN: a scorer that cannot decide throws.</param>
/// <param name="Reason">One sentence a person can act on.</param>
public sealed record Score(string Scorer, double Value, bool Passed, string Reason);

/// <summary>An answer to be judged.</summary>
public sealed record Answer(Sample Sample, int Epoch, JsonElement Output, Trajectory Trajectory);

/// <summary>What judges an answer.</summary>
public interface IScorer
{
    string Name { get; }

    /// <summary>Hash of kind and settings: a baseline outcome judged by another scorer cannot be compared.</summary>
    string Hash { get; }

    ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken);
}
