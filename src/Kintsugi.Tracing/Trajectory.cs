using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kintsugi.Tracing;

/// <summary>All that happened in one sample x epoch, in order. Everything in it is a stranger's words.</summary>
/// <param name="Steps">Model calls, tool calls and upstream calls in the order in which they began.</param>
/// <param name="StandardError">What the agent's process wrote to standard error during the sample, cut at 16 KiB.</param>
/// <param name="Notes">What the runner noticed: stray lines on standard output, a restarted process, calls after the answer.</param>
public sealed record Trajectory(IReadOnlyList<Step> Steps, string StandardError, IReadOnlyList<string> Notes)
{
    public static readonly Trajectory Empty = new([], "", []);

    public IEnumerable<ToolCall> ToolCalls => Steps.OfType<ToolCall>();

    /// <summary>Those that are witnessed: what only the agent's spans tell of is left to <see cref="Steps"/>.</summary>
    public IEnumerable<ModelCall> ModelCalls => Steps.OfType<ModelCall>().Where(c => !c.OnlySpansTell);

    public IEnumerable<UpstreamCall> UpstreamCalls => Steps.OfType<UpstreamCall>();
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ModelCall), "model")]
[JsonDerivedType(typeof(ToolCall), "tool")]
[JsonDerivedType(typeof(UpstreamCall), "upstream")]
public abstract record Step
{
    /// <summary>Of an evaluation: our gateway saw nothing of it, the agent's own spans alone tell it. So it is the agent's word.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OnlySpansTell { get; init; }
}

/// <summary>One request to a model and what came back.</summary>
/// <param name="Status">HTTP status that the agent saw.</param>
/// <param name="Replayed">Whether the answer came from a recording.</param>
/// <param name="Fault">Why the world, not the agent, is to blame for this call's failure; null when it answered.</param>
/// <param name="Refusal">Why the provider refused the request itself (`context_length`, `content_policy`, `unknown_model`, `bad_request`); null if it did not.</param>
public sealed record ModelCall(
    string Provider, string Model, string? ServedModel, int Status, bool Replayed, TimeSpan Latency,
    long InputTokens, long OutputTokens, decimal? CostUsd, string? FinishReason, string? Fault, string? Refusal = null) : Step;

/// <summary>A tool that a model asked for.</summary>
/// <param name="Arguments">As the model wrote them, when they parse as JSON.</param>
/// <param name="Result">What the agent sent back to the model; null if it never did.</param>
public sealed record ToolCall(string Name, JsonElement Arguments, string? Result) : Step;

/// <summary>One request to a service other than a model, by way of the gateway.</summary>
/// <param name="Upstream">The variable by which the agent knows its address.</param>
/// <param name="Path">Below the upstream's address, without the query.</param>
/// <param name="Status">HTTP status that the agent saw.</param>
/// <param name="Fault">Why the world, not the agent, is to blame for this call's failure; null when it answered.</param>
public sealed record UpstreamCall(
    string Upstream, string Method, string Host, string Path, int Status, bool Replayed, TimeSpan Latency, string? Fault) : Step;
