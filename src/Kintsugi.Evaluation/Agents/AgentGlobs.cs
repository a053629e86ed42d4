using Microsoft.Extensions.FileSystemGlobbing;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Globs written relative to an agent's directory, held against paths from the repository's top.</summary>
/// <remarks>`*` stays within a directory, `**` crosses directories, `../` at the beginning leads out of the agent's directory;
/// a glob that would leave the repository matches nothing. Case matters.</remarks>
internal sealed class AgentGlobs
{
    private readonly Matcher _matcher;

    public AgentGlobs(string agentPath, IEnumerable<string> globs, StringComparison comparison = StringComparison.Ordinal)
    {
        _matcher = new Matcher(comparison);
        foreach (var glob in globs)
            if (FromTop(agentPath, glob) is { } fromTop)
                _matcher.AddInclude(fromTop);
    }

    public bool Matches(string path) => _matcher.Match("/", "/" + path).HasMatches;

    /// <summary>Those of the paths that match, in one pass.</summary>
    public HashSet<string> Among(IEnumerable<string> paths) =>
        _matcher.Match("/", paths.Select(p => "/" + p)).Files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);

    /// <returns>Null when it leads out of the repository.</returns>
    public static string? FromTop(string agentPath, string glob)
    {
        var directory = agentPath.Split('/', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (glob.StartsWith("./", StringComparison.Ordinal)) glob = glob[2..];
        while (glob.StartsWith("../", StringComparison.Ordinal))
        {
            if (directory.Count == 0) return null;
            directory.RemoveAt(directory.Count - 1);
            glob = glob[3..];
        }
        return string.Join('/', directory.Append(glob));
    }
}
