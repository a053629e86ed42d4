using System.Net;
using System.Text.Json.Nodes;
using Kintsugi.EndToEnd.Toolchains;
using Kintsugi.Server;
using Kintsugi.Storage;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.EndToEnd.Tracing;

/// <summary>Agents that real instrumentations of npm watch: each asks a model the same through its own SDK, sends its spans to us, and what is stored is held against what happened.</summary>
public sealed class InstrumentationTests : IDisposable
{
    private static readonly string Scripts = Path.Combine(Checkout.Root, "tests", "Kintsugi.EndToEnd", "Tracing", "instrumented");

    /// <summary>By the release of `@opentelemetry/api`: two of them beside each other make spans vanish.</summary>
    private static readonly Dictionary<string, Lazy<Task<string>>> Installed = new()
    {
        ["api-1.9"] = new(() => InstallAsync("api-1.9")),
        ["api-1.10"] = new(() => InstallAsync("api-1.10")),
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-spans-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("contrib.mjs", "", "api-1.10", TraceDialect.OpenTelemetry, "http/json")]
    [InlineData("contrib.mjs", "", "api-1.10", TraceDialect.OpenTelemetry, "http/protobuf")]
    [InlineData("openinference.mjs", "", "api-1.9", TraceDialect.OpenInference, "http/json")]
    [InlineData("traceloop.mjs", "", "api-1.9", TraceDialect.Traceloop, "http/protobuf")]
    [InlineData("ai.mjs", "6", "api-1.9", TraceDialect.AiSdk, "http/json")]
    [InlineData("ai.mjs", "7", "api-1.9", TraceDialect.AiSdk, "http/protobuf")]
    [InlineData("ai.mjs", "7-legacy", "api-1.9", TraceDialect.AiSdk, "http/json")]
    public async Task What_an_instrumentation_sends_is_stored_as_what_happened(string script, string release, string packages, TraceDialect dialect, string protocol)
    {
        BuiltAgent.SkipWithout("node", "npm");
        var model = new CountedModel();

        var trace = await RunAsync(model, packages, script, release, protocol);

        var answers = model.Answers.ToArray();
        var calls = trace.ModelCalls.Where(c => c.Error is null).ToList();
        Assert.Equal(["stop", "stop", "tool_calls", "stop"], answers.Select(a => a.Finish));
        Assert.All(trace.ModelCalls, c => Assert.Equal(dialect, c.Dialect));
        Assert.All(trace.ModelCalls, c => Assert.Equal(dialect == TraceDialect.AiSdk ? "house" : "openai", c.Provider));
        Assert.Equal(answers.Select(a => a.Finish), calls.Select(c => Assert.Single(c.FinishReasons)));
        Assert.All(calls, c => Assert.Equal(CountedModel.Name, c.ModelAsked));

        // OpenInference tells no tokens, no answering model and no id of a streamed answer; Traceloop counts its tokens itself.
        var told = answers.Select(a => dialect == TraceDialect.OpenInference && a.IsStreamed ? (null, null) : ((string?)a.Id, (string?)CountedModel.Served));
        Assert.Equal(told, calls.Select(c => (c.ResponseId, c.ModelAnswered)));
        foreach (var (answer, call) in answers.Zip(calls))
        {
            if (answer.IsStreamed && dialect == TraceDialect.OpenInference) Assert.Null(call.Usage);
            else if (answer.IsStreamed && dialect == TraceDialect.Traceloop) Assert.Equal(Counter.Instrumentation, call.Usage!.SaidBy);
            else Assert.Equal((answer.Input, answer.Output), ((int)call.Usage!.Input!, (int)call.Usage.Output!));
        }
        Assert.All(trace.Operations, o => Assert.Null(o.UsageWithin));

        Assert.All(calls.Take(3), c => Assert.Equal([("system", "Answer in one line."), ("user", "Where is order A-7?")], c.Messages.Select(m => (m.Role, Text(m)))));
        Assert.Equal(["system", "user", "assistant", "tool"], calls[3].Messages.Select(m => m.Role));
        Assert.Equal(["It was sent.", "It was sent.", "", "It was sent."], calls.Select(c => Text(Assert.Single(c.Answer))));
        Assert.Equal(0.5, (double?)calls[0].Settings["temperature"]);
        Assert.Equal(64, (long?)calls[0].Settings["max_tokens"]);
        if (dialect != TraceDialect.OpenTelemetry) Assert.Equal(["find_order"], calls[2].Tools);

        var tool = Assert.Single(trace.ToolCalls);
        Assert.Equal(("find_order", "call_a", dialect != TraceDialect.AiSdk), (tool.Tool, tool.CallId, tool.OnlyAsked));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"order":"A-7"}"""), tool.Input), tool.Input?.ToJsonString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"state":"sent"}"""), tool.Output), tool.Output?.ToJsonString());

        // The call that failed: two of them end no span for it.
        var failed = trace.ModelCalls.Where(c => c.Error is not null).Select(c => c.ModelAsked);
        Assert.Equal(dialect is TraceDialect.OpenInference or TraceDialect.Traceloop ? [] : ["broken"], failed);
        if (trace.Failure is { } failure) Assert.Contains("out of order", failure.Error!.Message, StringComparison.Ordinal);
        Assert.Equal("desk", trace.Service);
    }

    [Fact]
    public async Task Two_instrumentations_of_one_client_tell_every_call_once()
    {
        BuiltAgent.SkipWithout("node", "npm");
        var model = new CountedModel();

        var trace = await RunAsync(model, "api-1.9", "both.mjs", "", "http/protobuf");

        var answers = model.Answers.ToArray();
        var calls = trace.ModelCalls.ToList();
        Assert.Equal(answers.Select(a => a.Finish), calls.Select(c => Assert.Single(c.FinishReasons)));
        Assert.Equal(answers.Select(a => a.Id), calls.Select(c => c.ResponseId));
        Assert.Equal(answers.Where(a => !a.IsStreamed).Select(a => ((long?)a.Input, Counter.Provider)), calls.Where((_, i) => !answers[i].IsStreamed).Select(c => (c.Usage!.Input, c.Usage.SaidBy)));
        Assert.Single(trace.ToolCalls);
    }

    /// <summary>Runs the agent, and reads back the one trace that it sent.</summary>
    private async Task<Trace> RunAsync(CountedModel model, string packages, string script, string release, string protocol)
    {
        var folder = await Installed[packages].Value;
        var token = TestContext.Current.CancellationToken;
        await using var provider = await LoopbackService.StartAsync(model.AnswerAsync);
        await using var store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(_directory, "traces.db")), (_, later) => later);
        await using (var host = await ServeHost.StartAsync(new ServeSettings(IPAddress.Loopback, 0, 0, null, SpanRedaction.OfKeys, Retention.Everything), store, null, null, TimeProvider.System, _ => { }, token))
        {
            var ended = await Shell.RunAsync(["/usr/bin/env", "node", Path.Combine(folder, script), release], new Dictionary<string, string>
            {
                ["MODEL_URL"] = $"{provider.Urls.Single()}/v1",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = host.Http.ToString().TrimEnd('/'),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
                ["OTEL_TRACES_EXPORTER"] = "otlp",
                ["OTEL_LOGS_EXPORTER"] = "otlp",
                ["OTEL_METRICS_EXPORTER"] = "none",
            });
            Assert.True(ended.Status == 0, $"{script} {release} ended with {ended.Status}.\n{ended.Error}");
        }
        var id = Assert.Single((await store.FindAsync(new SpanQuery(Limit: 1000), token)).Select(s => s.Trace).Distinct());
        return SpanBodies.Read((await store.ReadAsync(id, token))!);
    }

    private static async Task<string> InstallAsync(string packages)
    {
        var folder = await NodePackages.InstallAsync(Path.Combine(Scripts, packages));
        foreach (var shared in Directory.GetFiles(Scripts, "*.mjs")) File.Copy(shared, Path.Combine(folder, Path.GetFileName(shared)), overwrite: true);
        return folder;
    }

    private static string Text(Message message) => string.Concat(message.Parts.OfType<TextPart>().Select(p => p.Text));
}
