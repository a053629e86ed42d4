using System.Globalization;
using System.Text;
using System.Text.Json;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Bench.Patches;

/// <summary>What a lead is.</summary>
public sealed record Lead(int Employees, string Title, string Region, string Source, string Message)
{
    /// <summary>What the good version answers.</summary>
    public int Score => 30 + (Employees >= 1000 ? 30 : Employees >= 200 ? 15 : 0) + (IsSenior ? 20 : 0) - (Words.Contains("student") ? 10 : 0)
        + (Region.Trim().ToLowerInvariant() is "dach" or "nordics" ? 10 : 0) + (Source == "partner" ? 15 : 0);

    public string Tier => Score switch { >= 80 => "A", >= 50 => "B", _ => "C" };

    public bool IsSenior => Words.Any(w => w is "chief" or "head" or "vp");

    private string[] Words => Title.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A fault that is planted in the agent.</summary>
/// <param name="Breaking">Files of the commit that breaks it, and what stands in them before and after.</param>
/// <param name="Spoils">Which leads it spoils.</param>
public sealed record PlantedFault(string Name, IReadOnlyList<(string Path, string Before, string After)> Breaking, Func<Lead, bool> Spoils)
{
    public bool IsPrompt => Name == "prompt";

    /// <summary>A file as the version that is to be mended has it.</summary>
    public string Broken(string path) => Breaking.Where(b => b.Path == path).Aggregate(PatchedAgent.Good(this)[path], (text, b) => PatchedAgent.Replaced(text, b.Before, b.After));
}

/// <summary>A small agent with one of five faults, its samples, and the repository they lie in.</summary>
public static class PatchedAgent
{
    public const string Settle = "    words = title.lower().split()\n", Clean = "    return region.strip().lower()\n", Named = "    if clean(region).strip().lower() in (\"dach\", \"nordics\"):\n";
    public const string Held = "limits().get(\"large\", 10**9)", Channel = "def source_points(channel=None, **others):\n";
    public const string SeniorLine = "- Add 20 points when `title` mentions one of: chief, head, vp.\n";

    private const string Agent = """
        import json
        import sys

        import scoring


        def main():
            for line in sys.stdin:
                asked = json.loads(line)
                print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": scoring.judge(asked["input"])}), flush=True)


        if __name__ == "__main__":
            main()

        """;

    private const string Scoring = """
        import json

        import leads

        SENIOR = ("chief", "head", "vp")


        def read(path):
            with open(path) as file:
                return json.load(file)


        def limits():
            return read("data/limits.json")


        def size_points(employees):
            if employees >= limits().get("large", 10**9):
                return 30
            if employees >= limits()["medium"]:
                return 15
            return 0


        def title_points(title):
            words = title.lower().split()
            points = 0
            if any(word in words for word in SENIOR):
                points += 20
            if "student" in words:
                points -= 10
            return points


        def source_points(channel=None, **others):
            return 15 if channel == "partner" else 0


        def judge(lead):
            asked = {read("tools/source.json")["parameter"]: lead["source"]}
            points = 30 + size_points(lead["employees"]) + title_points(lead["title"])
            points += leads.region_points(lead["region"]) + source_points(**asked)
            tier = "A" if points >= 80 else "B" if points >= 50 else "C"
            return {"score": points, "tier": tier}

        """;

    private const string Leads = """
        def clean(region):
            return region.strip().lower()


        def region_points(region):
            if clean(region).strip().lower() in ("dach", "nordics"):
                return 10
            return 0

        """;

    private const string Tests = """
        import unittest

        import scoring


        class ScoreTest(unittest.TestCase):
            def test_students_count_less(self):
                self.assertEqual(20, scoring.judge({"employees": 1, "title": "student", "region": "us", "source": "web", "message": "hello"})["score"])


        """;

    private const string Prompt = """
        You score leads for a sales team.

        - Start at 30 points.
        - Add 30 points when `employees` is at least 1000.
        - Add 15 points when `employees` is between 200 and 999.
        - Add 20 points when `title` mentions one of: chief, head, vp.
        - Subtract 10 points when `title` mentions student.
        - Add 10 points when `region` is one of: dach or nordics.
        - Add 15 points when `source` is partner.

        Answer with a JSON object with the fields `score` and `reason`.

        employees: {{ input.employees }}
        title: {{ input.title }}
        region: {{ input.region }}
        source: {{ input.source }}

        """;

