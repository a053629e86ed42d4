using System.Text.Json;
using Kintsugi.EndToEnd.Protocols;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd.BadInput;

/// <summary>What is wrong with neither version of the agent: it must not be called a regression, a drift or bad input.</summary>
public class WorldTests
{
    private const string PromptOnly = "{ name: scorer, protocol: prompt, prompt: prompts/score.md, model: sim-large, response: json }";

    [Theory]
    [InlineData(404, """{"error":{"message":"no such model"}}""")]
    [InlineData(200, """{"object":"chat.completion","model":"m","choices":[]}""")]
    public async Task A_provider_that_answers_no_version_any_more_is_the_world(int status, string body)
    {
        var answers = true;
        await using var provider = await LoopbackService.StartAsync(context =>
        {
            context.Response.StatusCode = answers ? 200 : status;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(answers ? """{"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{\"score\": 60}"},"finish_reason":"stop"}]}""" : body);
        });
        using var agent = await AgentAsync($"models: {{ providers: {{ p: {{ kind: openai, url: \"{provider.Urls.Single()}/v1\" }} }} }}\n", SmallGold(score: 60));
        await agent.KintsugiAsync(0, "bless");
        agent.Edit("prompts/score.md", "Be friendly", "Be kind");
        await agent.CommitAsync("Be kind");
        answers = false;

        var ended = await agent.KintsugiAsync(4, "heal");

        Assert.Contains("The world failed", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_that_does_not_reach_is_said_by_every_verb_and_an_unknown_price_by_doctor()
    {
        await using var provider = await LoopbackService.StartAsync(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"object":"chat.completion","model":"sim-large","choices":[{"index":0,"message":{"role":"assistant","content":"{\"score\": 60}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":10}}""");
        });
        string Models(string budget, string more = "") =>
            $"models: {{ providers: {{ p: {{ kind: openai, url: \"{provider.Urls.Single()}/v1\" }} }}, budget: {budget}{more} }}\n";
        using var agent = await AgentAsync(Models("{ usd: 1000 }"), SmallGold(score: 60));
        await agent.KintsugiAsync(0, "bless");
        Assert.Contains("prices    none is known for sim-large at 127.0.0.1", (await agent.KintsugiAsync(0, "doctor")).Output, StringComparison.Ordinal);

        agent.Edit("kintsugi.yaml", "budget: { usd: 1000 }", "budget: [{ usd: 0.01, per: day }], prices: prices.json");
        agent.Edit("prompts/score.md", "Be friendly", "Be kind");
        agent.Write("prices.json", "{\n  \"127.0.0.1\": { \"sim-large\": { \"input\": 1 } }\n}\n");
        await agent.CommitAsync("Be kind, and thrifty");
        Assert.Contains("prices.json(2): 'sim-large' has no 'output'.", (await agent.KintsugiAsync(2, "eval")).Error, StringComparison.Ordinal);
        agent.Edit("prices.json", "\"input\": 1", "\"input\": 1, \"output\": 5");
        await agent.CommitAsync("Say the price");

        Assert.DoesNotContain("prices    ", (await agent.KintsugiAsync(0, "doctor")).Output, StringComparison.Ordinal);
        Assert.Contains("The budget models.budget[0].usd of 0.01 USD per day does not reach", (await agent.KintsugiAsync(4, "eval")).Error, StringComparison.Ordinal);
        Assert.Contains("Raise models.budget[0].usd", (await agent.KintsugiAsync(4, "bless")).Error, StringComparison.Ordinal);
        Assert.Contains("The budget models.budget[0].usd", (await agent.KintsugiAsync(1, "heal", "--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gold_that_was_changed_under_the_agent_is_for_a_person_and_no_bad_input()
    {
        using var agent = await AgentAsync("gate: { floor: 0.9 }\n", SmallAgents.Gold(36));
        await agent.KintsugiAsync(0, "bless");
        agent.Edit("golden/leads.jsonl", "\"target\":{\"score\":60}", "\"target\":{\"score\":65}");
        await agent.CommitAsync("Correct targets");

        var healed = JsonDocument.Parse((await agent.KintsugiAsync(1, "heal", "--json")).Output).RootElement;

        Assert.Equal("escalated", healed.GetProperty("outcome").GetString());
        Assert.Equal("unknown", healed.GetProperty("diagnosis").GetProperty("cause").GetString());
        Assert.Contains("changed since the blessing", healed.GetProperty("diagnosis").GetProperty("evidence")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_in_the_way_of_fixes_is_said_before_anything_is_run()
    {
        using var agent = await AgentAsync("", SmallAgents.Gold(24));
        await agent.KintsugiAsync(0, "bless");
        await Shell.GitAsync(agent.Top, "branch", "kintsugi");

        Assert.Contains("git branch -m kintsugi another-name", (await agent.KintsugiAsync(2, "heal")).Error, StringComparison.Ordinal);
        Assert.Contains("No incidents", (await agent.KintsugiAsync(0, "incident list")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".kintsugi")]
    [InlineData(".kintsugi/work")]
    [InlineData(".kintsugi/kintsugi.db")]
    public async Task Nothing_is_written_where_a_link_leads(string link)
    {
        using var agent = await AgentAsync("", SmallAgents.Gold(24));
        using var elsewhere = await AgentRepository.WithAsync();
        if (link.Contains('/', StringComparison.Ordinal)) Directory.CreateDirectory(Path.Combine(agent.Top, ".kintsugi"));
        File.CreateSymbolicLink(Path.Combine(agent.Top, link), Path.Combine(elsewhere.Top, "target"));

        var refused = await agent.KintsugiAsync(2, "eval");

        Assert.Contains("symbolic link", refused.Error, StringComparison.Ordinal);
        Assert.Equal([".git"], Directory.EnumerateFileSystemEntries(elsewhere.Top).Select(Path.GetFileName));
    }

    private static string SmallGold(int score) =>
        string.Concat(Enumerable.Range(0, 24).Select(n => $$$"""{"id":"lead-{{{n}}}","input":{"employees":{{{n}}},"title":"planner"},"target":{"score":{{{score}}}}}""" + "\n"));

    private static async Task<AgentRepository> AgentAsync(string settings, string gold)
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings(PromptOnly) + settings), ("golden/leads.jsonl", gold), ("prompts/score.md", SmallAgents.Prompt));
        await agent.CommitAsync("Score leads");
        return agent;
    }
}
