using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Tests.Models;

/// <summary>A service in the OpenAI format on loopback that behaves as it is told, one behaviour a request; the last one stays.</summary>
internal sealed class StubService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<RequestDelegate> _behaviours;
    private readonly ConcurrentQueue<StubRequest> _requests = new();

    private StubService(WebApplication app, IEnumerable<RequestDelegate> behaviours) => (_app, _behaviours) = (app, new(behaviours));

    /// <summary>Where a behaviour finds what it was asked, among the context's items.</summary>
    public const string BodyItem = "body";

    public IReadOnlyList<StubRequest> Requests => [.. _requests];

    public Uri Url => new($"{_app.Urls.Single()}/v1");

    public static async Task<StubService> StartAsync(params RequestDelegate[] behaviours)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var service = new StubService(app, behaviours);
        app.Run(service.ServeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        context.Items[BodyItem] = body;
        _requests.Enqueue(new StubRequest(
            context.Request.Method, context.Request.Path + context.Request.QueryString, context.Request.Headers.Authorization.ToString(),
            body, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        var behaviour = _behaviours.Count > 1 && _behaviours.TryDequeue(out var next) ? next : _behaviours.Last();
        await behaviour(context);
    }

    /// <summary>A whole answer with this text; 1,000 tokens in, 100 out.</summary>
    public static RequestDelegate Says(string text) => Json(200, Completion(text));

    public static string Completion(string text) =>
        $$"""
        {"id":"c1","object":"chat.completion","created":1,"model":"stub-1-2026","system_fingerprint":"fp_1","choices":[{"index":0,"message":{"role":"assistant","content":"{{text}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100} }
        """;

    public static RequestDelegate Json(int status, string body, string? retryAfter = null) => Raw(status, "application/json", Encoding.UTF8.GetBytes(body), retryAfter);

    public static RequestDelegate Fails(int status, string? retryAfter = null) => Json(status, """{"error":{"message":"no","type":"server_error","code":null}}""", retryAfter);

    public static RequestDelegate Raw(int status, string contentType, byte[] body, string? retryAfter = null) => async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    };

    /// <summary>Streams these pieces, each flushed; then ends, or breaks the connection.</summary>
    public static RequestDelegate Streams(bool breaks, params string[] pieces) => async context =>
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        foreach (var piece in pieces)
        {
            await context.Response.WriteAsync(piece, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
        if (breaks) context.Abort();
    };

    /// <summary>Never answers; tells when it was asked.</summary>
    public static RequestDelegate Stalls(TaskCompletionSource asked) => async context =>
    {
        var gone = new TaskCompletionSource();
        using var registration = context.RequestAborted.Register(gone.SetResult);
        asked.TrySetResult();
        await gone.Task;
    };

    /// <summary>Closes the connection within the headers or the body of the answer.</summary>
    public static RequestDelegate Breaks(bool withinBody) => async context =>
    {
        if (withinBody)
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("""{"choices":[""", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
        context.Abort();
    };
}

/// <param name="Target">As it came over the wire.</param>
internal sealed record StubRequest(
    string Method, string Path, string Authorization, string Body, string Target, IReadOnlyDictionary<string, string> Headers);
