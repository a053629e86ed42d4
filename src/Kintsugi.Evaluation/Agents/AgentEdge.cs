using Kintsugi.Models;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Upstreams;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Otlp;
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
    private readonly SpanHabit _habit = new();
    private readonly SemaphoreSlim _starting = new(1);
    private WebApplication? _application;

    /// <summary>Makes room for one agent process.</summary>
    /// <param name="gateway">What answers the model calls that arrive there.</param>
    public async Task<AgentSeat> OpenSeatAsync(ModelGateway gateway, CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        return new AgentSeat(gateway, _listener.Accepted, _habit, clock);
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
        application.UseWhen(IsOfSpans, spans => spans.Use(CountWhileTold));
        application.UseWhen(context => !IsOfSpans(context), asked => asked.Use(CountWhileAsked));
        OtlpEndpoints.Map(application, context => context.Features.Get<AgentSeat.Told>()?.Otlp);
        LangSmithEndpoints.MapWrites(application, context => context.Features.Get<AgentSeat.Told>()?.LangSmith);
        GatewayEndpoints.Map(application, SeatOf);
        UpstreamEndpoints.Map(application, upstreams, context => context.Features.Get<SampleCalls>());
        return application;
    }

    private static GatewaySeat? SeatOf(HttpContext context) =>
        context.Features.Get<AgentSeat>() is { } seat && context.Features.Get<SampleCalls>() is { } calls
            ? new GatewaySeat(seat.Gateway, calls)
            : null;

    private static bool IsOfSpans(HttpContext context)
    {
        foreach (var path in (string[])["/v1/traces", "/v1/logs", "/v1/metrics", "/info", "/runs", "/feedback"])
            if (context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal)) return true;
        return false;
    }

    // Not among what a sample waits for: an agent that is slow to send its spans would be excused for being late.
    private static async Task CountWhileTold(HttpContext context, RequestDelegate next)
    {
        var told = context.Features.Get<AgentSeat>()?.TellFor(context.Request.Headers);
        if (told is null)
        {
            await next(context);
            return;
        }
        context.Features.Set(told);
        using (told.Spans.Begin()) await next(context);
    }

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