    private static readonly string[] Roles = ["Revenue Officer", "of Sales", "Growth", "of IT", "Operations", "Marketing", "Buyer", "Planner", "of Logistics", "Analyst"];
    private static readonly string[] Ranks = ["Chief", "Head", "VP", "chief", "head", "vp", "Student", "student", "Junior", "Senior", "Lead", "Deputy"];
    private static readonly string[] Regions = ["dach", "nordics", "apac", "us", "emea", "benelux"];
    private static readonly string[] Sources = ["partner", "web", "fair", "phone"];

    public static IReadOnlyList<PlantedFault> Faults { get; } =
    [
        new("data", [("data/limits.json", "\"large\"", "\"large_company\"")], lead => lead.Employees >= 1000),
        new("code", [("scoring.py", Settle, "    words = title.split()\n")], lead => lead.Title.Split(' ')[0] is "Chief" or "Head" or "VP" or "Student"),
        new("tool", [("tools/source.json", "\"channel\"", "\"lead_channel\"")], lead => lead.Source == "partner"),
        new("both", [("leads.py", Clean, "    return region\n"), ("leads.py", Named, "    if clean(region) in (\"dach\", \"nordics\"):\n")],
            lead => lead.Region.Trim().ToLowerInvariant() is "dach" or "nordics" && lead.Region is not ("dach" or "nordics")),
        new("prompt", [("prompts/score.md", SeniorLine, "")], lead => lead.IsSenior),
    ];

    /// <summary>The good version's files, but for samples and settings.</summary>
    public static IReadOnlyDictionary<string, string> Good(PlantedFault fault) => fault.IsPrompt
        ? new Dictionary<string, string> { ["prompts/score.md"] = Prompt, ["docs/rules.md"] = "Scores are whole numbers.\n" }
        : new Dictionary<string, string>
        {
            ["agent.py"] = Agent,
            ["scoring.py"] = Scoring,
            ["leads.py"] = Leads,
            ["data/limits.json"] = "{\n  \"large\": 1000,\n  \"medium\": 200\n}\n",
            ["tools/source.json"] = "{\n  \"name\": \"source_points\",\n  \"parameter\": \"channel\"\n}\n",
            ["tests/__init__.py"] = "",
            ["tests/test_scoring.py"] = Tests,
            ["docs/rules.md"] = "Scores are whole numbers.\n",
        };

    /// <summary>Leads nobody has seen before, by their seed.</summary>
    public static IReadOnlyList<Lead> Draw(PlantedFault fault, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(n => new Lead(
            random.Next(3) switch { 0 => random.Next(5, 200), 1 => random.Next(200, 1000), _ => random.Next(1000, 6000) },
            $"{Ranks[random.Next(Ranks.Length)]} {Roles[random.Next(Roles.Length)]}",
            fault.IsPrompt ? Regions[random.Next(Regions.Length)] : Spelled(Regions[random.Next(Regions.Length)], random),
            Sources[random.Next(Sources.Length)],
            $"We saw you at stand {random.Next(10, 99)} and would like to hear more. Please call {random.Next(1000, 9999)} before noon."))];
    }

    public static string Line(Lead lead, string id, bool heldOut) => JsonSerializer.Serialize(new
    {
        id,
        input = new { employees = lead.Employees, title = lead.Title, region = lead.Region, source = lead.Source, message = lead.Message },
        target = new { score = lead.Score, tier = lead.Tier },
        split = heldOut ? "held_out" : "visible",
    }) + "\n";

