using System.Text.Json;
using Kintsugi.EndToEnd.Protocols;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd;

/// <summary>`eval --trust`: what a fork's pull request can do to the verdict about it, and to our keys.</summary>
public class StrangersVersionTests
{
    private const string Judge = """
        import json, sys
        asked = json.load(sys.stdin)
        ok = asked["output"] == asked["target"]
        print(json.dumps({"score": 1 if ok else 0, "reason": "compared"}))

        """;

    private const string Settings = """
        agent: { name: scorer, run: python3 agent.py, protocol: exec }
        dataset: golden/leads.jsonl
        scorers: [ { number: { path: $.score, within: 0 } }, { command: { run: python3 judge/check.py } } ]
        gate: { floor: 0.9 }

        """;

    [Fact]
    public async Task A_fork_lowers_neither_its_floor_nor_its_scorers_nor_its_baseline()
    {
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", Settings), ("golden/leads.jsonl", SmallAgents.Gold(30)), ("agent.py", SmallAgents.Program), ("judge/check.py", Judge));
        await agent.CommitAsync("Score leads");
        await agent.KintsugiAsync(0, "bless");
        var trusted = await agent.CommitAsync("Bless");
        await Shell.GitAsync(agent.Top, "checkout", "-q", "-b", "fork");
        agent.Edit("agent.py", "LARGE = 1000", "LARGE = 100000");
        agent.Edit("kintsugi.yaml", "within: 0", "within: 1000");
        agent.Edit("kintsugi.yaml", "floor: 0.9", "floor: 0, margin: 0.99, odds: 900");
        agent.Write("judge/check.py", "print('{\"score\": 1, \"reason\": \"fine\"}')\n");
        await agent.CommitAsync("Improve");
        await agent.KintsugiAsync(0, "bless"); // what it blesses itself
        await agent.CommitAsync("Bless the improvement");

        var believed = await agent.KintsugiAsync(0, "eval", "--json");
        var judged = await agent.KintsugiAsync(1, "eval", "--trust", "main", "--json");
        var said = await agent.KintsugiAsync(1, "eval", "--trust", "main");

        await OutputSchemas.AssertFitsAsync("eval.schema.json", judged.Output);
        var verdict = JsonDocument.Parse(judged.Output).RootElement;
        Assert.Equal("healthy", JsonDocument.Parse(believed.Output).RootElement.GetProperty("verdict").GetString());
        Assert.Equal(("regressed", trusted, "replay"), (verdict.GetProperty("verdict").GetString(), verdict.GetProperty("trusted_base").GetString(), verdict.GetProperty("cassette").GetString()));
        Assert.Contains("Replay only: a stranger's version gets no key", said.Output, StringComparison.Ordinal);
        Assert.Contains("gets no key", (await agent.KintsugiAsync(2, "eval", "--trust", "main", "--cassette", "live")).Error, StringComparison.Ordinal);
        Assert.Contains("in a sandbox only", (await agent.KintsugiAsync(2, "eval", "--trust", "main", "--allow-unsandboxed")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_that_is_sound_passes_with_its_own_start_and_its_own_cases()
    {
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", Settings), ("golden/leads.jsonl", SmallAgents.Gold(30)), ("agent.py", SmallAgents.Program), ("judge/check.py", Judge));
        await agent.CommitAsync("Score leads");
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        await Shell.GitAsync(agent.Top, "checkout", "-q", "-b", "fork");
        agent.Write("scorer.py", agent.Read("agent.py"));
        File.Delete(Path.Combine(agent.Top, "agent.py"));
        agent.Edit("kintsugi.yaml", "python3 agent.py", "python3 scorer.py");
        agent.Write("golden/leads.jsonl", SmallAgents.Gold(31));
        await agent.CommitAsync("Rename");

        var judged = JsonDocument.Parse((await agent.KintsugiAsync(0, "eval", "--trust", "main", "--json")).Output).RootElement;

        Assert.Equal(("healthy", 31), (judged.GetProperty("verdict").GetString(), judged.GetProperty("samples").GetArrayLength()));
    }

    [Fact]
    public async Task A_fork_gets_no_key_to_any_address_its_own_or_ours()
    {
        List<string> asked = [];
        await using var world = await LoopbackService.StartAsync(async context =>
        {
            lock (asked) asked.Add($"{context.Request.Path} {context.Request.Headers.Authorization}");
            await context.Response.WriteAsync("{}", context.RequestAborted);
        });
        var address = world.Urls.Single();
        var settings = SmallAgents.Settings("{ name: scorer, protocol: prompt, prompt: prompts/score.md, model: m, response: json }") + $$"""
            models: { providers: { ours: { kind: openai, url: {{address}}/ours, key: ${MODEL_KEY} } }, roles: { agent: [ours] } }

            """;
        using var agent = await AgentRepository.WithAsync(("kintsugi.yaml", settings), ("golden/leads.jsonl", SmallAgents.Gold(5)), ("prompts/score.md", SmallAgents.Prompt));
        await agent.CommitAsync("Score leads");
        await Shell.GitAsync(agent.Top, "checkout", "-q", "-b", "fork");
        agent.Edit("kintsugi.yaml", "/ours", "/theirs");
        await agent.CommitAsync("Use a better model");

        var ended = await agent.KintsugiAsync(4, new Dictionary<string, string> { ["MODEL_KEY"] = "sk-0123456789abcdef0123456789abcdef" }, "eval", "--trust", "main");

        Assert.Empty(asked);
        Assert.Contains("A stranger's version gets no key", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_brings_no_recordings_of_its_own()
    {
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", Settings), ("golden/leads.jsonl", SmallAgents.Gold(5)), ("agent.py", SmallAgents.Program), ("judge/check.py", Judge));
        await agent.CommitAsync("Score leads");
        await Shell.GitAsync(agent.Top, "checkout", "-q", "-b", "fork");
        agent.Write(".kintsugi/kintsugi.db", "");
        await agent.CommitAsync("Add answers");

        Assert.Contains("recordings", (await agent.KintsugiAsync(2, "eval", "--trust", "main")).Error, StringComparison.Ordinal);
    }
}
