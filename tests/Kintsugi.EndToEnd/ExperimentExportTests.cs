using System.Text.Json.Nodes;
using Kintsugi.EndToEnd.Protocols;
using Kintsugi.Tests.Tracing.LangSmith;

namespace Kintsugi.EndToEnd;

/// <summary>What a LangSmith that the environment names hears of an evaluation.</summary>
public class ExperimentExportTests
{
    [Fact]
    public async Task An_evaluation_is_an_experiment_where_the_environment_asks_for_it()
    {
        await using var host = await LangSmithHost.StartAsync();
        using var agent = await AgentAsync();

        await agent.KintsugiAsync(0, Variables(host.Address, tracing: "false"), "eval", "--allow-insufficient");
        Assert.Empty(host.Experiments);
        var ended = await agent.KintsugiAsync(0, Variables(host.Address, tracing: "true"), "eval", "--allow-insufficient");

        var experiment = host.Experiments[^1];
        Assert.Contains($"as the experiment '{experiment.Name}'", ended.Error, StringComparison.Ordinal);
        Assert.Equal("no_baseline", (string?)experiment.Metadata["verdict"]);
        Assert.InRange(experiment.Runs.Count, 1, 11); // of twelve the others are held out
        Assert.All(experiment.Runs, run => Assert.Equal(["number $.score", "passed"], run.Scores.Select(s => s.Key).Order(StringComparer.Ordinal)));
        Assert.All(experiment.Runs, run => Assert.Equal(["sample"], JsonNode.Parse(run.Root.Body.Span)!["inputs"]!.AsObject().Select(p => p.Key)));
    }

    [Fact]
    public async Task A_langsmith_that_is_down_is_said_and_fails_nothing()
    {
        using var agent = await AgentAsync();

        var ended = await agent.KintsugiAsync(0, Variables(new Uri("http://127.0.0.1:9"), tracing: "true"), "eval", "--allow-insufficient");

        Assert.Contains("warning: the evaluation was not sent to LangSmith: 127.0.0.1 cannot be reached", ended.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Variables(Uri address, string tracing) => new() { ["LANGSMITH_ENDPOINT"] = address.ToString(), ["LANGSMITH_TRACING"] = tracing };

    private static async Task<AgentRepository> AgentAsync()
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: scorer, protocol: exec, run: python3 agent.py }")), ("agent.py", SmallAgents.Program), ("golden/leads.jsonl", SmallAgents.Gold(12)));
        await agent.CommitAsync("Begin");
        return agent;
    }
}
