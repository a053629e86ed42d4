using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Tests.Evaluation.Agents;

public class AgentFileTests
{
    private const string Least = """
        agent: { name: a, run: python3 agent.py }
        dataset: golden/leads.jsonl
        scorers:
          - exact: { path: $.tier }
        """;

    private static AgentDefinition Load(string text) =>
        AgentFile.Load(text, AgentFile.FileName, name => name.EndsWith("_KEY", StringComparison.Ordinal) ? "s3cret-" + name : null);

    [Fact]
    public void The_least_file_has_the_documented_defaults()
    {
        var agent = Load(Least);

        Assert.Equal("a", agent.Name);
        Assert.Equal(AgentProtocol.Jsonl, agent.Protocol);
        Assert.Equal("python3 agent.py", agent.Run);
        Assert.Equal(2, agent.Processes);
        Assert.Equal(TimeSpan.FromSeconds(60), agent.Timeout);
        Assert.Equal(["golden/leads.jsonl"], agent.Datasets);
        Assert.Equal("exact", Assert.Single(agent.Scorers).Kind);
        Assert.Equal(new GateDefinition(), agent.Gate);
        Assert.Equal("simulated", Assert.Single(agent.Models.Providers).Key);
        Assert.Equal("local", agent.Review.To);
        Assert.Empty(agent.Warnings);
    }

    [Fact]
    public void Everything_in_the_documented_example_is_read()
    {
        var agent = Load(AgentFileExamples.Documented);

        Assert.Equal(["prompts/**"], agent.Components[0].Globs);
        Assert.Equal([Component.Prompt, Component.Tool, Component.Schema, Component.Data, Component.Model, Component.Dependency], agent.Components.Select(c => c.Component));
        Assert.Equal(["tests/**", "docs/rules.md"], agent.Spec);
        Assert.Equal(5, agent.Scorers[1].Settings.GetProperty("within").GetInt32());
        Assert.Equal(0.95, agent.Gate.Floor);
        Assert.Equal(new ProviderNamed("n1n", "openai", "s3cret-N1N_API_KEY"), ProviderNamed.Of(agent, "n1n"));
        Assert.Equal(["n1n/claude-3-5-sonnet"], agent.Models.Roles["triage"]);
        Assert.Equal(5.00m, agent.Models.BudgetUsd);
        Assert.Equal(["migrations/**"], agent.Repair.NeverRestore);
        Assert.Contains(agent.Warnings, w => w.Contains("'upstreams' is read but not honoured yet", StringComparison.Ordinal));
        Assert.Contains(agent.Warnings, w => w.Contains("anthropic", StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_is_shown_by_no_warning_and_no_provider()
    {
        var agent = Load(AgentFileExamples.Documented);

        Assert.DoesNotContain("s3cret", string.Join('\n', agent.Warnings) + string.Join('\n', agent.Models.Providers.Values), StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_key_is_refused_with_its_line_and_the_nearest_known_one()
    {
        var refused = Assert.Throws<BadFileException>(() => Load(Least + "\ngate:\n  flor: 0.9\n"));

        Assert.Equal("kintsugi.yaml(6): The key 'gate.flor' is not known. Did you mean 'floor'?", refused.Message);
    }

    private sealed record ProviderNamed(string Name, string Kind, string? Key)
    {
        public static ProviderNamed Of(AgentDefinition agent, string name) =>
            new(agent.Models.Providers[name].Name, agent.Models.Providers[name].Kind, agent.Models.Providers[name].Key);
    }
}
