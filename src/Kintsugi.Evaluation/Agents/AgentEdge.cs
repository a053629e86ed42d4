using Kintsugi.Models;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Upstreams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Where agents under evaluation meet the outside: one Kestrel that accepts from the socket of every agent process.</summary>
/// <remarks>
/// A connection is known by the socket that it came in by, so an agent needs no secret and cannot speak for another.
/// Kestrel is started with the first seat: an evaluation without processes needs none of it.
/// </remarks>
/// <param name="upstreams">What else agents here may reach. It stays the caller's.</param>
public sealed class AgentEdge(UpstreamGateway upstreams, TimeProvider clock) : IAsyncDisposable
{
    private const long LongestRequestBytes = 64L << 20;

    private readonly AgentEdgeListenerFactory _listener = new();
    private readonly SemaphoreSlim _starting = new(1);
    private WebApplication? _application;

    /// <summary>Makes room for one agent process.</summary>
    /// <param name="gateway">What answers the model calls that arrive there.</param>
    public async Task<AgentSeat> OpenSeatAsync(ModelGateway gateway, CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        return new AgentSeat(gateway, _listener.Accepted, clock);
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null) await _application.DisposeAsync();
        _starting.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_application is not null) return;
            var application = Build();
            await application.StartAsync(cancellationToken);
            _application = application;
        }
        finally
        {
            _starting.Release();
        }
    }

    private WebApplication Build()
    {
        // The empty builder reads no settings file of the working directory and no ASPNETCORE_ variable: both may be a stranger's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = LongestRequestBytes;
            options.Listen(AgentEdgeListenerFactory.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IConnectionListenerFactory>(_listener);
        var application = builder.Build();
        application.Use(CountWhileAsked);
        GatewayEndpoints.Map(application, SeatOf);
        UpstreamEndpoints.Map(application, upstreams, context => context.Features.Get<SampleCalls>());
        return application;
    }

    private static GatewaySeat? SeatOf(HttpContext context) =>
        context.Features.Get<AgentSeat>() is { } seat && context.Features.Get<SampleCalls>() is { } calls
            ? new GatewaySeat(seat.Gateway, calls)
            : null;

    // The sample is settled when the request arrives: an answer that takes long is still the call of the sample that asked.
    private static async Task CountWhileAsked(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<AgentSeat>() is not { } seat)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var calls = seat.CallsFor(context.Request.Headers);
        context.Features.Set(calls);
        var asked = seat.Enter(calls, context.Request.Path);
        try
        {
            await next(context);
        }
        finally
        {
            seat.Leave(asked);
        }
    }
}
