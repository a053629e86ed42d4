namespace Kintsugi.Evaluation.Alarms;

/// <summary>What one version of a service did in one hour of production.</summary>
/// <param name="Version">As its sender calls it; empty where none was said: such hours are compared with, and never judged.</param>
/// <param name="Hour">When the hour began.</param>
/// <param name="Requests">Traces, at least 0.</param>
/// <param name="Errors">By signature, the traces that hit it at least once.</param>
public sealed record VersionHour(string Version, DateTimeOffset Hour, int Requests, IReadOnlyDictionary<string, int> Errors);
