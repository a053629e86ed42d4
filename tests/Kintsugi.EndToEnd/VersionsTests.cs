using System.Text;
using System.Text.Json;
using Kintsugi.EndToEnd.Protocols;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.EndToEnd;

/// <summary>What an agent was made of over time, and which version said something.</summary>
public class VersionsTests
{
    private const string PromptOnly = "{ name: scorer, protocol: prompt, prompt: prompts/score.md, model: sim-large, response: json }";

    [Fact]
    public async Task Versions_are_told_with_what_changed_in_them_and_what_was_found_and_a_trace_leads_to_its_own()
    {
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings(PromptOnly)), ("golden/leads.jsonl", SmallAgents.Gold(24)), ("prompts/score.md", SmallAgents.Prompt));
        var good = await agent.CommitAsync("Score leads");
        Assert.Contains("No version", (await agent.KintsugiAsync(0, "versions")).Output, StringComparison.Ordinal);
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        agent.Edit("prompts/score.md", "- Add 30 points when `employees` is at least 1000.\n", "");
        var bad = await agent.CommitAsync("Simplify");
        await Shell.GitAsync(agent.Top, "tag", "v1.1");
        await agent.KintsugiAsync(1, "eval");

        var told = await agent.KintsugiAsync(0, "versions", "--json");
        var rows = JsonDocument.Parse(told.Output).RootElement.GetProperty("versions").EnumerateArray().ToList();
        await PlantAsync(agent, "1.1");
        var of = await agent.KintsugiAsync(0, "versions", "--of", new TraceId(1).ToString(), "--json");

        await OutputSchemas.AssertFitsAsync("versions.schema.json", told.Output);
        Assert.Equal([bad, good], rows.Select(r => r.GetProperty("commit").GetString()));
        Assert.Equal(["regressed", "blessed"], rows.Select(r => r.GetProperty("found").GetProperty("verdict").GetString()));
        Assert.Equal(["eval", "bless"], rows.Select(r => r.GetProperty("seen_by").GetString()));
        Assert.Equal("prompt", rows[0].GetProperty("changed").EnumerateArray().Single().GetString());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("changed").ValueKind);
        Assert.Equal("sim-large", rows[0].GetProperty("models")[0].GetString());
        await OutputSchemas.AssertFitsAsync("versions-of.schema.json", of.Output);
        Assert.Equal((bad, "1.1"), (JsonDocument.Parse(of.Output).RootElement.GetProperty("version").GetProperty("commit").GetString(), JsonDocument.Parse(of.Output).RootElement.GetProperty("says").GetString()));
        var table = (await agent.KintsugiAsync(0, "versions")).Output;
        Assert.Contains(bad[..10], table, StringComparison.Ordinal);
        Assert.Contains("regressed", table, StringComparison.Ordinal);
        Assert.Contains("regressed", (await agent.KintsugiAsync(0, "versions", "--of", "v1.1")).Output, StringComparison.Ordinal);
        Assert.Contains("'9.9' is no tag", (await agent.KintsugiAsync(2, "versions", "--of", "9.9")).Error, StringComparison.Ordinal);
    }

    private static async Task PlantAsync(AgentRepository agent, string version)
    {
        await using var store = SpanStores.Open(null, Path.Combine(agent.Top, ".kintsugi", "traces.db"), (_, newer) => newer, TimeProvider.System);
        await store.WriteAsync(
            [
                new SpanRow(
                    new TraceId(1), new SpanId(1), null, new SpanSource("scorer", version, "langsmith", "{}"), "score", SpanRole.Agent, 1_790_000_000_000_000_000, 1_000, null, null,
                    SpanFormat.LangSmith, Encoding.UTF8.GetBytes("""{"run_type":"chain","inputs":{"employees":3},"outputs":{"score":30}}""")),
            ],
            [], TestContext.Current.CancellationToken);
    }
}
