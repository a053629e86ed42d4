using System.Text.Json;

namespace Kintsugi.EndToEnd;

/// <summary>The dataset in and out of other tools' files, told apart, split, and brought along with a change that was meant.</summary>
public class GoldFilesTests
{
    private const string Agent = """
        import json, sys
        n = 0
        for line in sys.stdin:
            asked = json.loads(line)
            n += 1
            size = asked["input"]["size"]
            tier = "hot" if size >= 100 else "cold"
            if asked["id"] == "c3": tier = ["hot", "warm"][asked["epoch"] % 2]
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"tier": tier, "why": "run %d" % n}}), flush=True)

        """;

    [Fact]
    public async Task A_table_is_imported_told_apart_split_and_exported()
    {
        using var agent = await AgentAsync(Enumerable.Range(1, 4).Select(n => Line($"c{n}", 50 * n)));
        agent.Write("more.csv", "size,tier,tags,family\n" + string.Concat(Enumerable.Range(1, 40).Select(n => $"{n},cold,small,f{n / 4}\n")));

        var imported = await KintsugiAsync(0, "dataset", "import", Path.Combine(agent.Top, "more.csv"), "--from", "csv", "--target", "tier", "--into", Path.Combine(agent.Top, "gold.jsonl"), "--json");
        var diff = await KintsugiAsync(0, "dataset", "diff", "--dir", agent.Top, "--json");
        var table = await KintsugiAsync(0, "dataset", "diff", "--dir", agent.Top);
        var shown = await agent.KintsugiAsync(0, "dataset split");
        var before = agent.Read("gold.jsonl");
        await agent.KintsugiAsync(0, "dataset split", "--share", "0.25", "--write");
        await KintsugiAsync(0, "dataset", "export", Path.Combine(agent.Top, "out.jsonl"), "--to", "jsonl", "--dir", agent.Top);
        var twice = await KintsugiAsync(2, "dataset", "export", Path.Combine(agent.Top, "out.jsonl"), "--to", "csv", "--dir", agent.Top);

        await OutputSchemas.AssertFitsAsync("dataset-import.schema.json", imported.Output);
        await OutputSchemas.AssertFitsAsync("dataset-diff.schema.json", diff.Output);
        Assert.Equal(40, JsonDocument.Parse(diff.Output).RootElement.GetProperty("added").GetArrayLength());
        Assert.Contains("40 added, 0 removed, 0 changed.", table.Output, StringComparison.Ordinal);
        Assert.Contains("44 samples: ", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("split", before, StringComparison.Ordinal);
        var samples = agent.Read("gold.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.InRange(samples.Count(s => s.GetProperty("split").GetString() == "held_out"), 8, 14);
        Assert.All(samples.Where(s => s.TryGetProperty("family", out _)).GroupBy(s => s.GetProperty("family").GetString()), family => Assert.Single(family.Select(s => s.GetProperty("split").GetString()).Distinct()));
        Assert.Equal(44, agent.Read("out.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("nothing is overwritten", twice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_was_meant_brings_the_targets_along_and_leaves_what_disagrees_with_itself()
    {
        using var agent = await AgentAsync(Enumerable.Range(1, 4).Select(n => Line($"c{n}", 50 * n)));
        agent.Edit("agent.py", "size >= 100 else \"cold\"", "size >= 200 else \"tepid\"");
        await agent.CommitAsync("Ask for more");
        var before = agent.Read("gold.jsonl").Split('\n');

        var refused = await agent.KintsugiAsync(1, "dataset accept");
        var untouched = agent.Read("gold.jsonl").Split('\n');
        var accepted = await agent.KintsugiAsync(0, "dataset accept", "--yes");

        Assert.Contains("Nothing was written.", refused.Output, StringComparison.Ordinal);
        Assert.Equal(before, untouched);
        Assert.Contains("2 targets are written.", accepted.Output, StringComparison.Ordinal);
        Assert.Contains("= c3  passes ", accepted.Output, StringComparison.Ordinal);
        var after = agent.Read("gold.jsonl").Split('\n');
        Assert.Equal([Line("c1", 50, "tepid"), Line("c2", 100, "tepid"), before[2], before[3]], after[..4]);
    }

    [Fact]
    public async Task An_incident_names_the_samples_whose_change_was_meant()
    {
        using var agent = await AgentAsync(Enumerable.Range(1, 40).Select(n => Line($"c{n}", 50 * (1 + (n % 4)))));
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        agent.Edit("agent.py", "size >= 100 else \"cold\"", "size >= 200 else \"tepid\"");
        await agent.CommitAsync("Ask for more");
        var healed = await agent.KintsugiAsync(0, "heal", "--json");
        var incident = System.Text.Json.JsonDocument.Parse(healed.Output).RootElement.GetProperty("incident").GetString()!;

        var accepted = await agent.KintsugiAsync(0, "dataset accept", "--incident", incident, "--yes");
        await agent.CommitAsync("Mean it");
        await agent.KintsugiAsync(0, "bless");
        await agent.KintsugiAsync(0, "eval");

        Assert.Contains("targets are written.", accepted.Output, StringComparison.Ordinal);
        Assert.Contains("\"tepid\"", agent.Read("gold.jsonl"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dataset_comes_back_from_LangSmith_as_it_went()
    {
        await using var host = await Kintsugi.Tests.Tracing.LangSmith.LangSmithHost.StartAsync();
        using var agent = await AgentAsync(Enumerable.Range(1, 12).Select(n => Line($"c{n}", 50 * n)));

        var went = await Shell.KintsugiAsync("dataset", "export", "Leads \"1\", two", "--to", "langsmith", "--url", host.Address.ToString(), "--dir", agent.Top);
        var came = await Shell.KintsugiAsync("dataset", "import", "Leads \"1\", two", "--from", "langsmith", "--url", host.Address.ToString(), "--out", Path.Combine(agent.Top, "back.jsonl"));

        Assert.Equal((0, 0), (went.Status, came.Status));
        Assert.Equal(Cases(agent.Read("gold.jsonl")), Cases(agent.Read("back.jsonl")));

        static IEnumerable<string> Cases(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement)
            .Select(s => s.GetProperty("input").GetRawText() + s.GetProperty("target").GetRawText()).Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("say where the samples go", "import", "x.csv", "--from", "csv")]
    [InlineData("there is no file 'absent.csv'", "import", "absent.csv", "--from", "csv", "--out", "o.jsonl")]
    [InlineData("--url is for --from langsmith alone", "import", "absent.csv", "--from", "csv", "--out", "o.jsonl", "--url", "http://x")]
    [InlineData("is no address", "import", "name", "--from", "langsmith", "--out", "o.jsonl", "--url", "ftp://x")]
    public async Task What_cannot_be_done_is_said(string message, params string[] options) =>
        Assert.Contains(message, (await KintsugiAsync(2, ["dataset", .. options])).Error, StringComparison.Ordinal);

    private static async Task<Ended> KintsugiAsync(int status, params string[] arguments)
    {
        var ended = await Shell.KintsugiAsync(arguments);
        Assert.True(ended.Status == status, $"kintsugi {string.Join(' ', arguments)} ended with {ended.Status}, not {status}.\n{ended.Output}\n{ended.Error}");
        return ended;
    }

    private static string Line(string id, int size, string? tier = null) => $$$"""{"id":"{{{id}}}","input":{"size":{{{size}}}},"target":{"tier":"{{{tier ?? (size >= 100 ? "hot" : "cold")}}}"}}""";

    private static async Task<AgentRepository> AgentAsync(IEnumerable<string> gold)
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", """
                agent: { name: scorer, run: python3 -S agent.py }
                dataset: gold.jsonl
                scorers: [exact: { path: $.tier }]

                """),
            ("gold.jsonl", string.Join('\n', gold) + "\n"), ("agent.py", Agent));
        await agent.CommitAsync("Score leads");
        return agent;
    }
}
