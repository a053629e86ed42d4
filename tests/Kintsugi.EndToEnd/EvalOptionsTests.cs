using System.Text.Json;
using Kintsugi.EndToEnd.Protocols;

namespace Kintsugi.EndToEnd;

/// <summary>`eval --plan` and `eval --all`.</summary>
public class EvalOptionsTests
{
    private const string PromptOnly = "{ name: scorer, protocol: prompt, prompt: prompts/score.md, model: sim-large, response: json }";

    [Fact]
    public async Task A_plan_says_what_a_run_would_take_and_runs_nothing()
    {
        using var agent = await RepositoryAsync("");
        var before = await PlanAsync(agent);
        await agent.KintsugiAsync(3, "eval");

        var after = await PlanAsync(agent);

        Assert.Equal((24, JsonValueKind.Null), (before.GetProperty("agent_runs").GetInt32(), before.GetProperty("forecast").ValueKind));
        Assert.False(before.GetProperty("has_baseline").GetBoolean());
        Assert.Equal(24, after.GetProperty("forecast").GetProperty("model_calls").GetInt32());
        Assert.Contains("24 agent runs", (await agent.KintsugiAsync(0, "eval", "--plan")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_runs_the_agents_that_have_changed_and_no_other()
    {
        using var agents = await RepositoryAsync("one", "two");
        foreach (var name in new[] { "one", "two" })
        {
            var blessed = await Shell.KintsugiAsync("bless", "--dir", Path.Combine(agents.Top, name));
            Assert.True(blessed.Status == 0, blessed.Error);
        }
        await agents.CommitAsync("Bless both");
        var still = await agents.KintsugiAsync(0, "eval", "--all");
        agents.Edit("two/prompts/score.md", "- Add 30 points when `employees` is at least 1000.\n", "");
        await agents.CommitAsync("Simplify");

        var told = await agents.KintsugiAsync(1, "eval", "--all", "--json");

        Assert.Equal(2, still.Output.Split("not run").Length - 1);
        await OutputSchemas.AssertFitsAsync("eval-all.schema.json", told.Output);
        var both = JsonDocument.Parse(told.Output).RootElement.GetProperty("agents").EnumerateArray().ToList();
        Assert.Equal(["one", "two"], both.Select(a => a.GetProperty("path").GetString()));
        Assert.Equal([false, true], both.Select(a => a.GetProperty("changed").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, both[0].GetProperty("evaluation").ValueKind);
        Assert.Equal("regressed", both[1].GetProperty("evaluation").GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task A_repository_without_an_agent_says_what_to_do()
    {
        using var empty = await AgentRepository.WithAsync(("README.md", "nothing\n"));
        await empty.CommitAsync("Nothing");

        Assert.Contains("kintsugi init", (await empty.KintsugiAsync(2, "eval", "--all")).Error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> PlanAsync(AgentRepository agent)
    {
        var told = await agent.KintsugiAsync(0, "eval", "--plan", "--json");
        await OutputSchemas.AssertFitsAsync("eval-plan.schema.json", told.Output);
        return JsonDocument.Parse(told.Output).RootElement;
    }

    private static async Task<AgentRepository> RepositoryAsync(params string[] directories)
    {
        var repository = await AgentRepository.WithAsync([.. directories.SelectMany(directory => new[]
        {
            (Path.Combine(directory, "kintsugi.yaml"), SmallAgents.Settings(PromptOnly)), (Path.Combine(directory, "golden/leads.jsonl"), SmallAgents.Gold(24)),
            (Path.Combine(directory, "prompts/score.md"), SmallAgents.Prompt),
        })]);
        await repository.CommitAsync("Score leads");
        return repository;
    }
}
