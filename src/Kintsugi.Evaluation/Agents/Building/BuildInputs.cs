using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>What the result of a build depends on.</summary>
internal static class BuildInputs
{
    private const string SystemFile = "/usr/lib/os-release";

    /// <summary>This machine, as far as what is installed on it differs from what is installed on another: its architecture and its distribution's release.</summary>
    /// <remarks>An update of a toolchain within a release is not seen: remove the layers after one that matters.</remarks>
    public static string Machine() => $"{RuntimeInformation.OSArchitecture}\n{(File.Exists(SystemFile) ? File.ReadAllText(SystemFile) : RuntimeInformation.OSDescription)}";

    /// <summary>SHA-256, lower-case hex. Equal keys have equal results, and share one.</summary>
    /// <param name="files">Every tracked file of the version: its path from the repository's top, git mode and blob id.</param>
    /// <param name="agentPath">The agent's directory; empty when it is the top.</param>
    /// <param name="mountAt">Where the build sees the repository: virtual environments hold absolute paths.</param>
    /// <param name="machine">See <see cref="Machine"/>.</param>
    public static string Key(
        BuildDefinition build, IReadOnlyList<(string Path, string Mode, string Blob)> files, string agentPath, string mountAt, string machine)
    {
        var globs = new AgentGlobs(agentPath, build.Inputs);
        var parts = new StringBuilder();
        void Add(string part) => parts.Append(part.Length).Append(':').Append(part); // so that no two lists of parts read the same
        foreach (var part in (ReadOnlySpan<string>)[build.Run, agentPath, mountAt, machine]) Add(part);
        foreach (var registry in build.Network.Registries) Add(registry.Url.AbsoluteUri); // $KINTSUGI_REGISTRY_1 means another one
        var inputs = globs.Among(files.Select(f => f.Path));
        foreach (var (path, mode, blob) in files.Where(f => inputs.Contains(f.Path)).OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            Add(path);
            Add(mode);
            Add(blob);
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())));
    }
}
