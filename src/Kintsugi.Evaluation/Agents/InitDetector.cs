using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Looks at a project and plans a kintsugi.yaml that runs. Reads names and a few texts; writes nothing.</summary>
public static partial class InitDetector
{
    private const string Starter = "golden/samples.jsonl";
    private const int MostSources = 200;

    /// <param name="directoryName">Name of the agent's directory, which becomes the agent's.</param>
    /// <param name="paths">Existing files, relative to that directory.</param>
    /// <param name="read">A file's text, or null when it is too large or no text.</param>
    public static InitPlan Detect(string directoryName, IReadOnlyList<string> paths, Func<string, string?> read)
    {
        // Only plain names are proposed in a command line: a file's name is a stranger's word.
        var plain = paths.Where(p => PlainPath().IsMatch(p)).Order(StringComparer.Ordinal).ToList();
        var language = Language(plain);
        var manifests = plain.Where(p => IsManifest(language, p)).Select(read).OfType<string>().ToList();
        var sources = plain.Where(p => p.EndsWith(".py", StringComparison.Ordinal)).Take(MostSources).Select(p => (Path: p, Text: read(p))).Where(s => s.Text is not null).ToList();
        var frameworks = InitFrameworks.In(language, manifests, sources.Select(s => s.Text!));
        if (paths.Contains(AgentFile.FileName))
            return new InitPlan(language, frameworks, [], [$"{AgentFile.FileName} exists already, so nothing is written. Remove it to begin anew."]);

        var loop = sources.FirstOrDefault(s => SpeaksLines(s.Text!)).Path;
        var (run, adapter, notes) = Run(language, loop, plain);
        PlannedFile[] planned =
        [
            new(AgentFile.FileName, Yaml(Name(directoryName), run, language, asksModel: adapter is not null && language != "dotnet", manifests, plain)),
            new(Starter, InitAdapters.Sample),
            .. adapter is null ? Array.Empty<PlannedFile>() : [adapter],
        ];
        var kept = planned.Where(f => paths.Contains(f.Path)).Select(f => $"{f.Path} exists already and is kept.");
        return new InitPlan(language, frameworks, [.. planned.Where(f => !paths.Contains(f.Path))],
        [
            .. kept, .. notes, .. Packages(language, manifests),
            $"Replace the example in {Starter} by cases of your own, with the answers you want, and the scorer by one that compares them.",
        ]);
    }

    private static string Language(List<string> paths)
    {
        bool Top(Func<string, bool> test) => paths.Any(p => !p.Contains('/', StringComparison.Ordinal) && test(p));
        if (Top(p => p is "pyproject.toml" or "setup.py" or "Pipfile" || RequirementsName().IsMatch(p))) return "python";
        if (Top(p => p == "package.json")) return "node";
        if (Top(p => p.EndsWith(".csproj", StringComparison.Ordinal) || p.EndsWith(".fsproj", StringComparison.Ordinal))) return "dotnet";
        return paths.Any(p => p.EndsWith(".py", StringComparison.Ordinal)) ? "python"
            : paths.Any(p => p.EndsWith(".mjs", StringComparison.Ordinal) || p.EndsWith(".js", StringComparison.Ordinal)) ? "node"
            : paths.Any(p => p.EndsWith(".csproj", StringComparison.Ordinal)) ? "dotnet"
            : "unknown";
    }

    private static bool IsManifest(string language, string path) => language switch
    {
        "python" => path is "pyproject.toml" or "setup.py" or "Pipfile" || RequirementsName().IsMatch(path),
        "node" => path == "package.json",
        "dotnet" => path.EndsWith("proj", StringComparison.Ordinal) || path.EndsWith(".props", StringComparison.Ordinal),
        _ => false,
    };

    private static bool SpeaksLines(string source) =>
        source.Contains("sys.stdin", StringComparison.Ordinal) && source.Contains("\"epoch\"", StringComparison.Ordinal) && source.Contains("\"output\"", StringComparison.Ordinal);

    private static (string Run, PlannedFile? Adapter, string[] Notes) Run(string language, string? loop, List<string> paths)
    {
        if (loop is not null) return ($"python3 {loop}", null, [$"{loop} already speaks the line protocol."]);
        switch (language)
        {
            case "node":
                return ("node kintsugi-agent.mjs", new("kintsugi-agent.mjs", InitAdapters.Node), ["Call your agent in answer() of kintsugi-agent.mjs."]);
            case "dotnet":
                var project = paths.First(p => p.EndsWith("proj", StringComparison.Ordinal));
                return ($"dotnet run --project {project} -c Release -- --kintsugi", new("KintsugiAgent.cs", InitAdapters.DotNet),
                    ["Call KintsugiAgent.RunAsync in Program.cs, as the file says: until then the agent does not answer."]);
            default:
                return ("python3 kintsugi_agent.py", new("kintsugi_agent.py", InitAdapters.Python), ["Call your agent in answer() of kintsugi_agent.py."]);
        }
    }

