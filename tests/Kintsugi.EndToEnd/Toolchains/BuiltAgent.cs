using System.Globalization;
using System.Text.Json;

namespace Kintsugi.EndToEnd.Toolchains;

/// <summary>Agents that answer with the rule of a package, which their build has to install first.</summary>
internal static class BuiltAgent
{
    public const string Python = """
        import json
        import sys
        from scorerule import score

        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"score": score(asked["input"]["n"])}}), flush=True)

        """;

    private const int Samples = 6;

    /// <summary>Samples with the right answer.</summary>
    public static string Gold { get; } = string.Concat(Enumerable.Range(0, Samples).Select(n => string.Create(
        CultureInfo.InvariantCulture, $$$"""{"id":"s{{{n}}}","input":{"n":{{{n}}}},"target":{"score":{{{2 * n + 1}}}}}""") + "\n"));

    public static string Settings(string agent, string? build) =>
        $"agent: {agent}\n{(build is null ? "" : $"build: {build}\n")}dataset: golden/s.jsonl\nscorers: [ {{ exact: {{ path: $.score }} }} ]\n";

    public static async Task<AgentRepository> MakeAsync(string agent, string? build, params (string Path, string Text)[] files) =>
        await AgentRepository.WithAsync([("kintsugi.yaml", Settings(agent, build)), ("golden/s.jsonl", Gold), .. files]);

    /// <summary>A Python agent with a virtual environment that holds the rule.</summary>
    public static async Task<AgentRepository> MakePythonAsync()
    {
        var agent = await MakeAsync(
            "{ name: scorer, run: .venv/bin/python agent.py }",
            "{ run: python3 -m venv .venv && .venv/bin/pip install --no-index --find-links vendor -r requirements.txt, inputs: [requirements.txt, vendor/**] }",
            ("agent.py", Python), ("requirements.txt", "scorerule==1.0\n"));
        agent.Write("vendor/" + Packages.WheelName, Packages.Wheel());
        await agent.CommitAsync("Begin");
        return agent;
    }

    /// <summary>Skips where a program is missing. What the sandbox shows of the host is its system: one from elsewhere on the tester's PATH is not there.</summary>
    public static void SkipWithout(params string[] programs)
    {
        string[] places = ["/usr/local/bin", "/usr/bin", "/usr/share/dotnet", "/usr/lib/dotnet"];
        foreach (var program in programs)
            Assert.SkipUnless(places.Any(place => File.Exists($"{place}/{program}")), $"{program} is in none of {string.Join(", ", places)}, so nothing can be shown of it.");
    }

    /// <summary>Evaluates the agent, all of whose answers must be right.</summary>
    public static async Task AssertAllRightAsync(AgentRepository agent)
    {
        var ended = await agent.KintsugiAsync(0, "eval", "--json", "--allow-insufficient");
        using var document = JsonDocument.Parse(ended.Output);
        var rate = document.RootElement.GetProperty("candidate");
        Assert.True(rate.GetProperty("runs").GetInt32() is > 0 and var runs && rate.GetProperty("passed").GetInt32() == runs, $"{ended.Output}\n{ended.Error}");
    }
}