    /// <summary>Makes the repository: the good version is blessed, then the fault is committed.</summary>
    /// <param name="url">Of the service that hands the patches to the coding agent's command line.</param>
    public static async Task<DemoFolder> MakeAsync(string path, PlantedFault fault, IReadOnlyList<Lead> visible, IReadOnlyList<Lead> heldOut, string url, CancellationToken cancellationToken)
    {
        var git = await NewRepository.CreateAsync(path, cancellationToken);
        foreach (var (name, text) in Good(fault)) Write(path, name, text);
        Write(path, "kintsugi.yaml", Settings(fault, url));
        Write(path, "tools/fixer.py", Fixer);
        Write(path, ".gitignore", "__pycache__/\n");
        Write(path, "golden/leads.jsonl", string.Concat(visible.Select((l, n) => Line(l, $"lead-{n:000}", false)).Concat(heldOut.Select((l, n) => Line(l, $"lead-h{n:000}", true)))));
        await CommitAsync(git, "Score leads", 0, cancellationToken);
        await RunAsync(new KintsugiCommand("bless", "--dir", path), cancellationToken);
        await CommitAsync(git, "Bless", 1, cancellationToken);
        foreach (var (file, before, after) in fault.Breaking)
        {
            Write(path, file, Replaced(await File.ReadAllTextAsync(Path.Combine(path, file), cancellationToken), before, after));
            await CommitAsync(git, "Take over what others do", 2, cancellationToken);
        }
        return new DemoFolder(path);
    }

    public static string Replaced(string text, string before, string after) =>
        text.Contains(before, StringComparison.Ordinal) ? text.Replace(before, after, StringComparison.Ordinal) : throw new InvalidOperationException($"'{before}' does not stand in the file.");

    private static Task CommitAsync(NewRepository git, string message, int day, CancellationToken cancellationToken) =>
        git.CommitAllAsync(message, "Sam", "sam@example.com", new DateTimeOffset(2026, 3, 2 + day, 9, 0, 0, TimeSpan.Zero), cancellationToken);

    private static async Task RunAsync(KintsugiCommand command, CancellationToken cancellationToken)
    {
        var end = await command.RunAsync(cancellationToken);
        if (end.ExitStatus != 0) throw new InvalidOperationException($"A planted repository was not made: {end.Error}");
    }

    private static void Write(string top, string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(top, path))!);
        File.WriteAllText(Path.Combine(top, path), text);
    }

    /// <summary>Any of the ways in which a name is written by hand.</summary>
    private static string Spelled(string region, Random random)
    {
        if (random.Next(2) == 0) return region;
        var spelled = string.Concat(region.Select(c => random.Next(2) == 0 ? char.ToUpperInvariant(c) : c));
        return new string(' ', random.Next(3)) + spelled + new string(' ', random.Next(3));
    }

    private static string Settings(PlantedFault fault, string url)
    {
        var text = new StringBuilder();
        text.AppendLine(fault.IsPrompt
            ? "agent: { name: patched, protocol: prompt, prompt: prompts/score.md, model: sim-large, response: json }"
            : "agent: { name: patched, run: python3 -S agent.py, test: python3 -S -m unittest -q, processes: 2 }");
        text.AppendLine("components: { prompt: [prompts/**], data: [data/**], tool: [\"tools/*.json\"] }").AppendLine("dataset: golden/leads.jsonl").AppendLine("spec: [docs/rules.md, tests/**]");
        text.AppendLine("scorers:").AppendLine("  - number: { path: $.score, within: 0 }");
        if (!fault.IsPrompt) text.AppendLine("  - exact: { path: $.tier }");
        text.AppendLine("gate: { epochs: { min: 1, max: 3 } }");
        text.AppendLine(CultureInfo.InvariantCulture, $"models:\n  providers: {{ sim: {{ kind: simulated }}, hands: {{ kind: openai, url: \"{url}\", key: \"planted-patches\" }} }}\n  roles: {{ agent: [sim], repair: [hands/hands-1] }}");
        text.AppendLine(CultureInfo.InvariantCulture, $"repair: {{ attempts: {2 + fault.Breaking.Count}, never_restore: [{string.Join(", ", fault.Breaking.Select(b => b.Path).Distinct())}], delegate: \"python3 tools/fixer.py\" }}");
        return text.ToString();
    }

    /// <summary>The coding agent: asks its model which files to leave, and leaves them.</summary>
    private const string Fixer = """
        import json, os, pathlib, urllib.request

        body = json.dumps({"model": "hands-1", "messages": [{"role": "user", "content": "which files?"}]}).encode()
        request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body, {"Content-Type": "application/json", "Authorization": "Bearer none"})
        files = json.loads(json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"])
        for name, text in files.items():
            path = pathlib.Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            elif text.startswith("-> "):
                if path.exists():
                    path.unlink()
                path.symlink_to(text[3:])
            else:
                path.write_text(text)
        print("Changed " + ", ".join(sorted(files)))

        """;
}