    /// <summary>The sandbox has no network, and sees the commit and the system's own directories only.</summary>
    private static IEnumerable<string> Packages(string language, List<string> manifests) => language switch
    {
        "python" when manifests.Count > 0 =>
            ["The sandbox sees what the system's Python has (`sudo pip install …`) or what is committed, not a virtual environment."],
        "node" when manifests.Any(m => m.Contains("ependencies\"", StringComparison.Ordinal)) =>
            ["The sandbox sees what is committed: bundle the agent into one file (esbuild --bundle --platform=node), or commit node_modules."],
        "dotnet" =>
            ["The agent is compiled in the sandbox each time it starts, without network: packages have to be in a folder that nuget.config names and that is committed. Faster: commit the output of `dotnet publish` and run `dotnet published/….dll --kintsugi`."],
        _ => [],
    };

    private static string Name(string directoryName)
    {
        var name = Regex.Replace(directoryName, "[^A-Za-z0-9]+", "-").Trim('-');
        return name.Length is 0 ? "agent" : (name.Length > 60 ? name[..60].TrimEnd('-') : name);
    }

    private static string Yaml(string name, string run, string language, bool asksModel, List<string> manifests, List<string> paths)
    {
        var yaml = new StringBuilder();
        yaml.Append("# What Kintsugi knows of this agent. Every key: docs/configuration.md; an editor shows them with docs/kintsugi.schema.json.\n");
        yaml.Append("agent:\n").Append($"  name: \"{name}\"\n");
        yaml.Append($"  run: {run}   # reads {{\"id\",\"epoch\",\"input\"}} a line, answers {{\"id\",\"epoch\",\"output\"}} a line\n");
        yaml.Append(Tests(language, manifests, paths) is { } test ? $"  test: {test}\n" : "  # test: the command line of the agent's own deterministic tests\n");
        yaml.Append("  timeout: 60s           # per sample\n");
        if (language == "dotnet") yaml.Append("  start_timeout: 180s    # it is compiled first\n  processes: 1\n  memory: 2GiB\n");
        if (asksModel) yaml.Append("  env: { AGENT_MODEL: sim-large }   # what the adapter asks until it calls your agent; a model of the provider below\n");
        yaml.Append(Components(paths));
        yaml.Append($"dataset: {Starter}\n");
        yaml.Append("scorers:\n  - json_path: { path: $, exists: true }   # any answer will do; better: - exact: { path: $.answer }\n");
        yaml.Append("gate: { floor: 0.9 }     # below this pass rate a version is bad whatever came before\n");
        yaml.Append("# With no provider, a simulated one answers: no language model, but enough to see everything run. For a real one:\n");
        yaml.Append("# models:\n#   providers:\n#     openai: { kind: openai, url: https://api.openai.com/v1, key: \"${OPENAI_API_KEY}\" }\n");
        return yaml.ToString();
    }

    private static string? Tests(string language, List<string> manifests, List<string> paths) => language switch
    {
        "python" when paths.Any(p => p.StartsWith("tests/", StringComparison.Ordinal)) =>
            manifests.Any(m => m.Contains("pytest", StringComparison.Ordinal)) ? "python3 -m pytest -q" : "python3 -m unittest discover -q tests",
        "node" when manifests.Any(m => TestScript().IsMatch(m)) => "npm test --silent",
        _ => null,
    };

    private static string Components(List<string> paths)
    {
        (string Key, string[] Globs)[] proposals =
        [
            ("prompt", ["prompts/**"]), ("tool", ["tools/*.json"]), ("schema", ["schemas/**"]), ("data", ["data/**"]),
            ("model", ["models.yaml", "models.json"]),
            ("dependency", ["requirements*.txt", "pyproject.toml", "*.lock", "package.json", "package-lock.json", "*.csproj", "packages.lock.json"]),
        ];
        var found = proposals
            .Select(p => (p.Key, Globs: p.Globs.Where(g => new AgentGlobs("", [g]).Among(paths).Count > 0).Select(g => $"\"{g}\"").ToList()))
            .Where(p => p.Globs.Count > 0)
            .ToList();
        return found.Count == 0
            ? "# components: { prompt: [prompts/**] }   # what a version is made of; everything else is code\n"
            : "components:              # what a version is made of; everything else is code\n" + string.Concat(found.Select(p => $"  {p.Key}: [{string.Join(", ", p.Globs)}]\n"));
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_./-]*\z")]
    private static partial Regex PlainPath();

    [GeneratedRegex(@"^requirements[A-Za-z0-9_.-]*\.txt\z")]
    private static partial Regex RequirementsName();

    [GeneratedRegex("\"test\"\\s*:")]
    private static partial Regex TestScript();
}
