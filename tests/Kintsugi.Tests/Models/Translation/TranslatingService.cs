using System.Net;
using System.Text;
using System.Text.Json;
using Kintsugi.Models;
using Kintsugi.Models.Translation;
using Kintsugi.Models.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Tests.Models;

/// <summary>A gateway on loopback that does nothing but translate: it reads a scripted answer in another dialect and sends it in the caller's.</summary>
internal sealed class TranslatingService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dialect _spoken;
    private readonly Queue<ModelAnswer> _script;
    private readonly List<JsonElement> _requests = [];

    private TranslatingService(WebApplication app, Dialect spoken, IEnumerable<ModelAnswer> script) => (_app, _spoken, _script) = (app, spoken, new(script));

    public Uri Url => new(_app.Urls.Single());

    /// <summary>What the provider was asked, in its dialect.</summary>
    public IReadOnlyList<JsonElement> Requests => _requests;

    public static async Task<TranslatingService> StartAsync(Dialect spoken, params ModelAnswer[] script)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var service = new TranslatingService(app, spoken, script);
        app.Run(service.ServeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    public static ModelAnswer Whole(string body, int status = 200) => new(status, "application/json", Encoding.UTF8.GetBytes(body));

    public static ModelAnswer Streamed(params string[] data) => new(200, "text/event-stream; charset=utf-8", Encoding.UTF8.GetBytes(Events(data)));

    /// <summary>Events as both vendors send them; names only where the data has a type.</summary>
    public static string Events(params IEnumerable<string> data) => string.Concat(data.Select(one =>
        one.StartsWith('{') && JsonElement.Parse(one).TryGetProperty("type", out var type) ? $"event: {type.GetString()}\ndata: {one}\n\n" : $"data: {one}\n\n"));

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var asked = context.Request.Path.Value switch { "/v1/chat/completions" => Dialect.Chat, "/v1/responses" => Dialect.Responses, _ => Dialect.Messages };
        ModelAnswer? whole;
        Translation? translation = null;
        try
        {
            translation = Translation.Of(new ModelRequest(context.Request.Path, body.ToArray()), asked, _spoken, Translations.MaxTokens);
            _requests.Add(JsonElement.Parse(translation.Request.Body.Span));
            whole = _script.Peek() is { Status: 200, ContentType: not "application/json" } ? null : translation.Back(_script.Dequeue());
        }
        catch (UntranslatableException e)
        {
            whole = asked == Dialect.Messages ? WireErrors.Anthropic(400, e.Message) : WireErrors.OpenAi(400, "untranslatable", e.Message);
        }
        context.Response.StatusCode = whole?.Status ?? 200;
        context.Response.ContentType = whole?.ContentType ?? "text/event-stream";
        if (whole is not null) await context.Response.Body.WriteAsync(whole.Body, context.RequestAborted);
        else await StreamAsync(context, translation!.OpenStream(), _script.Dequeue().Body);
    }

    /// <summary>In pieces of seven bytes, which break letters, lines and events.</summary>
    private static async Task StreamAsync(HttpContext context, StreamTranslation stream, ReadOnlyMemory<byte> answer)
    {
        foreach (var piece in answer.ToArray().Chunk(7)) await context.Response.Body.WriteAsync(stream.Next(piece), context.RequestAborted);
        await context.Response.Body.WriteAsync(stream.End(), context.RequestAborted);
    }
}
