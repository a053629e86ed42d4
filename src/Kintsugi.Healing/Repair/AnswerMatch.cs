using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Evaluation.Scorers.Judging;

namespace Kintsugi.Healing.Repair;

/// <summary>Whether an answer is the same as another version's, which stands in for the target that nobody wrote.</summary>
internal static class AnswerMatch
{
    /// <summary>Judged as the samples are, by the scorers that compare with a target and ask nobody; where none can, the answers are equal JSON or they are not.</summary>
    /// <param name="asked">Without a target.</param>
    /// <param name="reference">The other version's answer.</param>
    /// <param name="answered">One that is no World; one without an answer matches nothing.</param>
    /// <exception cref="ScorerException">A scorer cannot judge.</exception>
    public static async Task<bool> IsSameAsync(Sample asked, JsonElement reference, SampleResult answered, IReadOnlyList<IScorer> scorers, CancellationToken cancellationToken)
    {
        if (answered.Output is not { } output) return false;
        var sample = asked with { Target = reference };
        var comparing = scorers.Where(s => s is not JudgeScorer && s.Lacks(asked) is not null && s.Lacks(sample) is null).ToList();
        if (comparing.Count == 0) return Spelling(reference) == Spelling(output);
        foreach (var scorer in comparing)
            if (!(await scorer.ScoreAsync(new Answer(sample, answered.Epoch, output, answered.Trajectory), cancellationToken)).Passed) return false;
        return true;
    }

    private static string Spelling(JsonElement answer)
    {
        try
        {
            return CanonicalJson.Text(answer);
        }
        catch (JsonException)
        {
            return answer.GetRawText(); // half a surrogate pair, or a key that stands twice: equal only when spelt alike
        }
    }
}
