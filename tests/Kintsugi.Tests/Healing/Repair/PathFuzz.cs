using System.Globalization;
using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Healing.Repair;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Healing.Repair;

/// <summary>Patches whose paths are made to lead astray and whose contents to trip a parser, and what a checkout on any system would make of one that was let through.</summary>
/// <remarks>One draw in the unit tests, many in the benchmark. Says by its own words what is astray, so that it shares no mistake with the gate.</remarks>
public static class PathFuzz
{
    private static readonly string[] Parts =
    [
        "a", "src", "Src", "agent.py", "prompts", "score.md", ".", "..", "", " ", ".git", ".GIT", ".Git", "git~1", "GIT~1", "git~2", ".git ", ".git.", ".git. .", ".git::$INDEX_ALLOCATION",
        ".g\u200cit", "\ufeff.git", ".gi\u202et", ".git\u206a", ".gitmodules", "config", "hooks", "package.json", "con", "NUL.txt", "lpt1", "file:stream", "agent.py.", "agent.py ", "AGENT.PY",
        "CONFTE~1.PY", "e\u0301", "\u00e9", "\u212a", "\u017f", "a\nb", "a\tb", "\u001b[2J", "a\0b", "\ud800", "~", "-rf", "--", "$(id)", "`id`", "%2e%2e", "..\\..", "C:", "\\\\host",
        new string('x', 255), new string('x', 256), new string('é', 128),
    ];

    private const string Letters = "ab.~ 1/\\:gitGIT\u200d\u200b\n\0é\ud83d";

    private static readonly HashSet<char> IgnoredByHfs =
    [
        .. "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f\ufeff",
    ];

    private static readonly TreeFile[] Tracked = [.. new[] { "src/agent.py", "prompts/score.md", "README.md", "Data/crm.json", "é/ü.md" }.Select(p => new TreeFile(p, "100644", "0"))];

    private static readonly string[] Contents =
    [
        "", "{", "}", "\"", "\\", "\\u", "\\x4", "\\ud800", "\"scripts\":", "1", "\n", "lead-017", " A ", "Could we see a demo of it in March", "\ufeff", "[[", "é", "\0",
    ];

    private static readonly Sample[] Gold =
    [
        new("lead-017", JsonDocument.Parse("\"Could we see a demo of it in March, please?\"").RootElement, JsonDocument.Parse("\"A\"").RootElement, [], null, false, false, ""),
    ];

    private static readonly PatchTerms Own = new(new AgentFiles(Definition(), "", []), Tracked, Tracked, Gold, Foreign: false);
    private static readonly PatchTerms Foreign = Own with { Foreign = true };

    /// <summary>Paths of one random patch that the gate lets pass, or null when it refuses the patch.</summary>
    public static IReadOnlyList<string>? LetThrough(Random random, out IReadOnlyList<string> asked)
    {
        List<PatchedFile> patch = [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => File(random))];
        asked = [.. patch.Select(f => f.New!.Path)];
        return PatchGate.Refusals(patch, random.Next(4) == 0 ? Own : Foreign).Count == 0 ? asked : null;
    }

    /// <returns>How the paths would leave their directory or become other files; null when they stay what they are.</returns>
    public static string? Astray(IReadOnlyList<string> paths)
    {
        const string root = "/checkout";
        foreach (var path in paths)
        {
            if (Path.GetFullPath(Path.Combine(root, path)) != $"{root}/{path}") return $"'{path}' is elsewhere";
            foreach (var name in path.Split('/', '\\'))
            {
                var onHfs = string.Concat(name.Where(c => !IgnoredByHfs.Contains(c))).ToLowerInvariant();
                var onNtfs = name.Split(':')[0].TrimEnd('.', ' ').ToLowerInvariant();
                if (new[] { name, onHfs, onNtfs }.Any(n => n is ".git" or "git~1" or "." or ".." or "")) return $"'{path}' is .git or no name somewhere";
                if (name.Any(char.IsControl)) return $"'{path}' has control characters";
            }
        }
        var spelled = Tracked.Select(f => f.Path).Concat(paths).SelectMany(WithDirectories).ToHashSet();
        return spelled.Distinct(StringComparer.OrdinalIgnoreCase).Count() == spelled.Count ? null : "two paths are one where case does not matter";
    }

    private static IEnumerable<string> WithDirectories(string path)
    {
        for (var of = path; !string.IsNullOrEmpty(of); of = Path.GetDirectoryName(of)) yield return of;
    }

    private static PatchedFile File(Random random)
    {
        var path = random.Next(8) switch
        {
            0 or 1 => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Letters[random.Next(Letters.Length)])),
            2 or 3 => Respelled(Tracked[random.Next(Tracked.Length)].Path, random),
            _ => string.Join('/', Enumerable.Range(0, random.Next(1, random.Next(20) == 0 ? 40 : 5)).Select(_ => Name(random))),
        };
        var mode = random.Next(10) switch { 0 => "120000", 1 => "160000", 2 => "100755", _ => "100644" };
        return new PatchedFile(Array.Find(Tracked, f => f.Path == path), new TreeFile(path, mode, "1"), Content(random), Content(random));
    }

    private static string Respelled(string path, Random random)
    {
        var at = random.Next(path.Length);
        return random.Next(4) switch
        {
            0 => path,
            1 => path.Insert(at, Letters[random.Next(Letters.Length)].ToString()),
            _ => path[..at] + (char.IsLower(path[at]) ? char.ToUpperInvariant(path[at]) : char.ToLowerInvariant(path[at])) + path[(at + 1)..],
        };
    }

    private static byte[] Content(Random random)
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Contents[random.Next(Contents.Length)])));
        if (content.Length > 0 && random.Next(4) == 0) content[random.Next(content.Length)] = (byte)random.Next(256);
        return content;
    }

    private static string Name(Random random)
    {
        if (random.Next(3) == 0) return random.Next(1000).ToString(CultureInfo.InvariantCulture);
        var name = Parts[random.Next(Parts.Length)];
        return random.Next(4) > 0 ? name : name.Insert(random.Next(name.Length + 1), Letters[random.Next(Letters.Length)].ToString());
    }

    private static AgentDefinition Definition() => AgentFile.Load(
        "agent: { name: a, run: r }\ndataset: golden.jsonl\nscorers: [{ exact: {} }]\nrepair: { may_change: [\"**\"] }\n", AgentFile.FileName, _ => null);
}
