using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd.Tracing;

/// <summary>A model that speaks OpenAI's chat: asks for the first tool it is offered, once, and answers one sentence to all else. No two calls cost the same tokens.</summary>
internal sealed class CountedModel
{
    public const string Name = "gpt-4o-mini";
    public const string Served = "gpt-4o-mini-2024-07-18"; // a name whose tokens Traceloop knows how to count

    private int _calls;

    /// <summary>What was answered, in order, calls to the model `broken` apart.</summary>
    public ConcurrentQueue<(string Id, bool IsStreamed, int Input, int Output, string Finish)> Answers { get; } = new();

    public async Task AnswerAsync(HttpContext context)
    {
        var asked = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        context.Response.ContentType = "application/json";
        if ((string?)asked["model"] != Name)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsync("""{"error":{"message":"out of order","type":"server_error"}}""", context.RequestAborted);
            return;
        }
        var n = Interlocked.Increment(ref _calls);
        var isStreamed = (bool?)asked["stream"] ?? false;
        var wantsTool = asked["tools"] is not null && asked["messages"]!.AsArray().All(m => (string?)m!["role"] != "tool");
        var answer = (Id: $"chatcmpl-{n}", isStreamed, Input: 100 + n, Output: 10 + n, Finish: wantsTool ? "tool_calls" : "stop");
        Answers.Enqueue(answer);
        var usage = $$"""{"prompt_tokens":{{answer.Input}},"completion_tokens":{{answer.Output}},"total_tokens":{{answer.Input + answer.Output}}}""";
        if (isStreamed)
        {
            context.Response.ContentType = "text/event-stream";
            foreach (var part in new[] { """[{"index":0,"delta":{"role":"assistant","content":"It was "},"finish_reason":null}]""", """[{"index":0,"delta":{"content":"sent."},"finish_reason":"stop"}]""" })
                await context.Response.WriteAsync($"data: {Chunk(answer.Id, part, "null")}\n\n", context.RequestAborted);
            await context.Response.WriteAsync($"data: {Chunk(answer.Id, "[]", usage)}\n\ndata: [DONE]\n\n", context.RequestAborted);
            return;
        }
        var message = wantsTool
            ? """{"role":"assistant","content":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"find_order","arguments":"{\"order\":\"A-7\"}"}}]}"""
            : """{"role":"assistant","content":"It was sent."}""";
        await context.Response.WriteAsync(
            $$"""{"id":"{{answer.Id}}","object":"chat.completion","created":1700000000,"model":"{{Served}}","choices":[{"index":0,"message":{{message}},"finish_reason":"{{answer.Finish}}"}],"usage":{{usage}}}""",
            context.RequestAborted);
    }

    private static string Chunk(string id, string choices, string usage) =>
        $$"""{"id":"{{id}}","object":"chat.completion.chunk","created":1700000000,"model":"{{Served}}","choices":{{choices}},"usage":{{usage}}}""";
}
