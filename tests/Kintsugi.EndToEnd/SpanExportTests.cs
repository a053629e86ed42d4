using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd;

/// <summary>What a collector hears of an evaluation.</summary>
public class SpanExportTests
{
    private const string Key = "sk-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_collector_that_is_named_gets_a_span_of_every_model_call_and_nothing_secret()
    {
        var spans = new ConcurrentQueue<string>();
        await using var world = await LoopbackService.StartAsync(context => AnswerAsync(context, spans));
        var url = world.Urls.Single();
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", $$"""
                agent: { name: scorer, protocol: prompt, prompt: score.md, model: m-1 }
                dataset: gold.jsonl
                scorers: [exact: { path: $ }]
                models: { providers: { house: { kind: openai, url: "{{url}}/v1", key: "${MODEL_KEY}" } } }

                """),
            ("score.md", "The private question {{input.n}}.\n"),
            ("gold.jsonl", string.Concat(Enumerable.Range(1, 24).Select(n => $$"""{"id":"c{{n}}","input":{"n":{{n}}},"target":"yes"}""" + "\n"))));
        await agent.CommitAsync("Score leads");

        await agent.KintsugiAsync(
            0, new Dictionary<string, string> { ["MODEL_KEY"] = Key, ["OTEL_EXPORTER_OTLP_ENDPOINT"] = url, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" },
            "eval", "--allow-insufficient");

        var heard = string.Concat(spans); // protobuf: names and texts stand in it as they are
        Assert.Equal(24, heard.Split("chat m-1").Length - 1);
        Assert.Contains("gen_ai.request.model", heard, StringComparison.Ordinal);
        Assert.Contains("kintsugi.sample", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("private", heard, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, heard, StringComparison.Ordinal);
    }

    private static async Task AnswerAsync(HttpContext context, ConcurrentQueue<string> spans)
    {
        if (context.Request.Path == "/v1/traces")
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            spans.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
            return;
        }
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{"model":"m-1","choices":[{"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]}""", context.RequestAborted);
    }
}
