using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd;

/// <summary>Recordings that are carried from one clone to another, where nobody can be asked.</summary>
public class CassetteTests
{
    private const string Key = "sk-0123456789abcdef0123456789abcdef";
    private const string CrmKey = "crm-very-secret-0123456789";

    private static readonly Dictionary<string, string> Keys = new() { ["MODEL_KEY"] = Key, ["CRM_KEY"] = CrmKey };

    /// <summary>Looks a company up, then has a model say what it is worth; every third answer is wrong.</summary>
    private const string Agent = """
        import json, os, sys, urllib.request

        def call(url, body=None):
            return json.load(urllib.request.urlopen(urllib.request.Request(url, body and json.dumps(body).encode(), {"Content-Type": "application/json"})))

        for line in sys.stdin:
            asked = json.loads(line)
            company = call(os.environ["CRM_URL"] + "/companies/" + str(asked["input"]["n"]))
            said = call(os.environ["OPENAI_BASE_URL"] + "/chat/completions", {"model": "m-1", "messages": [{"role": "user", "content": "Score %d" % company["size"]}]})
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"score": said["choices"][0]["message"]["content"]}}), flush=True)

        """;

    [Fact]
    public async Task An_evaluation_is_repeated_in_a_clean_clone_with_no_key_and_no_provider()
    {
        var world = await LoopbackService.StartAsync(AnswerAsync);
        using var agent = await AgentAsync(world.Urls.Single());
        var live = await agent.KintsugiAsync(0, Keys, "eval", "--json", "--allow-insufficient");
        await agent.KintsugiAsync(0, Keys, "cassette export", Path.Combine(agent.Top, "cassette.jsonl"));
        await world.DisposeAsync();
        using var clone = await CloneAsync(agent);

        var imported = await clone.KintsugiAsync(0, "cassette import", Path.Combine(clone.Top, "cassette.jsonl"), "--json");
        var replayed = await clone.KintsugiAsync(0, "eval", "--json", "--allow-insufficient", "--cassette", "replay");
        var table = await clone.KintsugiAsync(3, "eval", "--cassette", "replay");
        await clone.KintsugiAsync(0, "cassette export", Path.Combine(clone.Top, "again.jsonl"));

        await OutputSchemas.AssertFitsAsync("cassette-import.schema.json", imported.Output);
        Assert.Equal(48, JsonDocument.Parse(imported.Output).RootElement.GetProperty("added").GetInt32());
        await OutputSchemas.AssertFitsAsync("eval.schema.json", replayed.Output);
        var (then, now) = (JsonDocument.Parse(live.Output).RootElement, JsonDocument.Parse(replayed.Output).RootElement);
        Assert.Equal(then.GetProperty("samples").GetRawText(), now.GetProperty("samples").GetRawText());
        Assert.Equal(16, now.GetProperty("candidate").GetProperty("passed").GetInt32());
        Assert.Equal((24, 0), (now.GetProperty("cost").GetProperty("model_calls").GetInt32(), now.GetProperty("cost").GetProperty("live_model_calls").GetInt32()));
        Assert.Equal(("auto", "replay"), (then.GetProperty("cassette").GetString(), now.GetProperty("cassette").GetString()));
        Assert.Contains("Replayed:", table.Output, StringComparison.Ordinal);
        var file = agent.Read("cassette.jsonl");
        Assert.Equal(file, clone.Read("again.jsonl"));
        Assert.DoesNotContain(Key, file, StringComparison.Ordinal);
        Assert.DoesNotContain(CrmKey, file, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_that_was_never_recorded_is_shown_beside_the_nearest_that_was()
    {
        await using var world = await LoopbackService.StartAsync(AnswerAsync);
        using var agent = await AgentAsync(world.Urls.Single());
        await agent.KintsugiAsync(0, Keys, "eval", "--allow-insufficient");
        agent.Edit("agent.py", "Score %d", "Rate %d");
        await agent.CommitAsync("Ask otherwise");

        var missed = await agent.KintsugiAsync(4, "eval", "--cassette", "replay");

        Assert.Contains("gateway: no_recording: messages[0].content: recorded \"Score ", missed.Error, StringComparison.Ordinal);
        Assert.Contains("asked \"Rate ", missed.Error, StringComparison.Ordinal);
        Assert.Contains("kintsugi cassette import FILE", missed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bless", "fresh draws alone")]
    [InlineData("heal", "replayed runs alone never act")]
    public async Task What_acts_is_never_replayed(string verb, string why)
    {
        using var agent = await AgentAsync("http://127.0.0.1:9");

        var refused = await agent.KintsugiAsync(2, verb, "--cassette", "replay");

        Assert.Contains(why, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_no_recording_and_an_export_of_nothing_are_refused()
    {
        using var agent = await AgentAsync("http://127.0.0.1:9");
        agent.Write("bad.jsonl", "{\"sample\":\"s\"}\n");

        var import = await agent.KintsugiAsync(2, "cassette import", Path.Combine(agent.Top, "bad.jsonl"));
        var export = await agent.KintsugiAsync(2, "cassette export", Path.Combine(agent.Top, "empty.jsonl"), "--sample", "lead-1");
        var missing = await agent.KintsugiAsync(2, "cassette import", Path.Combine(agent.Top, "none.jsonl"));

        Assert.Contains("bad.jsonl(1): It has no 'path'.", import.Error, StringComparison.Ordinal);
        Assert.Contains("there are no recordings of lead-1", export.Error, StringComparison.Ordinal);
        Assert.Contains("there is no file", missing.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(agent.Top, "empty.jsonl")) || File.Exists(Path.Combine(agent.Top, "empty.jsonl.new")));
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/companies", out var rest))
        {
            await context.Response.WriteAsync($$"""{"size": {{rest.Value![1..]}}, "echo": "{{context.Request.Headers.Authorization}}"}""");
            return;
        }
        var asked = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var size = int.Parse(asked.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"model":"m-1","choices":[{"message":{"role":"assistant","content":"{{(size % 3 == 0 ? 0 : size)}}"},"finish_reason":"stop"}]}""");
    }

    private static async Task<AgentRepository> AgentAsync(string world)
    {
        var gold = Enumerable.Range(1, 24).Select(n => $$$"""{"id":"c{{{n}}}","input":{"n":{{{n}}}},"target":{"score":"{{{n}}}"}}""" + "\n");
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", $$"""
                agent: { name: scorer, run: python3 -S agent.py }
                dataset: gold.jsonl
                scorers: [exact: { path: $ }]
                models: { providers: { house: { kind: openai, url: "{{world}}/v1", key: "${MODEL_KEY}" } } }
                upstreams: { CRM_URL: { url: "{{world}}", headers: { Authorization: "Bearer ${CRM_KEY}" } } }

                """),
            ("gold.jsonl", string.Concat(gold)), ("agent.py", Agent));
        await agent.CommitAsync("Score leads");
        return agent;
    }

    /// <summary>What is in the work tree but for `.kintsugi`, in a repository of its own.</summary>
    private static async Task<AgentRepository> CloneAsync(AgentRepository agent)
    {
        string[] files = ["kintsugi.yaml", "gold.jsonl", "agent.py", "cassette.jsonl"];
        var clone = await AgentRepository.WithAsync([.. files.Select(f => (f, agent.Read(f)))]);
        await clone.CommitAsync("Clone");
        return clone;
    }
}
