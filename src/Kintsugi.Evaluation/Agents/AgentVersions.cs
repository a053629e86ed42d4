using System.Security.Cryptography;
using System.Text;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents;

/// <summary>What a version of an agent is made of.</summary>
/// <param name="ByComponent">SHA-256, lower-case hex, of every component, those without files too.</param>
/// <param name="Manifest">SHA-256 over them all: equal manifests are equal agents.</param>
/// <param name="Warnings">Globs of kintsugi.yaml that match no file.</param>
public sealed record ComponentHashes(IReadOnlyDictionary<Component, string> ByComponent, string Manifest, IReadOnlyList<string> Warnings);

/// <summary>Hashes versions of agents.</summary>
public static class AgentVersions
{
    /// <param name="files">Every tracked file: its path from the repository's top, git mode and blob id.</param>
    /// <param name="agentPath">The agent's directory; empty when it is the top.</param>
    public static ComponentHashes Compute(IReadOnlyList<(string Path, string Mode, string Blob)> files, string agentPath, AgentDefinition agent)
    {
        var paths = files.Select(f => f.Path).ToList();
        var owner = new AgentFiles(agent, agentPath, paths);
        var parts = Enum.GetValues<Component>().ToDictionary(c => c, _ => new StringBuilder());
        foreach (var (path, mode, blob) in files.OrderBy(f => f.Path, StringComparer.Ordinal))
            if (owner.ComponentOf(path) is { } component)
                parts[component].Append(path).Append('\0').Append(mode).Append('\0').Append(blob).Append('\0'); // no path holds a NUL
        var hashes = parts.ToDictionary(p => p.Key, p => Hash(p.Value.ToString()));
        var manifest = Hash(string.Concat(Enum.GetValues<Component>().Select(c => $"{c}\0{hashes[c]}\0")));
        return new ComponentHashes(hashes, manifest, [.. Unmatched(paths, agentPath, agent)]);
    }

    private static IEnumerable<string> Unmatched(List<string> paths, string agentPath, AgentDefinition agent)
    {
        var named = agent.Components.SelectMany(c => c.Globs.Select(g => (Key: $"components.{c.Component.ToString().ToLowerInvariant()}", Glob: g)))
            .Concat(agent.Spec.Select(g => (Key: "spec", Glob: g)))
            .Concat((agent.Build?.Inputs ?? []).Select(g => (Key: "build.inputs", Glob: g)))
            .Concat((agent.Repair.MayChange ?? []).Select(g => (Key: "repair.may_change", Glob: g)))
            .Concat((agent.Repair.NeverRestore ?? []).Select(g => (Key: "repair.never_restore", Glob: g)));
        foreach (var (key, glob) in named)
            if (new AgentGlobs(agentPath, [glob]).Among(paths).Count == 0)
                yield return $"{AgentFile.FileName}: the glob '{Shown.Word(glob)}' of {key} matches no tracked file. Correct it or remove it; globs are relative to the agent's directory.";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
