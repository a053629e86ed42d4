using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd.Protocols;

/// <summary>An agent that looks each company up in a CRM which lets nobody in without a key.</summary>
public class UpstreamTests
{
    private const string Key = "crm-very-secret-0123456789";

    /// <summary>Whatever of the key could be seen inside would be its answer.</summary>
    private const string Agent = """
        import json, os, sys, urllib.request

        for line in sys.stdin:
            asked = json.loads(line)
            request = urllib.request.Request(os.environ["CRM_URL"] + "/companies/" + str(asked["input"]["n"]))
            company = json.load(urllib.request.urlopen(request))
            seen = [name for name, value in dict(os.environ, **company).items() if "crm-very-" in str(value)]
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"size": company["size"], "seen": seen}}), flush=True)

        """;

    [Fact]
    public async Task An_agent_reads_its_CRM_with_a_key_that_it_never_sees()
    {
        var keys = new ConcurrentBag<string>();
        await using var crm = await LoopbackService.StartAsync(context =>
        {
            var sent = context.Request.Headers.Authorization.ToString();
            keys.Add(sent);
            var n = context.Request.Path.Value!.Split('/')[^1];
            return context.Response.WriteAsync($$"""{"size": {{n}}0, "echo": "{{sent}}"}""");
        });
        using var agent = await AgentAsync(crm.Urls.Single());

        var evaluated = await Shell.KintsugiAsync(Variables, "eval", agent.Top, "--json", "--allow-insufficient");

        Assert.True(evaluated.Status == 0, evaluated.Error);
        var rate = JsonDocument.Parse(evaluated.Output).RootElement.GetProperty("candidate");
        Assert.Equal((24, 24), (rate.GetProperty("passed").GetInt32(), rate.GetProperty("runs").GetInt32()));
        Assert.Equal(24, keys.Count);
        Assert.All(keys, k => Assert.Equal($"Bearer {Key}", k));
    }

    [Fact]
    public async Task A_CRM_that_is_down_is_the_world_and_is_named()
    {
        await using var crm = await LoopbackService.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        using var agent = await AgentAsync(crm.Urls.Single());

        var evaluated = await Shell.KintsugiAsync(Variables, "eval", agent.Top);

        Assert.Equal(4, evaluated.Status);
        Assert.Contains("upstream CRM_URL (127.0.0.1): overloaded: status 503", evaluated.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_lists_upstreams_and_a_variable_that_is_not_set_is_named()
    {
        using var agent = await AgentAsync("https://crm.example.com/v2");

        var well = await Shell.KintsugiAsync(Variables, "doctor", agent.Top);
        var ill = await Shell.KintsugiAsync("doctor", agent.Top);

        Assert.Contains("upstream  CRM_URL (crm.example.com), GET: key set", well.Output, StringComparison.Ordinal);
        Assert.Contains("'upstreams.CRM_URL.headers.Authorization' needs the environment variable CRM_KEY, which is not set.", ill.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, well.Output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Variables => new() { ["CRM_KEY"] = Key };

    private static async Task<AgentRepository> AgentAsync(string crm)
    {
        var gold = Enumerable.Range(1, 24).Select(n => $$$"""{"id":"c{{{n}}}","input":{"n":{{{n}}}},"target":{"size":{{{n}}}0,"seen":[]}}""" + "\n");
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", $$"""
                agent: { name: scorer, run: python3 -S agent.py }
                dataset: gold.jsonl
                scorers: [exact: { path: $ }]
                gate: { baseline_runs: 2, epochs: { min: 1, max: 2 } }
                upstreams: { CRM_URL: { url: "{{crm}}", headers: { Authorization: "Bearer ${CRM_KEY}" } } }

                """),
            ("gold.jsonl", string.Concat(gold)), ("agent.py", Agent));
        await agent.CommitAsync("Score leads");
        return agent;
    }
}
