using System.Text.Json;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>One case of the golden dataset.</summary>
/// <param name="Input">Any JSON; what the agent receives.</param>
/// <param name="Target">What the answer should be; null when the case has none.</param>
/// <param name="Family">Cases of one family never stand on both sides of the held-out split.</param>
/// <param name="HeldOut">Whether the case is kept from triage, repair and every report but as a count.</param>
/// <param name="Hash">SHA-256 (hex) over canonical input and target: what a cached baseline outcome is bound to.</param>
public sealed record Sample(
    string Id, JsonElement Input, JsonElement? Target, IReadOnlyList<string> Tags, string? Family, bool Critical, bool HeldOut, string Hash);

/// <summary>The golden dataset, read and split.</summary>
/// <param name="Warnings">What a person should know: too few held-out samples, …</param>
public sealed record Dataset(IReadOnlyList<Sample> Samples, IReadOnlyList<string> Warnings)
{
    /// <summary>By sample id, for messages; empty when the dataset was not read from files.</summary>
    internal IReadOnlyDictionary<string, SampleSource> Sources { get; init; } = new Dictionary<string, SampleSource>();

    public IEnumerable<Sample> Visible => Samples.Where(s => !s.HeldOut);

    /// <summary>With those samples critical too that have <paramref name="tag"/>.</summary>
    public Dataset WithCritical(string? tag) => tag is null ? this : this with { Samples = [.. Samples.Select(s => s.Tags.Contains(tag) ? s with { Critical = true } : s)] };

    /// <summary>With some samples left out; unknown ones are none.</summary>
    public Dataset Without(IReadOnlyCollection<string> samples) => this with { Samples = [.. Samples.Where(s => !samples.Contains(s.Id))] };

    public IEnumerable<Sample> HeldOut => Samples.Where(s => s.HeldOut);
}
