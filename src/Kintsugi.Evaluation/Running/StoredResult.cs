using System.Text.Json;
using System.Text.Json.Serialization;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>The body of a row of table `result`. Fields are only ever added.</summary>
internal sealed record StoredResult(
    JsonElement? Output, AgentError? Error, string? WorldFault, IReadOnlyList<Score> Scores, TimeSpan Duration, RunCost Cost,
    IReadOnlyList<Step>? Steps, string? StandardError, IReadOnlyList<string>? Notes)
{
    public static string Write(SampleResult result)
    {
        var trajectory = result.Trajectory;
        var stored = new StoredResult(
            result.Output, result.Error, result.WorldFault, result.Scores, result.Duration, result.Cost,
            trajectory.Steps.Count == 0 ? null : trajectory.Steps,
            trajectory.StandardError.Length == 0 ? null : trajectory.StandardError,
            trajectory.Notes.Count == 0 ? null : trajectory.Notes);
        return JsonSerializer.Serialize(stored, StoredResultJson.Default.StoredResult);
    }

    public static SampleResult Read(string sampleId, int epoch, Outcome outcome, string body)
    {
        var stored = JsonSerializer.Deserialize(body, StoredResultJson.Default.StoredResult)
            ?? throw new InvalidDataException($"The stored result of sample '{sampleId}' epoch {epoch} is empty.");
        return new SampleResult(
            sampleId, epoch, outcome, stored.Output, stored.Error, stored.WorldFault, stored.Scores, stored.Duration, stored.Cost,
            new Trajectory(stored.Steps ?? [], stored.StandardError ?? "", stored.Notes ?? []));
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredResult))]
[JsonSerializable(typeof(string))]
internal sealed partial class StoredResultJson : JsonSerializerContext;
