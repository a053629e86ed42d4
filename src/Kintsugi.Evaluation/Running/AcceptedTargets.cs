using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers;

namespace Kintsugi.Evaluation.Running;

/// <summary>What a version's own answers would make of a sample's target.</summary>
/// <param name="Target">The new target; null where it stays.</param>
/// <param name="Why">Why it stays, as the rest of a sentence that begins with the sample; null where it does not.</param>
public sealed record AcceptedTarget(Sample Sample, JsonElement? Target, string? Why);

/// <summary>Makes the answers that a version gives every time the targets of the samples that it fails: for a change that was meant.</summary>
public static class AcceptedTargets
{
    private const int FewestAnswers = 2;

    /// <param name="results">Fresh runs of samples, every epoch of each.</param>
    /// <param name="scorers">Those that decide say whether answers agree: under the new target each of them must pass.</param>
    /// <returns>Of the samples that failed at least once, in the order of the dataset.</returns>
    /// <exception cref="ScorerException">A scorer that decides cannot judge.</exception>
    public static async Task<IReadOnlyList<AcceptedTarget>> OfAsync(
        IReadOnlyList<Sample> samples, IReadOnlyList<SampleResult> results, IReadOnlyList<IScorer> scorers, CancellationToken cancellationToken)
    {
        var bySample = results.ToLookup(r => r.SampleId, StringComparer.Ordinal);
        List<AcceptedTarget> accepted = [];
        foreach (var sample in samples)
            if (bySample[sample.Id].Any(r => r.Outcome == Outcome.Failed)) accepted.Add(await OfAsync(sample, [.. bySample[sample.Id]], scorers, cancellationToken));
        return accepted;
    }

    private static async Task<AcceptedTarget> OfAsync(Sample sample, IReadOnlyList<SampleResult> runs, IReadOnlyList<IScorer> scorers, CancellationToken cancellationToken)
    {
        AcceptedTarget Stays(string why) => new(sample, null, why);
        var answered = runs.Where(r => r.Outcome != Outcome.World).ToList();
        if (answered.Count < runs.Count || answered.Count < FewestAnswers) return Stays($"was answered in {answered.Count} of {runs.Count} runs only, because the world failed");
        if (answered.Exists(r => r.Outcome == Outcome.Passed)) return Stays($"passes {answered.Count(r => r.Outcome == Outcome.Passed)} of {runs.Count} runs: it disagrees with itself");
        if (answered.Exists(r => r.Output is null)) return Stays("fails without an answer");

        var candidates = answered.Select(r => Like(sample.Target, r.Output!.Value)).OfType<JsonElement>().GroupBy(CanonicalJson.Text, StringComparer.Ordinal).OrderByDescending(g => g.Count()).Select(g => g.First()).ToList();
        if (candidates.Count == 0) return Stays("is answered without any of the fields that its target has");
        string? reason = null;
        foreach (var candidate in candidates)
        {
            reason = await WhyNotAsync(sample with { Target = candidate }, answered, scorers, cancellationToken);
            if (reason is null) return new AcceptedTarget(sample, candidate, null);
        }
        return Stays(candidates.Count == 1 ? $"would fail with its own answer as the target: {reason}" : "is answered otherwise from run to run: it disagrees with itself");
    }

    /// <summary>The part of an answer that the target speaks of: an answer says more than is judged, and what is not judged does not belong into gold.</summary>
    private static JsonElement? Like(JsonElement? target, JsonElement answer)
    {
        if (target is not { ValueKind: JsonValueKind.Object } fields) return answer;
        if (answer.ValueKind != JsonValueKind.Object) return answer;
        var kept = fields.EnumerateObject().Where(f => answer.TryGetProperty(f.Name, out _))
            .Select(f => KeyValuePair.Create(f.Name, Like(f.Value, answer.GetProperty(f.Name))!.Value)).ToDictionary(StringComparer.Ordinal);
        return kept.Count == 0 && fields.EnumerateObject().Any() ? null : JsonSerializer.SerializeToElement(kept);
    }

    private static async Task<string?> WhyNotAsync(Sample sample, IReadOnlyList<SampleResult> runs, IReadOnlyList<IScorer> scorers, CancellationToken cancellationToken)
    {
        foreach (var scorer in scorers.Where(s => s.Gates(sample)))
        {
            if (scorer.Lacks(sample) is { } lacks) return lacks;
            foreach (var run in runs)
                if (await scorer.ScoreAsync(new Answer(sample, run.Epoch, run.Output!.Value, run.Trajectory), cancellationToken) is { Passed: false } failed) return failed.Reason;
        }
        return null;
    }
}
