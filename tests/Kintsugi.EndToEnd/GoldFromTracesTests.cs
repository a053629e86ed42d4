using System.Text;
using System.Text.Json;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.EndToEnd;

/// <summary>From traces to a dataset that an evaluation reads, with a person in between.</summary>
public class GoldFromTracesTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Traces = """
        {"id":"t1","input":{"company":"Acme","note":"wants a demo of the enterprise plan"},"output":{"tier":"hot"},"version":"1.4"}
        {"id":"t2","input":{"company":"Globex","note":"unsubscribed from everything"},"output":{"tier":"cold"},"version":"1.4"}
        {"id":"t3","input":{"company":"Initech \u001b[2J\u202e","note":"asks for a refund of last month"},"error":{"type":"HTTPError","message":"HTTP 503 from the CRM","tool":"crm"},"version":"1.5"}
        {"id":"t4","input":{"company":"ACME!","note":"wants a demo of the enterprise plan"},"output":{"tier":"hot"},"version":"1.5"}

        """;

    [Fact]
    public async Task What_a_person_approves_or_corrects_becomes_gold_and_what_they_refuse_stays_away()
    {
        using var agent = await AgentAsync();
        var before = agent.Read("gold.jsonl");

        var proposed = await FromTracesAsync(agent);
        var rows = JsonDocument.Parse(proposed.Output).RootElement;
        var ids = rows.GetProperty("proposals").EnumerateArray().ToDictionary(p => p.GetProperty("source").GetString()!, p => p.GetProperty("id").GetString()![..10]);
        var reviewed = await agent.KintsugiAsync(0, "dataset review", "--approve", ids["t2"], "--correct", ids["t3"], "--target", """{"tier":"warm"}""", "--refuse", ids.GetValueOrDefault("t1") ?? ids["t4"], "--json");
        var again = await FromTracesAsync(agent);

        await OutputSchemas.AssertFitsAsync("dataset-from-traces.schema.json", proposed.Output);
        await OutputSchemas.AssertFitsAsync("dataset-review.schema.json", reviewed.Output);
        Assert.Equal((4, 1, 1, 1), (rows.GetProperty("traces").GetInt32(), rows.GetProperty("failed").GetInt32(), rows.GetProperty("failure_clusters").GetInt32(), rows.GetProperty("near_duplicates").GetInt32()));
        Assert.Equal("t3", rows.GetProperty("proposals")[0].GetProperty("source").GetString());
        var gold = agent.Read("gold.jsonl");
        Assert.StartsWith(before, gold, StringComparison.Ordinal);
        var added = gold[before.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["warm", "cold"], added.Select(s => s.GetProperty("target").GetProperty("tier").GetString()));
        Assert.Contains("version:1.5", added[0].GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        Assert.Empty(JsonDocument.Parse(again.Output).RootElement.GetProperty("proposals").EnumerateArray().Select(p => p.GetProperty("source").GetString()).Intersect(["t2", "t3"]));
        await agent.CommitAsync("Add gold");
        await agent.KintsugiAsync(0, "dataset check");
    }

    [Fact]
    public async Task A_person_at_the_terminal_is_shown_one_after_the_other_without_what_moves_the_cursor()
    {
        using var agent = await AgentAsync();
        await FromTracesAsync(agent);
        string[] start = [Path.Combine(AppContext.BaseDirectory, "kintsugi"), "dataset", "review", agent.Top];

        // The failure has no answer to approve: corrected by a line after an answer that is none. The next is approved, and the third left.
        var ended = await Shell.RunAsync(start, new Dictionary<string, string>(), "a\nnonsense\nc\n{\"tier\":\nc\n{\"tier\":\"warm\"}\na\nq\n");

        Assert.True(ended.Status == 0, ended.Error + ended.Output);
        Assert.Contains("1 of ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("why      failed: crm: HTTP 503 from the CRM", ended.Output, StringComparison.Ordinal);
        Assert.Contains("has no 'target'", ended.Output, StringComparison.Ordinal);
        Assert.Contains("That begins like JSON and is none", ended.Output, StringComparison.Ordinal);
        Assert.Contains("1 approved, 1 corrected, 0 refused.", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', ended.Output);
        Assert.DoesNotContain('\u202e', ended.Output);
        Assert.Equal(4, agent.Read("gold.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task The_editor_of_the_person_opens_on_the_agents_answer()
    {
        using var agent = await AgentAsync();
        await FromTracesAsync(agent);
        agent.Write("edit.sh", "sed -i 's/hot/lukewarm/; s/cold/lukewarm/' \"$2\"; test \"$1\" = --wait\n");
        string[] start = [Path.Combine(AppContext.BaseDirectory, "kintsugi"), "dataset", "review", agent.Top];

        var ended = await Shell.RunAsync(start, new Dictionary<string, string> { ["EDITOR"] = $"sh {agent.Top}/edit.sh --wait" }, "l\nc\n\nq\n");

        Assert.True(ended.Status == 0, ended.Error + ended.Output);
        Assert.Contains("{\"tier\":\"lukewarm\"}", agent.Read("gold.jsonl"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_server_keeps_beside_the_agent_is_proposed_too()
    {
        using var agent = await AgentAsync();
        var none = await agent.KintsugiAsync(2, "dataset from-traces");
        await using (var store = SpanStores.Open(null, Path.Combine(agent.Top, ".kintsugi", "traces.db"), (_, newer) => newer, TimeProvider.System))
        {
            await store.WriteAsync([Run(1, """{"run_type":"chain","inputs":{"company":"Acme"},"outputs":{"tier":"hot"}}""", null), Run(2, """{"run_type":"chain","inputs":{"company":"Globex"},"error":"KeyError: 'tier'"}""", "ab")], [], TestContext.Current.CancellationToken);
        }

        var all = await agent.KintsugiAsync(0, "dataset from-traces", "--json");
        var none2 = await agent.KintsugiAsync(0, "dataset from-traces", "--json", "--service", "another");

        Assert.Contains("there are no traces in .kintsugi/traces.db", none.Error, StringComparison.Ordinal);
        Assert.Equal(["Globex", "Acme"], JsonDocument.Parse(all.Output).RootElement.GetProperty("proposals").EnumerateArray().Select(p => p.GetProperty("input").GetProperty("company").GetString()));
        Assert.Equal(0, JsonDocument.Parse(none2.Output).RootElement.GetProperty("traces").GetInt32());

        static SpanRow Run(uint number, string body, string? signature) => new(
            new TraceId(number), new SpanId(number), null, new SpanSource("leads", "1.4", "langsmith", "{}"), "score", SpanRole.Agent, 1_790_000_000_000_000_000 + number, 1_000, signature, null, SpanFormat.LangSmith, Encoding.UTF8.GetBytes(body));
    }

    [Fact]
    public async Task What_a_team_keeps_in_PostgreSQL_is_proposed_too()
    {
        using var agent = await AgentAsync();
        await using (var store = SpanStores.Open(server.ConnectionString, "", (_, newer) => newer, TimeProvider.System))
        {
            var body = Encoding.UTF8.GetBytes("""{"run_type":"chain","inputs":{"company":"Acme"},"error":"KeyError: 'tier'"}""");
            await store.WriteAsync(
                [new SpanRow(new TraceId(1), new SpanId(1), null, new SpanSource("leads", "1.4", "langsmith", "{}"), "score", SpanRole.Agent, 1_790_000_000_000_000_000, 1_000, "ab", null, SpanFormat.LangSmith, body)],
                [], TestContext.Current.CancellationToken);
        }

        var proposed = await agent.KintsugiAsync(0, "dataset from-traces", "--json", "--store", server.ConnectionString);

        Assert.Equal("Acme", JsonDocument.Parse(proposed.Output).RootElement.GetProperty("proposals")[0].GetProperty("input").GetProperty("company").GetString());
    }

    [Theory]
    [InlineData("there is no proposal 'ffffffff'", "--approve", "ffffffff")]
    [InlineData("--correct and --target go together", "--correct", "ffffffff")]
    [InlineData("'other.jsonl' is none of this agent's dataset files", "--approve", "ffffffff", "--into", "other.jsonl")]
    public async Task What_cannot_be_done_is_said(string message, params string[] options)
    {
        using var agent = await AgentAsync();

        var refused = await agent.KintsugiAsync(2, "dataset review", options);

        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    private static Task<Ended> FromTracesAsync(AgentRepository agent) => agent.KintsugiAsync(0, "dataset from-traces", "--from", Path.Combine(agent.Top, "traces.jsonl"), "--json");

    private static async Task<AgentRepository> AgentAsync()
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", """
                agent: { name: scorer, run: python3 -S agent.py }
                dataset: gold.jsonl
                scorers: [exact: { path: $.tier }]

                """),
            ("gold.jsonl", "{\"id\":\"g1\",\"input\":{\"company\":\"Hooli\",\"note\":\"budget approved\"},\"target\":{\"tier\":\"hot\"}}\n{\"id\":\"g2\",\"input\":{\"company\":\"Umbrella\",\"note\":\"student project\"},\"target\":{\"tier\":\"cold\"}}"),
            ("agent.py", ""));
        await agent.CommitAsync("Score leads");
        agent.Write("traces.jsonl", Traces);
        return agent;
    }
}
