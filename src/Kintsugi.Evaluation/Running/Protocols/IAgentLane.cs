using System.Globalization;
using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Models;
using Kintsugi.Models.Upstreams;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>One of the parallel places in which an agent answers; each protocol has its own.</summary>
internal interface IAgentLane : IAsyncDisposable
{
    /// <summary>Puts one sample to the agent. Whatever the agent does is in the reply.</summary>
    /// <exception cref="AgentStartException">The agent does not start at all.</exception>
    /// <exception cref="Sandbox.SandboxUnavailableException">The sandbox cannot be started.</exception>
    Task<Reply> AskAsync(Ask ask, CancellationToken cancellationToken);
}

/// <summary>A sample x epoch on its way to the agent.</summary>
internal sealed record Ask(Sample Sample, int Epoch, SampleCalls Calls, SampleSpans Spans);

/// <summary>What came of it. Exactly one of output, error, world fault and <paramref name="Again"/> is there.</summary>
/// <param name="WorldFault">What of the world kept the agent from answering.</param>
/// <param name="Again">Another sample brought the process down: this one must be put once more, alone.</param>
internal sealed record Reply(
    JsonElement? Output, AgentError? Error, string? WorldFault, bool Again, string StandardError, IReadOnlyList<string> Notes)
{
    /// <summary>Hosts that the sandbox kept from the process, in this sample or before it.</summary>
    public IReadOnlyList<string> BlockedHosts { get; init; } = [];

    public static Reply Of(JsonElement output) => new(output, null, null, false, "", []);

    public static Reply Of(AgentError error) => new(null, error, null, false, "", []);

    public static Reply OfWorld(string fault) => new(null, null, fault, false, "", []);

    /// <summary>The sample's time was over while the outside owed an answer.</summary>
    /// <param name="path">Of the gateway, as the agent asked it.</param>
    public static Reply OfUnanswered(TimeSpan waited, string path, AgentDefinition agent)
    {
        var upstream = agent.Upstreams.FirstOrDefault(u => u.Name == UpstreamEndpoints.UpstreamOf(path));
        var who = upstream is null ? "A model" : $"The upstream {upstream}";
        return OfWorld(string.Create(CultureInfo.InvariantCulture, $"{who} had not answered for {waited.TotalSeconds:0} s when the sample's time was over."));
    }
}

/// <summary>The agent does not start, so that no sample says anything: a fact about this version, not about the world.</summary>
/// <param name="reason">How it ended and its last words.</param>
internal sealed class AgentStartException(string reason) : Exception(reason);
