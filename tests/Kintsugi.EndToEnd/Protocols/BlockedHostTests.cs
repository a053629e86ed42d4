namespace Kintsugi.EndToEnd.Protocols;

/// <summary>An agent that asks for hosts which the sandbox keeps from it.</summary>
public class BlockedHostTests
{
    private const string Prelude = """
        import json, socket, sys

        def ask(host):
            try: socket.getaddrinfo(host, 443); return True
            except OSError: return False


        """;

    [Fact]
    public async Task A_failure_beside_a_host_that_was_kept_from_the_agent_is_the_worlds_and_the_line_to_add_is_named()
    {
        using var agent = await AgentAsync("reached = ask('crm.example.com')", "reached");

        var evaluated = await Shell.KintsugiAsync("eval", agent.Top);

        Assert.Equal(4, evaluated.Status);
        Assert.Contains("the host 'crm.example.com'", evaluated.Error, StringComparison.Ordinal);
        Assert.Contains("upstreams: { CRM_EXAMPLE_COM_URL: { url: \"https://crm.example.com\" } }", evaluated.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_does_not_start_for_want_of_a_host_says_nothing_about_the_version()
    {
        using var agent = await AgentAsync("if not ask('config.example.com'): sys.exit('no configuration')", "True");

        var evaluated = await Shell.KintsugiAsync("eval", agent.Top);

        Assert.Equal(4, evaluated.Status);
        Assert.Contains("config.example.com", evaluated.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_agent_does_well_without_is_no_failure()
    {
        using var agent = await AgentAsync("ask('stats.example.com')", "True");

        Assert.Equal(0, (await Shell.KintsugiAsync("eval", agent.Top, "--allow-insufficient")).Status);
    }

    [Fact]
    public async Task A_failure_beside_a_host_that_the_agent_can_do_without_is_its_own()
    {
        using var agent = await AgentAsync("ask('stats.example.com')", "False", "sandbox: { unreachable: [stats.example.com] }");

        var evaluated = await Shell.KintsugiAsync("eval", agent.Top, "--json", "--allow-insufficient");

        Assert.True(evaluated.Status is 0 or 1, evaluated.Error);
        Assert.Equal(0, System.Text.Json.JsonDocument.Parse(evaluated.Output).RootElement.GetProperty("candidate").GetProperty("passed").GetInt32());
    }

    private static async Task<AgentRepository> AgentAsync(string start, string output, string more = "")
    {
        var gold = Enumerable.Range(1, 8).Select(n => $$"""{"id":"c{{n}}","input":{"n":{{n}}},"target":true}""" + "\n");
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", $$"""
                agent: { name: scorer, run: python3 -S agent.py }
                dataset: gold.jsonl
                scorers: [exact: { path: $ }]
                gate: { baseline_runs: 2, epochs: { min: 1, max: 2 } }
                {{more}}

                """),
            ("gold.jsonl", string.Concat(gold)),
            ("agent.py", $$"""
                {{Prelude}}{{start}}
                for line in sys.stdin:
                    asked = json.loads(line)
                    print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {{output}}}), flush=True)

                """));
        await agent.CommitAsync("Score leads");
        return agent;
    }
}
