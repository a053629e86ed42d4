namespace Kintsugi.Models.Cassettes;

/// <summary>What tells one recording from another.</summary>
/// <param name="Question">Hash of the canonical request, <see cref="Cassettes.Question.Hash"/>.</param>
/// <param name="Ordinal">0 for the first time the question was asked in the sample.</param>
public readonly record struct RecordingKey(string Question, string SampleId, int Epoch, int Ordinal);

/// <summary>One answer that a provider gave. Faults of the world are never recorded, or replay would repeat them.</summary>
/// <param name="Model">As the agent asked for it.</param>
/// <param name="Question">The canonical request without its secrets; the key holds the SHA-256 of it with them.</param>
public sealed record Recording(
    RecordingKey Key, string Provider, string Model, ReadOnlyMemory<byte> Question, ModelAnswer Answer, DateTimeOffset At, TimeSpan Latency);
