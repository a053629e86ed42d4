using Kintsugi.EndToEnd.Protocols;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>Two rows of a table were spoiled, and the samples that a search may see ask for one of them.</summary>
public class RestoreFilesTests
{
    private const string Program = """
        import csv
        import json
        import sys


        def points(kind):
            with open("data/points.csv", newline="") as file:
                return {row["kind"]: int(row["points"]) for row in csv.DictReader(file)}[kind]


        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"score": points(asked["input"]["kind"])}}), flush=True)

        """;

    [Fact]
    public async Task Where_held_out_samples_fail_still_without_the_culprit_its_file_is_put_back_whole()
    {
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: rows, run: python3 -S agent.py, processes: 2 }") + "gate: { epochs: { min: 1, max: 3 } }\n"),
            ("agent.py", Program), ("data/points.csv", "kind,points\nlarge,60\nmiddle,40\nsmall,20\n"), ("golden/leads.jsonl", Gold()), (".gitignore", "__pycache__/\n"));
        await agent.CommitAsync("Score leads");
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        agent.Write("data/points.csv", "kind,points\nlarge,600\nmiddle,40\nsmall,200\n");
        await agent.CommitAsync("Export the points anew");

        var ended = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal([("restore", false), ("restore_files", true)], MovedField.Attempts(ended).Select(a => (a.Strategy, a.Passed)));
        var healed = MovedField.Document(ended);
        Assert.Equal("full", healed["proposal"]!["verification"]!.GetValue<string>());
        Assert.Single(healed["diagnosis"]!["culprit"]!.AsArray());
        var branch = healed["proposal"]!["branch"]!.GetValue<string>();
        Assert.Equal("kind,points\nlarge,60\nmiddle,40\nsmall,20", await Shell.GitAsync(agent.Top, "show", $"{branch}:data/points.csv"));
        Assert.Contains("all that changed in data/points.csv", (await Shell.GitAsync(agent.Top, "log", "-1", "--format=%B", branch)).ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    private static string Gold() => string.Concat(Enumerable.Range(0, 90).Select(n => FormattableString.Invariant(
        n % 3 == 0
            ? (FormattableString)$$$"""{"id":"lead-{{{n:000}}}","input":{"kind":"small","n":{{{n}}}},"target":{"score":20},"split":"held_out"}{{{'\n'}}}"""
            : $$$"""{"id":"lead-{{{n:000}}}","input":{"kind":"{{{(n % 2 == 0 ? "large" : "middle")}}}","n":{{{n}}}},"target":{"score":{{{(n % 2 == 0 ? 60 : 40)}}}},"split":"visible"}{{{'\n'}}}""")));
}
