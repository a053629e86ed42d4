using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Models;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>What one scorer said of one answer.</summary>
/// <param name="Value">In [0, 1]; the scorer's pass mark, 1 unless it is told otherwise, is a pass. Never NaN: a scorer that cannot decide throws.</param>
/// <param name="Reason">One sentence a person can act on.</param>
public sealed record Score(string Scorer, double Value, bool Passed, string Reason)
{
    /// <summary>It is shown and kept, and decides nothing.</summary>
    public bool Advisory { get; init; }
}

/// <summary>An answer to be judged.</summary>
public sealed record Answer(Sample Sample, int Epoch, JsonElement Output, Trajectory Trajectory)
{
    /// <summary>What scorers ask models about it.</summary>
    public ScorerCalls Calls { get; init; } = new(Sample.Id, Epoch, Recall.Fresh);
}

/// <summary>What judges an answer.</summary>
public interface IScorer
{
    string Name { get; }

    /// <summary>Hash of kind and settings: a baseline outcome judged by another scorer cannot be compared.</summary>
    string Hash { get; }

    /// <summary>Whether its score of an answer to <paramref name="sample"/> decides if that passes; else it advises, see <see cref="Score.Advisory"/>.</summary>
    bool Gates(Sample sample) => true;

    /// <summary>What the sample lacks for this scorer, as the rest of a sentence that begins with the sample and ends with what to do; null if nothing.</summary>
    string? Lacks(Sample sample) => null;

    /// <exception cref="ScorerException">It cannot judge: nothing is said about the answer.</exception>
    ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken);
}
