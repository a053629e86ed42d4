using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Kintsugi.Server;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd;

/// <summary>What a collector hears of an evaluation.</summary>
public sealed class SpanExportTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-out-").FullName;

    private const string Key = "sk-0123456789abcdef0123456789abcdef";

    public void Dispose() => Directory.Delete(_directory, true);

    [Fact]
    public async Task A_collector_that_is_named_gets_a_span_of_every_model_call_and_nothing_secret()
    {
        var spans = new ConcurrentQueue<string>();
        await using var world = await LoopbackService.StartAsync(context => AnswerAsync(context, spans));
        var url = world.Urls.Single();
        using var agent = await AgentAsync(url);

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

    [Fact]
    public async Task What_an_evaluation_exports_our_own_server_takes_in()
    {
        await using var store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(_directory, "traces.db")), (_, later) => later);
        await using var world = await LoopbackService.StartAsync(context => AnswerAsync(context, new ConcurrentQueue<string>()));
        using var agent = await AgentAsync(world.Urls.Single());

        await using (var host = await ServeHost.StartAsync(
            new ServeSettings(IPAddress.Loopback, 0, 0, null, SpanRedaction.OfKeys, Retention.Everything), store, null, null, TimeProvider.System, Assert.Fail, TestContext.Current.CancellationToken))
        {
            await agent.KintsugiAsync(
                0, new Dictionary<string, string> { ["MODEL_KEY"] = Key, ["OTEL_EXPORTER_OTLP_ENDPOINT"] = host.Http.ToString(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" },
                "eval", "--allow-insufficient");
        }

        var spans = (await store.FindAsync(new SpanQuery(Service: "kintsugi", Limit: 1000), TestContext.Current.CancellationToken)).ToLookup(s => s.Name);
        var evaluation = Assert.Single(spans["evaluate scorer"]);
        var run = Assert.Single(spans["run scorer"]);
        Assert.Equal((null, evaluation.Id), (evaluation.Parent, run.Parent));
        var samples = spans["invoke_agent scorer"].ToList();
        Assert.InRange(samples.Count, 1, 23); // the others are held out
        Assert.All(samples, s => Assert.Equal(run.Id, s.Parent));
        Assert.All(samples, s => Assert.Contains("gen_ai.evaluation.result", Encoding.Latin1.GetString(s.Body.Span), StringComparison.Ordinal));
        Assert.Equal((24, 24 - samples.Count), (spans["chat m-1"].Count(), spans["chat m-1"].Count(call => call.Parent == run.Id)));
    }

    private static async Task<AgentRepository> AgentAsync(string url)
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", $$"""
                agent: { name: scorer, protocol: prompt, prompt: score.md, model: m-1 }
                dataset: gold.jsonl
                scorers: [exact: { path: $ }]
                models: { providers: { house: { kind: openai, url: "{{url}}/v1", key: "${MODEL_KEY}" } } }

                """),
            ("score.md", "The private question {{input.n}}.\n"),
            ("gold.jsonl", string.Concat(Enumerable.Range(1, 24).Select(n => $$"""{"id":"c{{n}}","input":{"n":{{n}}},"target":"yes"}""" + "\n"))));
        await agent.CommitAsync("Score leads");
        return agent;
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
