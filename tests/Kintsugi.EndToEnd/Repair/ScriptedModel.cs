using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>One use of a tool that a script asks for; without a name, words alone.</summary>
/// <param name="Arguments">As they go over the wire, JSON or not.</param>
internal sealed record Move(string Tool, string Arguments)
{
    public static Move Of(string tool, object arguments) => new(tool, JsonSerializer.Serialize(arguments));

    public static Move Says(string words) => new("", words);

    /// <summary>Why the answer ends, in the vendor's words; null for what fits the move.</summary>
    public string? End { get; init; }
}

/// <summary>A service on loopback that answers in a vendor's format as a script says: what a model would do, and no model's result.</summary>
internal sealed class ScriptedModel : IAsyncDisposable
{
    private readonly ConcurrentQueue<JsonObject> _requests = new();
    private WebApplication _service = null!;

    private ScriptedModel()
    {
    }

    /// <summary>What was asked, in order.</summary>
    public IReadOnlyList<JsonObject> Requests => [.. _requests];

    /// <summary>Answers with this status as long as it is set.</summary>
    public int? Down { get; set; }

    /// <summary>The body of such an answer.</summary>
    public string Words { get; set; } = """{"error":{"message":"overloaded","type":"overloaded_error"}}""";

    /// <summary>What it says that a question took.</summary>
    public int PromptTokens { get; set; } = 100;

    public string Url => $"{_service.Urls.Single()}/v1";

    public string AnthropicUrl => _service.Urls.Single();

    /// <param name="script">From the moves that the conversation has behind it to the next one.</param>
    public static async Task<ScriptedModel> StartAsync(Func<Turn, Task<Move>> script)
    {
        var model = new ScriptedModel();
        model._service = await LoopbackService.StartAsync(context => model.AnswerAsync(context, script));
        return model;
    }

    public static Task<ScriptedModel> StartAsync(params Move[] script) => StartAsync(turn => Task.FromResult(script[Math.Min(turn.Number, script.Length - 1)]));

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, Func<Turn, Task<Move>> script)
    {
        var asked = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;
        _requests.Enqueue(asked);
        context.Response.ContentType = "application/json";
        if (Down is { } status)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(Words);
            return;
        }
        var messages = context.Request.Path.Value!.EndsWith("/messages", StringComparison.Ordinal);
        var behind = asked["messages"]!.AsArray().Count(m => m!["role"]!.GetValue<string>() == "assistant");
        var move = await script(new Turn(behind, asked.ToJsonString()));
        await context.Response.WriteAsync((messages ? InMessages(move, behind) : InChat(move, behind, PromptTokens)).ToJsonString());
    }

    private static JsonObject InChat(Move move, int number, int promptTokens)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = move.Tool.Length == 0 ? move.Arguments : "I look further." };
        if (move.Tool.Length > 0)
        {
            message["tool_calls"] = new JsonArray(new JsonObject
            {
                ["id"] = $"call_{number}",
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = move.Tool, ["arguments"] = move.Arguments },
            });
        }
        return new JsonObject
        {
            ["id"] = "c",
            ["object"] = "chat.completion",
            ["created"] = 1,
            ["model"] = "scripted-1",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = move.End ?? (move.Tool.Length == 0 ? "stop" : "tool_calls") }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = promptTokens, ["completion_tokens"] = 20, ["total_tokens"] = promptTokens + 20 },
        };
    }

    private static JsonObject InMessages(Move move, int number) => new()
    {
        ["id"] = "m",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = "scripted-1",
        ["content"] = new JsonArray(move.Tool.Length == 0
            ? new JsonObject { ["type"] = "text", ["text"] = move.Arguments }
            : new JsonObject { ["type"] = "tool_use", ["id"] = $"call_{number}", ["name"] = move.Tool, ["input"] = JsonNode.Parse(move.Arguments) }),
        ["stop_reason"] = move.End ?? (move.Tool.Length == 0 ? "end_turn" : "tool_use"),
        ["usage"] = new JsonObject { ["input_tokens"] = 100, ["output_tokens"] = 20 },
    };
}

/// <param name="Number">Answers that this conversation has behind it.</param>
/// <param name="Asked">The whole request.</param>
internal sealed record Turn(int Number, string Asked);
