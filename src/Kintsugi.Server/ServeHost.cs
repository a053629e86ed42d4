using System.Security.Cryptography;
using System.Text;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kintsugi.Server;

/// <summary>Takes traces over TCP until it is disposed.</summary>
public sealed class ServeHost : IAsyncDisposable
{
    /// <summary>What requests under way may take together, so that the whole stays well under 300 MB.</summary>
    private const long MostBytesUnderWay = 16L << 20;

    private const int MostConnections = 1_000;

    /// <summary>What a connection, or a stream of one, may have sent that nobody has read yet.</summary>
    private const int MostUnread = 64 << 10;

    /// <summary>gRPC holds a message whole before we see it, so few are let in at a time.</summary>
    private const int MostCalls = 4;

    private const int MostStreams = 4;

    /// <summary>As large as gRPC receivers take unless told otherwise, OpenTelemetry's Collector among them.</summary>
    private const int LargestMessage = 4 << 20;

    private readonly WebApplication _application;
    private readonly SpanIntake _intake;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _housekeeping;

    private ServeHost(WebApplication application, SpanIntake intake, SpanHousekeeping housekeeping)
    {
        (_application, _intake) = (application, intake);
        _housekeeping = housekeeping.RunAsync(_stop.Token);
        Http = new Uri(application.Urls.First()); // in the order in which they were bound
        Grpc = new Uri(application.Urls.Last());
    }

    public Uri Http { get; }

    public Uri Grpc { get; }

    /// <summary>Listens on the ports of <paramref name="settings"/>.</summary>
    /// <param name="store">It stays the caller's.</param>
    /// <param name="langSmith">Null serves no API of LangSmith's.</param>
    /// <param name="alarms">Null watches for no alarms.</param>
    /// <param name="failed">Told of what goes wrong beside requests.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<ServeHost> StartAsync(
        ServeSettings settings, ISpanStore store, LangSmithPlace? langSmith, AlarmPlace? alarms, TimeProvider clock, Action<string> failed, CancellationToken cancellationToken)
    {
        var intake = new SpanIntake(store);
        var memory = new IngestMemory(MostBytesUnderWay);
        var ingest = new OtlpIngest(intake, memory, settings.Redaction);
        var api = langSmith is null ? null : new LangSmithApi(langSmith.Traces, intake, store, memory, settings.Redaction, clock, langSmith.Evaluated);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.MaxReadBufferSize = MostUnread).ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = OtlpEndpoints.MostBytes;
            options.Limits.MaxConcurrentConnections = MostConnections;
            options.Limits.MaxRequestBufferSize = MostUnread;
            options.Limits.Http2.MaxStreamsPerConnection = MostStreams;
            options.Limits.Http2.InitialStreamWindowSize = MostUnread;
            options.Limits.Http2.InitialConnectionWindowSize = MostStreams * MostUnread; // or calls that wait for their turn would hold up the one whose turn it is
            options.Listen(settings.Address, settings.HttpPort, listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(settings.Address, settings.GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(_ => ingest); // by a function, so that it is disposed with the application
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = LargestMessage);
        var application = builder.Build();
        application.Use((context, next) => WatchedAsync(context, next, failed));
        if (settings.Key is { } key) application.Use((context, next) => AllowAsync(context, next, key));
        var calls = new SemaphoreSlim(MostCalls);
        application.Use((context, next) => InTurnAsync(context, next, calls));
        OtlpEndpoints.Map(application, ingest);
        OtlpGrpc.Map(application);
        if (api is not null) LangSmithEndpoints.Map(application, api);
        if (settings.Webhooks is { } webhooks) WebhookEndpoints.Map(application, webhooks);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            await intake.DisposeAsync();
            throw;
        }
        return new ServeHost(application, intake, new SpanHousekeeping(store, api, alarms is null ? null : new AlarmWatch(store, intake.Arrived, alarms, clock, failed), settings.Retention, clock, failed));
    }

    /// <summary>Takes no more requests, writes what was taken, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _application.DisposeAsync();
        await _intake.DisposeAsync();
        await _housekeeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static async Task WatchedAsync(HttpContext context, RequestDelegate next, Action<string> failed)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            failed($"{context.Request.Method} {Storage.Shown.Word(context.Request.Path)}: {e}"); // a fault of ours: the sender is told no more than that
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private static async Task InTurnAsync(HttpContext context, RequestDelegate next, SemaphoreSlim calls)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            await next(context);
            return;
        }
        await calls.WaitAsync(context.RequestAborted);
        try
        {
            await next(context);
        }
        finally
        {
            calls.Release();
        }
    }

    private static Task AllowAsync(HttpContext context, RequestDelegate next, string key)
    {
        if (context.Request.Path.StartsWithSegments(WebhookEndpoints.Root, StringComparison.Ordinal)) return next(context); // a forge signs what it sends
        var shown = context.Request.Headers["x-api-key"].ToString();
        if (shown.Length == 0 && context.Request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) shown = header["Bearer ".Length..];
        if (CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(key)))) return next(context);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }
}
