using System.Text.Json;

namespace Kintsugi.EndToEnd.Protocols;

public class ScorerTests
{
    [Fact]
    public async Task Every_scorer_judges_the_sample_agent()
    {
        using var agent = await SampleAgentAsync("""
            - exact: { path: $.tier }
            - number: { path: $.score, within: 5 }
            - contains: { path: $.owner }
            - regex: { path: $.tier, pattern: "^[ABCD]$" }
            - json_schema: { schema: judges/answer.json }
            - json_path: { path: $.reason, exists: true }
            - tool_calls: { expect: [lookup_company, check_territory], order: any }
            - command: { run: python3 -S judges/polite.py }
            - evaluator: { type: "Kintsugi.EndToEnd.Protocols.LengthEvaluator, Kintsugi.EndToEnd", assembly: judges/Kintsugi.EndToEnd.dll, pass: 10 }
            """);

        var said = await agent.KintsugiAsync(0, "eval", "--json", "--allow-insufficient");

        await OutputSchemas.AssertFitsAsync("eval.schema.json", said.Output);
        var rate = JsonDocument.Parse(said.Output).RootElement.GetProperty("candidate");
        Assert.InRange(rate.GetProperty("passed").GetInt32(), rate.GetProperty("runs").GetInt32() * 9 / 10, rate.GetProperty("runs").GetInt32());
    }

    [Theory]
    [InlineData("tool_calls: { expect: [send_mail] }", "send_mail")]
    [InlineData("command: { run: python3 -S judges/rude.py }", "not polite enough")]
    [InlineData("evaluator: { type: \"Kintsugi.EndToEnd.Protocols.LengthEvaluator, Kintsugi.EndToEnd\", assembly: judges/Kintsugi.EndToEnd.dll, pass: 100000 }", "Length is")]
    public async Task A_scorer_that_refuses_says_why_in_the_table(string scorer, string why)
    {
        using var agent = await SampleAgentAsync($"- {scorer}");

        var said = await agent.KintsugiAsync(0, "eval", "--allow-insufficient");

        Assert.Contains(why, said.Output, StringComparison.Ordinal);
        Assert.Contains("lead-001", said.Output, StringComparison.Ordinal);
    }

    /// <summary>The sample agent with a handful of its leads and these scorers.</summary>
    private static async Task<AgentRepository> SampleAgentAsync(string scorers)
    {
        var agent = await AgentRepository.WithAsync();
        var sample = Path.Combine(Checkout.Root, "samples", "gtm-agent");
        foreach (var file in Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories).Where(f => f[sample.Length..].Split('/').All(part => part is not ("__pycache__" or ".kintsugi"))))
            agent.Write(Path.GetRelativePath(sample, file), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        agent.Write("golden/leads.jsonl", string.Concat(agent.Read("golden/leads.jsonl").Split('\n').Take(4).Select(line => line + "\n")));
        agent.Write("kintsugi.yaml", $"""
            agent: {"{ name: scorer, run: python3 -S agent.py }"}
            dataset: golden/leads.jsonl
            scorers:
            {scorers}

            """);
        agent.Write("judges/answer.json", """{ "type": "object", "required": ["tier", "score"], "properties": { "score": { "type": "number", "minimum": 0, "maximum": 100 } } }""");
        agent.Write("judges/polite.py", Judge("1"));
        agent.Write("judges/rude.py", Judge("0.25"));
        File.Copy(typeof(LengthEvaluator).Assembly.Location, Path.Combine(agent.Top, "judges", "Kintsugi.EndToEnd.dll"));
        await agent.CommitAsync("Score leads");
        return agent;
    }

    private static string Judge(string score) => $$"""
        import json
        import sys

        seen = json.load(sys.stdin)
        assert seen["output"]["tier"] and seen["target"] and seen["trajectory"]["steps"]
        print(json.dumps({"score": {{score}}, "reason": "not polite enough" if {{score}} < 1 else "polite"}))

        """;
}
