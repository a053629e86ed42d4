using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kintsugi.Sandbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>The only way out of a build: an HTTP proxy that lets through what `build.network` names and adds the credentials of its registries.</summary>
/// <remarks>
/// `CONNECT` makes a tunnel that nobody looks into, so it can be given no credential. A registry that wants one is served at
/// `/registry/N/` of the proxy itself, in plain HTTP that does not leave the sandbox.
/// </remarks>
public sealed class BuildProxy : IAsyncDisposable
{
    internal const string AddLine = "add it under build.network";

    private const long LongestRequestBytes = 64L << 20;
    private const int MostConnections = 256;

    private readonly ProxyRelay _relay;
    private readonly ProxyTunnel _tunnel;
    private readonly ProxyForward _forward;
    private readonly BuildNetwork _network;
    private WebApplication? _application;
    private Task _started = Task.CompletedTask;

    /// <param name="environment">The host's variables, for the headers of registries.</param>
    /// <exception cref="BadFileException">A variable that a header needs is not set.</exception>
    public BuildProxy(BuildNetwork network, Func<string, string?> environment, TimeProvider clock)
        : this(network, environment, clock, Dns.GetHostAddressesAsync, mostBytes: 8L << 30, longestSilence: TimeSpan.FromMinutes(2))
    {
    }

    internal BuildProxy(
        BuildNetwork network, Func<string, string?> environment, TimeProvider clock,
        Func<string, CancellationToken, Task<IPAddress[]>> resolve, long mostBytes, TimeSpan longestSilence)
    {
        var outward = new OutwardConnections(resolve);
        _relay = new ProxyRelay(mostBytes, longestSilence, clock);
        _tunnel = new ProxyTunnel(network, outward, _relay, Use);
        _forward = new ProxyForward(network, environment, outward, _relay, Use);
        _network = network;
    }

    /// <summary>What was refused and what failed so far.</summary>
    public BuildProxyUse Use { get; } = new();

    /// <summary>Whether the build moved more bytes than it may, and was cut off.</summary>
    public bool IsSpent => _relay.IsSpent;

    /// <summary>What tells the programs of a build about the proxy and its registries.</summary>
    public IReadOnlyDictionary<string, string> Variables
    {
        get
        {
            var proxy = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxRequest.GatewayPort}");
            var variables = new Dictionary<string, string>();
            foreach (var name in (ReadOnlySpan<string>)["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "npm_config_proxy", "npm_config_https_proxy", "PIP_PROXY"])
                variables[name] = proxy;
            foreach (var name in (ReadOnlySpan<string>)["NO_PROXY", "no_proxy"]) variables[name] = "localhost,127.0.0.1";
            for (var n = 1; n <= _network.Registries.Count; n++) variables[string.Create(CultureInfo.InvariantCulture, $"KINTSUGI_REGISTRY_{n}")] = $"{proxy}/registry/{n}";
            return variables;
        }
    }

    /// <summary>Begins to serve; once.</summary>
    /// <param name="listening">A listening TCP socket, owned by the proxy from now on.</param>
    public void Serve(Socket listening)
    {
        // The empty builder reads no settings file of the working directory and no ASPNETCORE_ variable: both may be a stranger's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.CreateBoundListenSocket = _ => listening).ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = LongestRequestBytes;
            options.Limits.MaxConcurrentConnections = MostConnections;
            options.Listen(listening.LocalEndPoint!, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => ServeAsync(connection, next));
            });
        });
        _application = builder.Build();
        _application.Run(_forward.ServeAsync);
        _started = _application.StartAsync();
    }

    /// <summary>Notes a name whose address the build wanted to know: inside, nobody can tell it, and a program that uses the proxy does not ask.</summary>
    public void Asked(string name)
    {
        if (!name.Contains('.', StringComparison.Ordinal)) return; // its own host, or a search domain's first try
        if (_network.Hosts.Any(h => h.Allows(name, h.Port ?? 443))) Use.AskDirectly(name);
        else Use.Block(name, AddLine);
    }

    public async ValueTask DisposeAsync()
    {
        await _started;
        if (_application is not null) await _application.DisposeAsync();
        _forward.Dispose();
    }

    /// <summary>A host as it is compared: lower case, without brackets and the root's dot.</summary>
    internal static string Plain(string host) => host.Trim('[', ']').TrimEnd('.').ToLowerInvariant();

    /// <summary>A host as build.network would write it.</summary>
    internal static string Shown(string host, int port)
    {
        var name = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        return port is 80 or 443 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{port}");
    }

    internal static string Refusal(string host) =>
        $"Blocked by the build's proxy: {host} is not listed. Add it to kintsugi.yaml: build: {{ network: [\"{host}\"] }}\n";

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await ProxyTunnel.IsAskedForAsync(connection.Transport.Input, connection.ConnectionClosed)) await _tunnel.ServeAsync(connection);
        else await next(connection);
    }
}
