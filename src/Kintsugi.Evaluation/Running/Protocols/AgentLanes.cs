using Kintsugi.Evaluation.Agents;
using Kintsugi.Models.Gateway;
using Kintsugi.Sandbox;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>All places in which one version of an agent answers during a run.</summary>
internal sealed class AgentLanes : IAsyncDisposable
{
    private const int FewestPrompts = 8; // nothing but waiting for a service: `processes` is about processes

    private readonly IReadOnlyList<IAgentLane> _lanes;
    private readonly int _inFlight;

    private AgentLanes(IReadOnlyList<IAgentLane> lanes, int inFlight)
    {
        _lanes = lanes;
        _inFlight = inFlight;
    }

    /// <summary>The lane of each worker. A lane appears as often as it takes samples in flight.</summary>
    /// <param name="alone">One sample in flight in each, whatever the agent could take.</param>
    public IReadOnlyList<IAgentLane> Places(bool alone) =>
        alone ? _lanes : [.. Enumerable.Range(0, _lanes.Count * _inFlight).Select(i => _lanes[i % _lanes.Count])];

    /// <param name="most">No more places than there are samples.</param>
    /// <exception cref="AgentStartException">What the version needs cannot be used.</exception>
    /// <exception cref="SandboxUnavailableException">There is no sandbox.</exception>
    public static async Task<AgentLanes> OpenAsync(
        EvalRequest request, Func<CancellationToken, Task<ISandbox>> openSandbox, AgentEdge edge, ModelGateway gateway, TimeProvider clock,
        int most, CancellationToken cancellationToken)
    {
        var agent = request.Agent;
        if (agent.Protocol == AgentProtocol.Prompt)
            return new AgentLanes([new PromptLane(agent, request.Version, gateway, clock)], Math.Max(FewestPrompts, agent.Processes * agent.InFlight));

        var launch = new AgentLaunch(await openSandbox(cancellationToken), agent, request.Version, clock);
        var start = new AgentStart();
        var lanes = new List<IAgentLane>();
        var opened = new AgentLanes(lanes, agent.Protocol == AgentProtocol.Exec ? 1 : Math.Max(1, agent.InFlight));
        try
        {
            for (var i = 0; i < Math.Clamp(agent.Processes, 1, Math.Max(1, most)); i++)
                lanes.Add(Open(agent, launch, await edge.OpenSeatAsync(gateway, cancellationToken), start, clock));
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes) await lane.DisposeAsync();
    }

    private static IAgentLane Open(AgentDefinition agent, AgentLaunch launch, AgentSeat seat, AgentStart start, TimeProvider clock) => agent.Protocol switch
    {
        AgentProtocol.Jsonl => new ProcessLane(
            seat, async token => new JsonlConversation(await launch.StartAsync(seat, serves: false, token), clock), start, agent, clock),
        AgentProtocol.Http => new ProcessLane(
            seat, async token => await HttpConversation.OpenAsync(await launch.StartAsync(seat, serves: true, token), start, agent.StartTimeout, clock, token),
            start, agent, clock),
        AgentProtocol.Exec => new ExecLane(launch, seat, start),
        _ => throw new InvalidOperationException($"No process speaks protocol {agent.Protocol}."),
    };
}
