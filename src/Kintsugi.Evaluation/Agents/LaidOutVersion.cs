using Kintsugi.Evaluation.Agents.Building;

namespace Kintsugi.Evaluation.Agents;

/// <summary>A version of the agent laid out on disk, ready to run.</summary>
/// <param name="Commit">The commit it came from, or the commit it is a variation of.</param>
/// <param name="Tree">Git tree id of the whole repository in this version: what identifies it.</param>
/// <param name="Files">Host directories that together hold the repository's files of this version without the golden dataset, the lowest first; never written.</param>
/// <param name="MountAt">Absolute path at which the agent sees them.</param>
/// <param name="AgentPath">The agent's directory relative to the root; empty when it is the root.</param>
/// <param name="Foreign">Whether a model or a stranger wrote any of it.</param>
public sealed record LaidOutVersion(string Commit, string Tree, IReadOnlyList<LayerDirectory> Files, string MountAt, string AgentPath, bool Foreign)
{
    /// <summary>What its build installed; null when it has none, or it has not been built.</summary>
    public BuildLayer? Built { get; init; }

    /// <summary>What a sandbox is given, the lowest first: the version's own files win over what its build wrote.</summary>
    public IReadOnlyList<string> Layers => [.. Built is null ? Array.Empty<string>() : [Built.Directory], .. Files.Select(layer => layer.Path)];

    /// <summary>Variables by which its programs find what the build installed.</summary>
    public IReadOnlyDictionary<string, string> Variables => Built?.Variables ?? new Dictionary<string, string>();

    /// <summary>Where one of the version's files lies on the host.</summary>
    /// <param name="path">From the repository's top.</param>
    /// <returns>Null when the version has no such file, or a link is on the way to it.</returns>
    public string? Find(string path)
    {
        foreach (var layer in Files.Reverse())
        {
            if (layer.Holds(path) is { } found) return found;
            if (layer.Hides(path)) return null;
        }
        return null;
    }
}
