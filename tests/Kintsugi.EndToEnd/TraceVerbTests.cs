using System.Text;
using System.Text.Json;
using Kintsugi.EndToEnd.Protocols;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.EndToEnd;

/// <summary>Looking at traces that `serve` keeps.</summary>
public class TraceVerbTests
{
    private const string Messages = """{"run_type":"llm","inputs":{"model":"m-1","messages":[{"role":"user","content":"Where is order A-7? \u001b[2J\u202e"}]},"outputs":{"model":"m-1-2026","choices":[{"message":{"role":"assistant","content":"It was sent."},"finish_reason":"stop"}],"usage_metadata":{"input_tokens":20,"output_tokens":5}},"extra":{"metadata":{"ls_provider":"openai"}}}""";

    [Fact]
    public async Task Traces_are_listed_newest_first_and_by_what_is_asked_of_them()
    {
        using var agent = await AgentAsync();

        var all = Ids(await agent.KintsugiAsync(0, "trace list", "--json"));
        var failed = await agent.KintsugiAsync(0, "trace list", "--failed", "--json");
        var row = JsonDocument.Parse(failed.Output).RootElement.GetProperty("traces")[0];

        await OutputSchemas.AssertFitsAsync("trace-list.schema.json", failed.Output);
        Assert.Equal([2, 1], all);
        Assert.Equal([2], Ids(failed));
        Assert.Equal(("desk", "1.5", "KeyError", "ab"), (row.GetProperty("service").GetString(), row.GetProperty("version").GetString(), row.GetProperty("error").GetProperty("type").GetString(), row.GetProperty("signature").GetString()));
        Assert.Equal([1], Ids(await agent.KintsugiAsync(0, "trace list", "--model", "m-1-2026", "--json")));
        Assert.Equal([2], Ids(await agent.KintsugiAsync(0, "trace list", "--signature", "ab", "--json")));
        Assert.Equal([1], Ids(await agent.KintsugiAsync(0, "trace list", "--text", "order A-7", "--json")));
        Assert.Equal([1], Ids(await agent.KintsugiAsync(0, "trace list", "--version", "1.4", "--json")));
        Assert.Equal([], Ids(await agent.KintsugiAsync(0, "trace list", "--service", "other", "--json")));
        Assert.Equal([], Ids(await agent.KintsugiAsync(0, "trace list", "--since", "2030-01-01", "--json")));
        Assert.Contains("failed: KeyError: 'tier'", (await agent.KintsugiAsync(0, "trace list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_is_shown_as_a_tree_without_what_moves_the_cursor()
    {
        using var agent = await AgentAsync();

        var shown = await ShowAsync(agent, new TraceId(1).ToString());
        var json = await ShowAsync(agent, new TraceId(1).ToString(), "--json");

        Assert.Contains("\n  ChatOpenAI  400 ms  openai/m-1 answered by m-1-2026  20 + 5 tokens  stop\n", shown.Output, StringComparison.Ordinal);
        Assert.Contains("\n      user: Where is order A-7?", shown.Output, StringComparison.Ordinal);
        Assert.Contains("\n      assistant: It was sent.", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', shown.Output);
        Assert.DoesNotContain('\u202e', shown.Output);
        await OutputSchemas.AssertFitsAsync("trace-show.schema.json", json.Output);
        Assert.Equal(["step", "model"], JsonDocument.Parse(json.Output).RootElement.GetProperty("operations").EnumerateArray().Select(o => o.GetProperty("kind").GetString()));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000f", "there is no trace 0000000000000000000000000000000f")]
    [InlineData("nonsense", "'nonsense' is no id of a trace")]
    public async Task What_is_not_there_is_said(string id, string message)
    {
        using var agent = await AgentAsync();

        Assert.Contains(message, (await ShowAsync(agent, id, status: 2)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_says_which_instrumentations_send_and_what_they_keep_to_themselves()
    {
        using var agent = await AgentAsync();

        var doctor = await agent.KintsugiAsync(0, "doctor");

        Assert.Contains("traces    langsmith: 2 of the newest 4 spans, last 2026-09-21", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("note  traces    @opentelemetry/instrumentation-openai sends what was asked and answered in log records, and none came", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("note  traces    @traceloop/node-server-sdk sends its own spans and none of a model", doctor.Output, StringComparison.Ordinal);
    }

    private static async Task<Ended> ShowAsync(AgentRepository agent, string id, string? option = null, int status = 0)
    {
        var ended = await Shell.KintsugiAsync(new Dictionary<string, string>(), ["trace", "show", id, "--dir", agent.Top, .. option is null ? Array.Empty<string>() : [option]]);
        Assert.True(ended.Status == status, ended.Output + ended.Error);
        return ended;
    }

    private static List<int> Ids(Ended ended) => [.. JsonDocument.Parse(ended.Output).RootElement.GetProperty("traces").EnumerateArray().Select(t => (int)TraceId.Of(t.GetProperty("id").GetString()!)!.Value.Value)];

    private static async Task<AgentRepository> AgentAsync()
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: scorer, run: python3 agent.py }")), ("agent.py", SmallAgents.Program), ("golden/leads.jsonl", SmallAgents.Gold(3)));
        await agent.CommitAsync("Begin");
        await using var store = SpanStores.Open(null, Path.Combine(Directory.CreateDirectory(Path.Combine(agent.Top, ".kintsugi")).FullName, "traces.db"), (_, newer) => newer, TimeProvider.System);
        await store.WriteAsync(
            [
                Run(1, 1, null, "1.4", "langsmith", "score", """{"run_type":"chain","inputs":{"company":"Acme"},"outputs":{"tier":"hot"}}"""),
                Run(1, 2, 1, "1.4", "@opentelemetry/instrumentation-openai", "ChatOpenAI", Messages) with { Model = "m-1-2026", Role = SpanRole.Model, DurationNs = 400_000_000 },
                Run(2, 3, null, "1.5", "langsmith", "score", """{"run_type":"chain","inputs":{"company":"Globex"},"error":"KeyError: 'tier'"}""") with { Signature = "ab" },
                Run(2, 4, 3, "1.5", "@traceloop/node-server-sdk", "inner", """{"run_type":"chain","inputs":{}}"""),
            ],
            [], TestContext.Current.CancellationToken);
        return agent;
    }

    private static SpanRow Run(uint trace, uint id, uint? parent, string version, string scope, string name, string body) => new(
        new TraceId(trace), new SpanId(id), parent is { } p ? new SpanId(p) : null, new SpanSource("desk", version, scope, "{}"), name, SpanRole.Other,
        1_790_000_000_000_000_000 + (trace * 1_000_000_000) + id, 1_000_000_000, null, null, SpanFormat.LangSmith, Encoding.UTF8.GetBytes(body));
}
