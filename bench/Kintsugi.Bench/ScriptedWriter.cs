using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Bench;

/// <summary>One use of a tool that a script asks for.</summary>
public sealed record WriterMove(string Tool, JsonObject Arguments);

/// <summary>A service on loopback that answers in OpenAI's format what a script says, as a model that writes repairs would.</summary>
public sealed class ScriptedWriter : IAsyncDisposable
{
    private readonly Func<int, int, WriterMove> _script;
    private readonly Lock _lock = new();
    private readonly HashSet<(int Attempt, int Turn)> _asked = [];
    private WebApplication _service = null!;

    private ScriptedWriter(Func<int, int, WriterMove> script) => _script = script;

    /// <summary>What role `repair` is routed to.</summary>
    public string Url => $"{_service.Urls.Single()}/v1";

    /// <summary>Questions that came in.</summary>
    public int Questions { get; private set; }

    /// <summary>Called at a question that was not asked before, in place of an answer; null answers all.</summary>
    public Action? InPlaceOfTheFirst { get; set; }

    /// <param name="script">From the writings that came before this one and the answers that it has had, both from 0, to the next move.</param>
    public static async Task<ScriptedWriter> StartAsync(Func<int, int, WriterMove> script, CancellationToken cancellationToken)
    {
        var writer = new ScriptedWriter(script);
        writer._service = await LoopbackService.StartAsync(writer.AnswerAsync, cancellationToken);
        return writer;
    }

    /// <summary>Forgets what was asked.</summary>
    public void Reset()
    {
        _asked.Clear();
        Questions = 0;
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var asked = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;
        var messages = asked["messages"]!.AsArray();
        var turn = messages.Count(m => m!["role"]!.GetValue<string>() == "assistant");
        var before = JsonNode.Parse(Text(messages[1]!["content"]!))!["earlier_attempts"]!.AsArray().Count(a => a!["strategy"]!.GetValue<string>() == "rewrite");
        lock (_lock)
        {
            Questions++;
            if (_asked.Add((before, turn)) && InPlaceOfTheFirst is { } act)
            {
                act();
                context.Abort();
                return;
            }
        }
        var move = _script(before, turn);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(new JsonObject
        {
            ["id"] = "c",
            ["object"] = "chat.completion",
            ["created"] = 1,
            ["model"] = "scripted-1",
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["finish_reason"] = "tool_calls",
                ["message"] = new JsonObject
                {
                    ["role"] = "assistant",
                    ["content"] = "I look further.",
                    ["tool_calls"] = new JsonArray(new JsonObject
                    {
                        ["id"] = $"call_{turn}",
                        ["type"] = "function",
                        ["function"] = new JsonObject { ["name"] = move.Tool, ["arguments"] = move.Arguments.ToJsonString() },
                    }),
                },
            }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = 100, ["completion_tokens"] = 20, ["total_tokens"] = 120 },
        }.ToJsonString());
    }

    /// <summary>A message's words, which stand alone or in parts.</summary>
    private static string Text(JsonNode content) => content is JsonArray parts ? string.Concat(parts.Select(p => p!["text"]!.GetValue<string>())) : content.GetValue<string>();
}
