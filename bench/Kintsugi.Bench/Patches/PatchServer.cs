using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Bench.Patches;

/// <summary>The model service of planted patches: tells a coding agent's command which files to leave, and a model that is to work with tools nothing.</summary>
public sealed class PatchServer : IAsyncDisposable
{
    private readonly Dictionary<string, PlantedPatch> _next = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private WebApplication _app = null!;

    private PatchServer()
    {
    }

    public static async Task<PatchServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new PatchServer();
        server._app = await LoopbackService.StartAsync(server.AnswerAsync, cancellationToken);
        return server;
    }

    /// <summary>Each repository has its own address: two are healed at once.</summary>
    public string UrlOf(string repository) => $"{_app.Urls.Single()}/{repository}/v1";

    public void Hand(string repository, PlantedPatch patch)
    {
        lock (_lock) _next[repository] = patch;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var asked = await reader.ReadToEndAsync(context.RequestAborted);
        PlantedPatch patch;
        lock (_lock) patch = _next[context.Request.Path.Value!.Split('/')[1]];
        var words = asked.Contains("which files?", StringComparison.Ordinal) ? JsonSerializer.Serialize(patch.Files) : "I leave it to others.";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(new JsonObject
        {
            ["id"] = "c",
            ["object"] = "chat.completion",
            ["created"] = 1,
            ["model"] = "hands-1",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = words }, ["finish_reason"] = "stop" }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = 10, ["completion_tokens"] = 10, ["total_tokens"] = 20 },
        }.ToJsonString(), context.RequestAborted);
    }
}
