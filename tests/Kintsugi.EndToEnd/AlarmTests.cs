using System.Text;
using System.Text.Json;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.EndToEnd;

/// <summary>From errors in production to an incident, to the case that would have caught it, to a fix.</summary>
public class AlarmTests
{
    private const long HourNs = 3_600_000_000_000;

    private const string Good = """
        import json, sys
        for line in sys.stdin:
            task = json.loads(line)
            lead = task["input"]
            tier = "hot" if lead.get("title") == "CEO" else "cold"
            print(json.dumps({"id": task["id"], "epoch": task["epoch"], "output": {"tier": tier}}), flush=True)
        """;

    [Fact]
    public async Task A_version_that_fails_in_production_alone_alarms_once_proposes_its_case_and_is_mended_by_it()
    {
        using var agent = await AgentAsync();
        await PlantAsync(agent);

        var said = await ServeUntilAlarmAsync(agent);
        var incident = JsonDocument.Parse((await agent.KintsugiAsync(0, "incident list", "--json")).Output).RootElement[0].GetProperty("id").GetString()!;
        var unseen = await Shell.KintsugiAsync("incident", "resume", incident, "--dir", agent.Top);
        var shown = JsonDocument.Parse((await Shell.KintsugiAsync("incident", "show", incident, "--dir", agent.Top, "--json")).Output).RootElement;
        var proposals = JsonDocument.Parse((await agent.KintsugiAsync(0, "dataset review", "--list", "--json")).Output).RootElement;

        Assert.Contains("version 1.1 of scorer", said, StringComparison.Ordinal);
        Assert.Contains("KeyError: <s> in ", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', said);
        Assert.Equal(1, unseen.Status);
        Assert.Contains("no golden sample shows a rise", unseen.Output, StringComparison.Ordinal);
        await OutputSchemas.AssertFitsAsync("heal.schema.json", shown.GetRawText());
        var alarm = shown.GetProperty("alarm");
        Assert.Equal((await Shell.GitAsync(agent.Top, "rev-parse", "v1.1^{commit}"), "two_hours"), (alarm.GetProperty("commit").GetString(), alarm.GetProperty("rule").GetString()));
        Assert.Equal(shown.GetProperty("version").GetProperty("head").GetString(), alarm.GetProperty("commit").GetString());
        Assert.NotEmpty(alarm.GetProperty("errors")[0].GetProperty("traces").EnumerateArray());

        var ids = proposals.GetProperty("proposals").EnumerateArray().Select(p => p.GetProperty("id").GetString()![..10]).ToList();
        Assert.NotEmpty(ids);
        foreach (var id in ids) await agent.KintsugiAsync(0, "dataset review", "--correct", id, "--target", """{"tier":"cold"}""");
        await agent.CommitAsync("Add leads without a title");
        var healed = await agent.KintsugiAsync(0, "heal", "--json");
        var report = JsonDocument.Parse(healed.Output).RootElement;

        Assert.Equal("proposed", report.GetProperty("outcome").GetString());
        Assert.Contains("lead[\"title\"]", report.GetProperty("diagnosis").GetProperty("culprit")[0].GetRawText().Replace("\\u0022", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static async Task<AgentRepository> AgentAsync()
    {
        var gold = Enumerable.Range(1, 30).Select(i => JsonSerializer.Serialize(new
        {
            id = $"g{i}",
            input = new { company = $"Company {i}", title = i % 2 == 0 ? "CEO" : "Clerk" },
            target = new { tier = i % 2 == 0 ? "hot" : "cold" },
        }));
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", """
                agent: { name: scorer, run: python3 -S agent.py }
                dataset: gold.jsonl
                scorers: [exact: { path: $.tier }]

                """),
            ("gold.jsonl", string.Join('\n', gold) + "\n"), ("agent.py", Good));
        await agent.CommitAsync("Score leads");
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        agent.Edit("agent.py", "lead.get(\"title\")", "lead[\"title\"]");
        await agent.CommitAsync("Read the title");
        await Shell.GitAsync(agent.Top, "tag", "v1.1");
        return agent;
    }

    /// <summary>Eight days of the first version, then four hours of the second, in which leads without a title fail.</summary>
    private static async Task PlantAsync(AgentRepository agent)
    {
        await using var store = SpanStores.Open(null, Path.Combine(agent.Top, ".kintsugi", "traces.db"), (_, newer) => newer, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 3600 * HourNs;
        List<SpanRow> spans = [];
        var number = 0u;
        for (var hour = -196; hour < 0; hour++)
        {
            for (var request = 0; request < 10; request++)
            {
                var (version, failed) = hour >= -4 ? ("1.1", request < 4) : ("1.0", false);
                var input = failed ? $$"""{"company":"Lead {{number % 7}} from a form\u001b[2J"}""" : $$"""{"company":"Company {{number % 50}}","title":"CEO"}""";
                var (id, start) = (++number, now + (hour * HourNs) + request);
                var body = failed ? $$$"""{"run_type":"chain","inputs":{{{input}}},"error":"KeyError: 'title'"}""" : $$$"""{"run_type":"chain","inputs":{{{input}}},"outputs":{"tier":"hot"}}""";
                var source = new SpanSource("scorer", version, "langsmith", "{}");
                spans.Add(new SpanRow(new TraceId(id), new SpanId(1), null, source, "score", SpanRole.Agent, start, 1_000, failed ? "00000000000000ab" : null, null, SpanFormat.LangSmith, Encoding.UTF8.GetBytes(body)));
                spans.Add(new SpanRow(new TraceId(id), new SpanId(2), new SpanId(1), source, "call", SpanRole.Model, start, 900, null, "sim", SpanFormat.LangSmith, """{"run_type":"llm","inputs":{},"outputs":{}}"""u8.ToArray()));
            }
        }
        await store.WriteAsync(spans, [], TestContext.Current.CancellationToken);
    }

    private static async Task<string> ServeUntilAlarmAsync(AgentRepository agent)
    {
        using var serve = await Shell.StartKintsugiAsync(new Dictionary<string, string>(), "serve", agent.Top, "--port", "0", "--grpc-port", "0");
        using var output = new StreamReader(serve.Output, Encoding.UTF8);
        try
        {
            while (await output.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
                if (line.StartsWith("ALARM", StringComparison.Ordinal)) return line + await output.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            serve.Kill();
        }
        throw new InvalidOperationException($"serve ended: {await new StreamReader(serve.Error, Encoding.UTF8).ReadToEndAsync(TestContext.Current.CancellationToken)}");
    }
}
