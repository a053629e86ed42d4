using Kintsugi.Bench;
using Kintsugi.EndToEnd.Protocols;
using Kintsugi.Healing.Incidents;
using Kintsugi.Storage;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>A prompt whose rules stand in one paragraph: what was lost comes back by itself, and what was meant beside it stays.</summary>
public class ClauseTests
{
    private const string Good = "You score leads. Start at 30 points. Large companies get 30 points more. Students lose 10 points. Be brief.\n";
    private const string Bad = "You score leads for the sales team. Start at 30 points. Students lose 10 points. Be brief and polite. Never name a rule.\n";
    private const string Mended = "You score leads for the sales team. Start at 30 points. Large companies get 30 points more. Students lose 10 points. Be brief and polite. Never name a rule.\n";

    /// <summary>Obeys the sentences of its prompt, as a model would that obeys them all.</summary>
    private const string Program = """
        import json
        import sys


        def score(lead):
            with open("prompts/score.md") as file:
                said = file.read()
            points = 30 if "Start at 30 points." in said else 0
            if "Large companies get 30 points more." in said and lead["employees"] >= 1000:
                points += 30
            if "Students lose 10 points." in said and "student" in lead["title"]:
                points -= 10
            return points


        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"score": score(asked["input"])}}), flush=True)

        """;

    [Fact]
    public async Task A_lost_sentence_comes_back_and_the_others_of_its_line_stay_as_they_were_meant()
    {
        using var agent = await MakeAsync();

        var healed = MovedField.Document(await agent.KintsugiAsync(0, "heal", "--json"));

        var culprit = Assert.Single(healed["diagnosis"]!["culprit"]!.AsArray());
        Assert.Equal("@@ -1,1 +1,0 @@ clause 2", culprit!["hunk"]!.GetValue<string>());
        Assert.Equal("prompt", healed["diagnosis"]!["cause"]!.GetValue<string>());
        Assert.Equal("full", healed["proposal"]!["verification"]!.GetValue<string>());
        Assert.Equal(Mended.TrimEnd(), await Shell.GitAsync(agent.Top, "show", $"{healed["proposal"]!["branch"]!.GetValue<string>()}:prompts/score.md"));
    }

    [Fact]
    public async Task An_incident_whose_change_another_version_cut_otherwise_says_how_to_begin_anew()
    {
        using var agent = await MakeAsync();
        await agent.KintsugiAsync(0, "heal", "--until", "triage");
        var folder = new DemoFolder(agent.Top);
        var incident = Assert.Single(folder.Incidents());
        var wholeLines = incident.Diff! with { Hunks = [.. incident.Diff!.Hunks.Select(h => h with { Header = "@@ -1,1 +1,1 @@" })] };
        new IncidentLog(Database.Open(Path.Combine(agent.Top, ".kintsugi", "kintsugi.db")), TimeProvider.System).Append(incident.Incident, incident.Version + 1, wholeLines);

        var refused = await agent.KintsugiAsync(2, "heal");

        Assert.Contains($"`kintsugi incident cancel {incident.Incident}`", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gold_that_was_moved_is_no_part_of_the_change_at_its_former_place_either()
    {
        using var agent = await MakeAsync();
        agent.Write("cases/all.jsonl", agent.Read("golden/leads.jsonl").Replace("\"input\":", "\"critical\":false,\"input\":", StringComparison.Ordinal));
        File.Delete(Path.Combine(agent.Top, "golden/leads.jsonl"));
        agent.Edit("kintsugi.yaml", "dataset: golden/leads.jsonl", "dataset: cases/all.jsonl");
        await agent.CommitAsync("Put the cases where they are looked for");

        await agent.KintsugiAsync(0, "heal", "--until", "triage");

        Assert.All(Assert.Single(new DemoFolder(agent.Top).Incidents()).Diff!.Hunks, h => Assert.DoesNotContain(".jsonl", h.File, StringComparison.Ordinal));
    }

    private static async Task<AgentRepository> MakeAsync()
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: clauses, run: python3 -S agent.py, processes: 2 }") + "gate: { epochs: { min: 1, max: 3 } }\n"),
            ("agent.py", Program), ("prompts/score.md", Good), ("golden/leads.jsonl", SmallAgents.Gold()), (".gitignore", "__pycache__/\n"));
        await agent.CommitAsync("Score leads");
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        agent.Write("prompts/score.md", Bad);
        await agent.CommitAsync("Speak to the sales team");
        return agent;
    }
}
