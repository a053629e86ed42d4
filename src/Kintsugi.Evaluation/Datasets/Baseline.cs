using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>What the blessed version did: `.kintsugi/baseline.json`, committed, so that a clean clone can gate.</summary>
/// <param name="Schema">1.</param>
/// <param name="Scorers">Hash over all scorers: outcomes judged otherwise cannot be compared.</param>
/// <param name="Samples">By sample id.</param>
public sealed record Baseline(
    int Schema, string Agent, string Commit, string Manifest, DateTimeOffset BlessedAt, int Runs, string Scorers, IReadOnlyDictionary<string, BaselineSample> Samples)
{
    public const string RelativePath = ".kintsugi/baseline.json";

    /// <summary>The outcomes that may be held against <paramref name="sample"/>, or null when its input or target has changed since, or it is new.</summary>
    public string? OutcomesOf(Sample sample) =>
        Samples.TryGetValue(sample.Id, out var known) && known.Hash == sample.Hash ? known.Outcomes : null;

    /// <exception cref="BadFileException">The file is not a baseline.</exception>
    public static Baseline Parse(string text, string fileName)
    {
        try
        {
            var baseline = JsonSerializer.Deserialize(text, BaselineJson.Default.Baseline);
            if (baseline is not { Schema: 1 } || baseline.Samples is null || baseline.Commit is null)
                throw new BadFileException(fileName, null, "this is no baseline of version 1. Run `kintsugi bless` to make a new one.");
            var bad = baseline.Samples.FirstOrDefault(s => s.Value?.Outcomes is null || s.Value.Outcomes.Any(c => c is not ('0' or '1')));
            if (bad.Key is not null)
                throw new BadFileException(fileName, null, $"sample '{bad.Key}' has outcomes that are not all 0 or 1. Run `kintsugi bless` to make a new one.");
            return baseline;
        }
        catch (JsonException e)
        {
            throw new BadFileException(fileName, (int?)e.LineNumber + 1, "this is not JSON. Restore the file from git, or run `kintsugi bless` to make a new one.");
        }
    }

    /// <summary>How many of its samples are not among these.</summary>
    public int CountGone(IEnumerable<string> samples) => Samples.Keys.Except(samples, StringComparer.Ordinal).Count();

    /// <summary>One line a sample, in the order of ids, so that a diff shows what changed.</summary>
    public string Write() => JsonSerializer.Serialize(
        this with { Samples = new SortedDictionary<string, BaselineSample>(Samples.ToDictionary(), StringComparer.Ordinal) }, BaselineJson.Default.Baseline) + "\n";
}

/// <param name="Hash">Of input and target, see <see cref="Sample.Hash"/>.</param>
/// <param name="Outcomes">One character a run: `1` passed, `0` failed.</param>
public sealed record BaselineSample(string Hash, string Outcomes);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Baseline))]
internal sealed partial class BaselineJson : JsonSerializerContext;
