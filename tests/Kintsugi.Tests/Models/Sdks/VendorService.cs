using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>A vendor on loopback that answers every question rightly, and misbehaves where the question orders it.</summary>
/// <remarks>
/// The order stands before the question: `[429 500 ok] hello` is refused, fails and is then answered. The last word stays. So any number of questions can be asked at once,
/// each with its own trouble, by clients that know nothing of it.
/// </remarks>
internal sealed class VendorService : IAsyncDisposable
{
    public const string Key = "sk-of-the-vendor-0123456789";

    private readonly WebApplication _app;
    private readonly bool _isAnthropic;
    private readonly bool _obeys;
    private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _hungUp = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _arrived = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _elsewhere = new();
    private int _requests;

    private VendorService(WebApplication app, bool isAnthropic, bool obeys) => (_app, _isAnthropic, _obeys) = (app, isAnthropic, obeys);

    public Uri Url => new(_isAnthropic ? _app.Urls.Single() : $"{_app.Urls.Single()}/v1");

    /// <summary>All that came, well-formed or not.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>What followed a redirect, which nothing may.</summary>
    public IReadOnlyCollection<string> Elsewhere => _elsewhere;

    /// <param name="obeys">Whether it misbehaves at all.</param>
    public static async Task<VendorService> StartAsync(bool isAnthropic, bool obeys)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var service = new VendorService(app, isAnthropic, obeys);
        app.Run(service.ServeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    /// <summary>How often this question came.</summary>
    public int Asked(string text) => _asked.GetValueOrDefault(text);

    /// <summary>Ends when the connection is closed on which this question is not being answered.</summary>
    public Task HungUpAsync(string text) => Event(_hungUp, text).Task;

    /// <summary>Answers once this question has come and is not being answered: a client that then hangs up has asked.</summary>
    public Uri ArrivalOf(string text) => new($"{_app.Urls.Single()}/arrived?text={Uri.EscapeDataString(text)}");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static TaskCompletionSource Event(ConcurrentDictionary<string, TaskCompletionSource> events, string text) =>
        events.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task ServeAsync(HttpContext context)
    {
        if (context.Request.Path == "/arrived")
        {
            await Event(_arrived, context.Request.Query["text"].ToString()).Task.WaitAsync(context.RequestAborted);
            return;
        }
        Interlocked.Increment(ref _requests);
        var path = context.Request.Path.Value!;
        if (path == "/elsewhere") _elsewhere.Enqueue(path);
        if (!IsAuthorized(context.Request.Headers))
        {
            await RefuseAsync(context, 401, "authentication_error", "The key or the version header is missing.");
            return;
        }
        if (path == "/v1/models")
        {
            await SendAsync(context, 200, VendorWire.Json(VendorWire.List(_isAnthropic)));
            return;
        }
        VendorQuestion question;
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            question = VendorQuestion.Read(path, body.RootElement);
        }
        catch (Exception e) when (e is BadQuestionException or KeyNotFoundException or InvalidOperationException or FormatException or JsonException)
        {
            await RefuseAsync(context, 400, "invalid_request_error", $"The stub cannot read this: {e.Message}");
            return;
        }
        var asked = _asked.AddOrUpdate(question.Text, 1, (_, n) => n + 1);
        var order = _obeys ? Order(question.Text, asked) : "ok";
        if (order == "ok" && question.Model is not ("stub-1" or "stub-1-mini")) order = "404";
        await ObeyAsync(context, order, path, question);
    }

    private bool IsAuthorized(IHeaderDictionary headers) => _isAnthropic
        ? headers["x-api-key"] == Key && headers.ContainsKey("anthropic-version")
        : headers.Authorization == $"Bearer {Key}";

    private static string Order(string text, int asked)
    {
        if (!text.StartsWith('[')) return "ok";
        var words = text[1..text.IndexOf(']', StringComparison.Ordinal)].Split(' ');
        return words[Math.Min(asked, words.Length) - 1];
    }

