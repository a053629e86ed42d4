using System.Text.Json;

namespace Kintsugi.EndToEnd.Protocols;

public class ProtocolTests
{
    private const string Exec = "{ name: scorer, protocol: exec, run: python3 -S agent.py }";
    private const string PromptOnly = "{ name: scorer, protocol: prompt, prompt: prompts/score.md, model: sim-large, response: json }";

    [Theory]
    [InlineData(Exec)]
    [InlineData("{ name: scorer, protocol: http, run: python3 -S server.py }")]
    [InlineData(PromptOnly)]
    public async Task An_agent_is_blessed_and_healthy_whatever_its_protocol(string settings)
    {
        using var agent = await AgentAsync(settings);

        await agent.KintsugiAsync(0, "bless");
        var healthy = await agent.KintsugiAsync(0, "eval");

        Assert.Contains("healthy", healthy.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rubric_line_lost_from_a_prompt_without_a_process_is_put_back()
    {
        using var agent = await AgentAsync(PromptOnly);
        await agent.KintsugiAsync(0, "bless");
        agent.Edit("prompts/score.md", "Be friendly in your reason.", "Be brief and friendly in your reason.");
        await agent.CommitAsync("Ask for brevity");
        agent.Edit("prompts/score.md", "- Add 30 points when `employees` is at least 1000.\n", "");
        agent.Edit("prompts/score.md", "for a sales team", "for the sales team");
        await agent.CommitAsync("Tidy the prompt");
        agent.Write("README.md", "# Scores leads\n");
        await agent.CommitAsync("Say what it is");

        var healed = await HealAsync(agent);

        AssertProposed(healed, "prompt", "prompts/score.md", removed: "- Add 30 points when `employees` is at least 1000.");
        var branch = healed.GetProperty("proposal").GetProperty("branch").GetString()!;
        var mended = await Shell.GitAsync(agent.Top, "show", $"{branch}:prompts/score.md");
        Assert.Contains("at least 1000", mended, StringComparison.Ordinal);
        Assert.Contains("for the sales team", mended, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_boundary_in_a_program_that_runs_once_a_sample_is_put_back()
    {
        using var agent = await AgentAsync(Exec);
        await agent.KintsugiAsync(0, "bless");
        agent.Edit("agent.py", """lead["employees"] >= LARGE""", """lead["employees"] > LARGE""");
        agent.Edit("agent.py", "import json\nimport sys\n", "\"\"\"Scores one lead.\"\"\"\nimport json\nimport sys\n");
        await agent.CommitAsync("Describe the module");

        var healed = await HealAsync(agent);

        AssertProposed(healed, "code", "agent.py", removed: """    if lead["employees"] >= LARGE:""");
    }

    private static async Task<AgentRepository> AgentAsync(string settings)
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings(settings)), ("golden/leads.jsonl", SmallAgents.Gold()),
            ("prompts/score.md", SmallAgents.Prompt), ("agent.py", SmallAgents.Program), ("server.py", SmallAgents.Server));
        await agent.CommitAsync("Score leads");
        return agent;
    }

    private static async Task<JsonElement> HealAsync(AgentRepository agent)
    {
        var healed = await agent.KintsugiAsync(0, "heal", "--json");
        await OutputSchemas.AssertFitsAsync("heal.schema.json", healed.Output);
        return JsonDocument.Parse(healed.Output).RootElement;
    }

    /// <summary>The outcome, the cause, and exactly the culprit.</summary>
    private static void AssertProposed(JsonElement healed, string cause, string file, string removed)
    {
        Assert.Equal("proposed", healed.GetProperty("outcome").GetString());
        var diagnosis = healed.GetProperty("diagnosis");
        Assert.Equal(cause, diagnosis.GetProperty("cause").GetString());
        var hunk = Assert.Single(diagnosis.GetProperty("culprit").EnumerateArray());
        Assert.Equal(file, hunk.GetProperty("file").GetString());
        Assert.Equal([removed], hunk.GetProperty("removed").EnumerateArray().Select(line => line.GetString()));
    }
}
