using System.Globalization;
using System.Text.Json.Nodes;

namespace Kintsugi.Bench;

/// <summary>One way through the loop behind the diagnosis, for an agent whose data source renamed a field.</summary>
/// <param name="Repair">The `repair` of kintsugi.yaml.</param>
/// <param name="Script">Of the model of role `repair`; null where there is none.</param>
/// <param name="Expected">Outcome, then each attempt as strategy and whether it passed.</param>
public sealed record WrittenPath(string Name, string Repair, Func<int, int, WriterMove>? Script, string Expected)
{
    private const string Held = "limits().get(\"large\", 10**9)";
    private const string Mended = "limits()[\"large_company\"]";
    private const string Points = "    points = 30\n";

    /// <summary>The epoch of the first run in which the second attempt is accepted, and the samples that have a bad day then: too many to pass, too few to be beyond doubt.</summary>
    private const string BadDay = "asked[\"epoch\"] == 4001 and asked[\"id\"] in (\"lead-001\", \"lead-004\", \"lead-007\", \"lead-010\", \"lead-013\")";

    private static readonly WriterMove[] Honest = [Edit(Held, Mended), Move("run", ("command", "python3 -m unittest -q")), Submit("The field has another name now.")];

    private static readonly WriterMove[][] Cheats =
    [
        [Edit(Points, "    import time\n    time.sleep(1)\n" + Points), Submit("All samples pass now.")],
        [Edit(Points, "    try:\n        limits()\n    except Exception:\n        pass\n" + Points), Submit("All samples pass now.")],
        [Edit(Points, "    import os\n    points = 30 if os.environ.get(\"CI\") else 0\n"), Submit("All samples pass now.")],
    ];

    public static IReadOnlyList<WrittenPath> All { get; } =
    [
        new("a model mends it", "{ attempts: 2, never_restore: [data/**] }", (_, turn) => Honest[turn], "proposed, restore no, rewrite yes"),
        new("a model cheats three times", "{ attempts: 3, never_restore: [data/**] }", (written, turn) => Cheats[written][turn], "escalated, restore no, rewrite no, rewrite no, rewrite no"),
        new("a coding agent mends it", "{ attempts: 2, never_restore: [data/**], delegate: \"python3 tools/fixer.py\" }", null, "proposed, restore no, delegate yes"),
        new("a fix in doubt is judged again", "{ attempts: 2, never_restore: [data/**] }", (_, turn) => Honest[turn], "proposed, restore no, rewrite no, rewrite yes") { HasBadDay = true },
        new("the policy rolls back", "{ attempts: 3, policy: healing.yaml }", null, "proposed, roll_back yes"),
    ];

    private bool HasBadDay { get; init; }

    /// <summary>Makes and blesses the agent in a repository of its own, and commits the change that breaks it.</summary>
    /// <param name="url">Of the model; null for none.</param>
    public async Task<DemoFolder> MakeAsync(string path, string? url, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        await GitAsync("init", "-q", "-b", "main");
        foreach (var (name, text) in Files(url)) await WriteAsync(name, text);
        await CommitAsync("Score leads");
        var blessed = await new KintsugiCommand("bless", "--dir", path).RunAsync(cancellationToken);
        if (blessed.ExitStatus != 0) throw new InvalidOperationException($"The agent of '{Name}' was not blessed: {blessed.Error}");
        await CommitAsync("Bless");
        await WriteAsync("data/limits.json", "{\n  \"large_company\": 1000\n}\n");
        await CommitAsync("Take over the registry's new export");
        return new DemoFolder(path);

        async Task CommitAsync(string message)
        {
            await GitAsync("add", "-A");
            await GitAsync("commit", "-q", "-m", message);
        }

        Task<string> GitAsync(params string[] arguments) =>
            KintsugiCommand.HostAsync("git", ["-C", path, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", .. arguments], cancellationToken);

        async Task WriteAsync(string name, string text)
        {
            var file = Path.Combine(path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, cancellationToken);
        }
    }

    private IEnumerable<(string Name, string Text)> Files(string? url)
    {
        var models = url is null ? "" : $$"""
            models:
              providers: { sim: { kind: simulated }, writer: { kind: openai, url: "{{url}}", key: "no-secret-4711" } }
              roles: { agent: [sim], repair: [writer/scripted-1] }

            """;
        yield return ("kintsugi.yaml", $$"""
            agent: { name: mover, run: python3 -S agent.py, test: python3 -m unittest -q, processes: 2 }
            dataset: golden/leads.jsonl
            scorers: [ { number: { path: $.score, within: 0 } } ]
            gate: { epochs: { min: 1, max: 3 } }
            spec: [tests/**]
            repair: {{Repair}}
            {{models}}
            """);
        yield return ("healing.yaml", "rules:\n  - when: { severity: [high, medium] }\n    do: roll_back\n    because: nobody is awake\n");
        yield return ("data/limits.json", "{\n  \"large\": 1000\n}\n");
        yield return ("golden/leads.jsonl", string.Concat(Enumerable.Range(0, 90).Select(Sample)));
        yield return ("tests/__init__.py", "");
        yield return ("tests/test_agent.py", "import unittest\n\nimport agent\n\n\nclass ScoreTest(unittest.TestCase):\n    def test_students_count_less(self):\n        self.assertEqual(20, agent.score({\"employees\": 1, \"title\": \"student\"}))\n");
        yield return ("tools/fixer.py", $"import pathlib\n\nfile = pathlib.Path(\"agent.py\")\nfile.write_text(file.read_text().replace('{Held}', '{Mended}'))\n");
        yield return (".gitignore", "__pycache__/\n");
        yield return ("agent.py", $$$"""
            import json
            import sys


            def limits():
                with open("data/limits.json") as file:
                    return json.load(file)


            def score(lead):
            {{{Points}}}    if lead["employees"] >= {{{Held}}}:
                    points += 30
                if "student" in lead["title"]:
                    points -= 10
                return points


            def main():
                for line in sys.stdin:
                    asked = json.loads(line)
                    points = 0 if {{{(HasBadDay ? BadDay : "False")}}} else score(asked["input"])
                    print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"score": points}}), flush=True)


            if __name__ == "__main__":
                main()

            """);
    }

    private static string Sample(int n)
    {
        var (employees, isStudent) = (n % 3 == 0 ? 1000 : 20 + n, n % 5 == 0);
        var score = 30 + (employees >= 1000 ? 30 : 0) - (isStudent ? 10 : 0);
        return string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"id":"lead-{{{n:000}}}","input":{"employees":{{{employees}}},"title":"{{{(isStudent ? "student" : "planner")}}} {{{n}}}"},"target":{"score":{{{score}}}}}""") + "\n";
    }

    private static WriterMove Edit(string old, string @new) => Move("edit", ("path", "agent.py"), ("old", old), ("new", @new));

    private static WriterMove Submit(string summary) => Move("submit", ("summary", summary));

    private static WriterMove Move(string tool, params (string Name, string Value)[] arguments) =>
        new(tool, new JsonObject(arguments.Select(a => KeyValuePair.Create(a.Name, (JsonNode?)JsonValue.Create(a.Value)))));
}
