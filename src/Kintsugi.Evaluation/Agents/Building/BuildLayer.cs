namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>What a build has put into the tree: the lowest layer of every version with equal inputs.</summary>
/// <param name="Directory">Host directory, never written again, and as hostile as the build: for sandboxes to show, not for us to read.</param>
/// <param name="Home">Absolute path inside of the home directory that the build had, in its layer.</param>
public sealed record BuildLayer(string Directory, string Home)
{
    /// <summary>For the build and for every run over its layer: what a tool keeps for its user (packages, scripts) is in the layer, and is found there.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>
    {
        ["HOME"] = Home,
        ["DOTNET_CLI_HOME"] = Home,
        ["PATH"] = $"{Home}/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/share/dotnet:/usr/lib/dotnet", // the last two: a .NET SDK that was unpacked, not packaged
    };

    /// <summary>The home of an agent's build: beside what is ours, so that no glob of a component or of a tool takes it for the agent's.</summary>
    internal static string HomeOf(LaidOutVersion version) => $"{version.MountAt.TrimEnd('/')}/{(version.AgentPath.Length == 0 ? "" : version.AgentPath + "/")}.kintsugi/home";
}

/// <summary>A version over the layer of its build.</summary>
/// <param name="Failure">Why its build failed (the end of what it printed): such a version does not start. Null when it did not fail, or there is none.</param>
public sealed record BuiltVersion(LaidOutVersion Version, string? Failure);

/// <summary>A build failed after it was refused a host, or could not reach one: that says nothing about the version.</summary>
public sealed class BuildNetworkException(string problem, string output)
    : Exception($"The build could not get what it needs: {problem} Its output ends: {output}");