    private async Task ObeyAsync(HttpContext context, string order, string path, VendorQuestion question)
    {
        var reply = VendorReply.Of(question);
        string[] parts = question.IsStreamed ? [.. VendorWire.Events(path, question, reply)] : [VendorWire.Json(VendorWire.Whole(path, question, reply))];
        var headers = context.Response.Headers;
        switch (order)
        {
            case "ok":
                await SendPartsAsync(context, question, parts);
                break;
            case "drip":
                await DripAsync(context, question, string.Concat(parts));
                break;
            case "crlf":
                await SendPartsAsync(context, question, [": hello\r\n\r\n", .. parts.Select(part => part.Replace("\n", "\r\n", StringComparison.Ordinal))]);
                break;
            case "large":
                await SendAsync(context, 200, VendorWire.Json(VendorWire.Whole(path, question, new VendorReply(LongText, [], "stop"))));
                break;
            case "too-large":
                await SendAsync(context, 200, VendorWire.Json(VendorWire.Whole(path, question, new VendorReply(LongText + LongText, [], "stop"))));
                break;
            case "429":
                await RefuseAsync(context, 429, "rate_limit_error", "Rate limit reached");
                break;
            case "429-after":
                headers.RetryAfter = "1";
                await RefuseAsync(context, 429, "rate_limit_error", "Rate limit reached");
                break;
            case "429-ms":
                headers["retry-after-ms"] = "50";
                await RefuseAsync(context, 429, "rate_limit_error", "Rate limit reached");
                break;
            case "500":
                await RefuseAsync(context, 500, _isAnthropic ? "api_error" : "server_error", "The server had an error");
                break;
            case "529":
                await RefuseAsync(context, 529, "overloaded_error", "Overloaded");
                break;
            case "401":
                await RefuseAsync(context, 401, _isAnthropic ? "authentication_error" : "invalid_request_error", $"Incorrect API key provided: {Key}.", "invalid_api_key");
                break;
            case "400":
                await RefuseAsync(
                    context, 400, "invalid_request_error", _isAnthropic ? "prompt is too long: 200001 tokens > 200000 maximum" : "This model's maximum context length is 8192 tokens.",
                    "context_length_exceeded");
                break;
            case "404":
                await RefuseAsync(
                    context, 404, _isAnthropic ? "not_found_error" : "invalid_request_error", _isAnthropic ? $"model: {question.Model}" : $"The model `{question.Model}` does not exist or you do not have access to it.",
                    "model_not_found");
                break;
            case "html":
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html><body>Welcome to the captive portal</body></html>", context.RequestAborted);
                break;
            case "garbage":
                await SendAsync(context, 200, "[1, 2, \"nothing of the format\"");
                break;
            case "redirect":
                context.Response.Redirect("/elsewhere");
                break;
            case "stall":
                await StallAsync(context, question);
                break;
            case "cut":
                context.Abort();
                break;
            case "half":
                await HalfAsync(context, question, parts);
                throw Broken();
            case "half-end":
                await HalfAsync(context, question, parts);
                break;
            case "half-event":
                await HalfAsync(context, question, [string.Concat(parts)]);
                throw Broken();
            case "half-stall":
                await HalfAsync(context, question, parts);
                await StallAsync(context, question);
                break;
            case "half-error":
                await HalfAsync(context, question, parts);
                await context.Response.WriteAsync(VendorWire.ErrorEvent(path), context.RequestAborted);
                break;
            default:
                throw new InvalidOperationException($"'{order}' is no order.");
        }
    }

    /// <summary>The server then closes the connection without an end of the answer, and all that was sent arrives; an abort could overtake it.</summary>
    private static IOException Broken() => new("The stub breaks off.");

    /// <summary>As much as a large answer may hold, short of 10 MiB with what surrounds it.</summary>
    public static string LongText { get; } = new('x', 10_000_000);

    private async Task StallAsync(HttpContext context, VendorQuestion question)
    {
        var gone = Event(_hungUp, question.Text);
        await using var registration = context.RequestAborted.Register(() => gone.TrySetResult());
        Event(_arrived, question.Text).TrySetResult();
        await gone.Task;
    }

    private static async Task HalfAsync(HttpContext context, VendorQuestion question, string[] parts)
    {
        var all = string.Concat(parts);
        var half = parts.Length > 1 ? string.Concat(parts[..(parts.Length - 4)]) : all[..(all.Length / 2)];
        context.Response.ContentType = Type(question);
        await context.Response.WriteAsync(half, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static async Task DripAsync(HttpContext context, VendorQuestion question, string all)
    {
        context.Response.ContentType = Type(question);
        foreach (var one in Encoding.UTF8.GetBytes(all))
        {
            await context.Response.Body.WriteAsync(new[] { one }, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task SendPartsAsync(HttpContext context, VendorQuestion question, string[] parts)
    {
        context.Response.ContentType = Type(question);
        foreach (var part in parts)
        {
            await context.Response.WriteAsync(part, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private Task RefuseAsync(HttpContext context, int status, string type, string message, string? code = null) =>
        SendAsync(context, status, VendorWire.Json(VendorWire.Error(_isAnthropic, status, type, message, code)));

    private static async Task SendAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json, context.RequestAborted);
    }

    private static string Type(VendorQuestion question) => question.IsStreamed ? "text/event-stream; charset=utf-8" : "application/json";
}
