using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Models.Upstreams;
using Kintsugi.Sandbox;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Starts processes of one version of an agent.</summary>
internal sealed class AgentLaunch(ISandbox sandbox, AgentDefinition agent, LaidOutVersion version, TimeProvider clock)
{
    private const int ServedPort = 8000; // anything but the gateway's; the process has a network of its own

    /// <summary>Whether the process shares the host's network, so that ports must be free ones of the host.</summary>
    public bool SharesNetwork => sandbox.Isolation.Tier == "E";

    public AgentDefinition Agent => agent;

    public TimeProvider Clock => clock;

    /// <param name="serves">Whether it shall serve HTTP on the port that its environment names.</param>
    public async Task<AgentProcess> StartAsync(AgentSeat seat, bool serves, CancellationToken cancellationToken)
    {
        var refused = new RefusedHosts();
        int? port = serves ? SharesNetwork ? FreePort() : ServedPort : null;
        var request = new SandboxRequest
        {
            // No `exec` before it: the line may be a compound one, and a shell does it by itself for the last command.
            Command = ["/bin/sh", "-c", agent.Run ?? throw new InvalidOperationException("The agent has no `run`.")],
            Workspace = new Workspace(version.Layers, version.MountAt),
            WorkingDirectory = version.AgentPath,
            Environment = Environment(seat, port),
            Gateway = seat.Accept,
            Blocked = host => Note(host, refused),
            ServesOn = port,
            Limits = new SandboxLimits(MemoryBytes: agent.MemoryBytes),
        };
        return new AgentProcess(await sandbox.StartAsync(request, cancellationToken), refused, clock);
    }

    private void Note(string host, RefusedHosts refused)
    {
        if (!agent.Sandbox.Unreachable.Contains(host)) refused.Add(host);
    }

    private Dictionary<string, string> Environment(AgentSeat seat, int? port)
    {
        var variables = new Dictionary<string, string>([.. version.Variables.Where(v => !agent.Environment.ContainsKey(v.Key)), .. agent.Environment]);
        foreach (var (name, value) in seat.SpanVariables(variables)) variables[name] = value;
        foreach (var (name, value) in seat.ModelVariables) variables[name] = value;
        foreach (var upstream in agent.Upstreams) variables[upstream.Name] = seat.Root + UpstreamEndpoints.PathOf(upstream.Name);
        if (port is not null) variables["PORT"] = port.Value.ToString(CultureInfo.InvariantCulture);
        return variables;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
