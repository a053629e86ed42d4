using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.EndToEnd.Protocols;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>An agent whose data source renamed a field, for good: putting the old name back is forbidden, and the code has to follow.</summary>
internal static class MovedField
{
    public const string Held = "limits().get(\"large\", 10**9)";
    public const string Mended = "limits()[\"large_company\"]";

    public static readonly Move[] HonestFix =
    [
        Move.Of("list", new { directory = "" }),
        Move.Of("read", new { path = "agent.py" }),
        Move.Of("edit", new { path = "agent.py", old = Held, @new = Mended }),
        Move.Of("run", new { command = "python3 -m unittest -q" }),
        Move.Of("run_samples", new { }),
        Move.Of("submit", new { summary = "The field is called large_company now. The code reads it by that name." }),
    ];

    private const string Program = $$$"""
        import json
        import sys


        def limits():
            with open("data/limits.json") as file:
                return json.load(file)


        def score(lead):
            points = 30
            if lead["employees"] >= {{{Held}}}:
                points += 30
            if "student" in lead["title"]:
                points -= 10
            return points


        def main():
            for line in sys.stdin:
                asked = json.loads(line)
                print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"score": score(asked["input"])}}), flush=True)


        if __name__ == "__main__":
            main()

        """;

    private const string Test = """
        import unittest

        import agent


        class ScoreTest(unittest.TestCase):
            def test_students_count_less(self):
                self.assertEqual(20, agent.score({"employees": 1, "title": "student"}))


        """;

    /// <summary>The good version, blessed, and the one in which the field has moved.</summary>
    /// <param name="models">The `models` and `repair` of kintsugi.yaml.</param>
    /// <param name="besides">Files of both versions, which win over these.</param>
    /// <param name="options">Of the blessing.</param>
    public static async Task<AgentRepository> MakeAsync(string models, (string Path, string Text)[] besides, params string[] options)
    {
        var repository = await AgentRepository.WithAsync([
            ("kintsugi.yaml", SmallAgents.Settings("{ name: mover, run: python3 -S agent.py, test: python3 -m unittest -q, processes: 2 }") + "gate: { epochs: { min: 1, max: 3 } }\nspec: [tests/**]\n" + models),
            ("agent.py", Program),
            ("data/limits.json", "{\n  \"large\": 1000\n}\n"),
            ("golden/leads.jsonl", SmallAgents.Gold()),
            ("tests/__init__.py", ""),
            ("tests/test_agent.py", Test),
            (".gitignore", "__pycache__/\n"),
            .. besides,
        ]);
        await repository.CommitAsync("Score leads");
        await repository.KintsugiAsync(0, "bless", options);
        await repository.CommitAsync("Bless");
        repository.Edit("data/limits.json", "\"large\"", "\"large_company\"");
        await repository.CommitAsync("Take over the registry's new export");
        return repository;
    }

    public static Task<AgentRepository> MakeAsync(string models, params string[] options) => MakeAsync(models, [], options);

    public static string Models(string url, string kind = "openai", string more = "") => $$"""
        models:
          providers: { sim: { kind: simulated }, writer: { kind: {{kind}}, url: "{{url}}", key: "secret-of-the-writer-4711" } }
          roles: { agent: [sim], repair: [writer/scripted-1] }
        {{more}}repair: { attempts: 2, never_restore: [data/**] }

        """;

    public static JsonObject Document(Ended ended) => (JsonObject)JsonNode.Parse(ended.Output)!;

    /// <summary>Number, strategy, whether it passed, and the reason of every attempt.</summary>
    public static IReadOnlyList<(int N, string Strategy, bool Passed, string Reason)> Attempts(Ended ended) =>
        [.. JsonDocument.Parse(ended.Output).RootElement.GetProperty("attempts").EnumerateArray().Select(a => (
            a.GetProperty("n").GetInt32(), a.GetProperty("strategy").GetString()!, a.GetProperty("passed").GetBoolean(), a.GetProperty("reason").GetString()!))];
}
