using System.Collections.Concurrent;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Installs the dependencies of versions: one build for all whose inputs are equal.</summary>
/// <remarks>
/// A build sees the first version that needs it, without its gold. So a foreign version's build is not trusted with the layer of our own versions, which
/// may have equal inputs: it takes theirs if there is one, and else makes one that it alone uses.
/// </remarks>
/// <param name="environment">The host's variables, for the credentials of registries.</param>
public sealed class BuildLayers(
    GitRepository git, LayerCache cache, Func<CancellationToken, Task<ISandbox>> openSandbox, Func<string, string?> environment, TimeProvider clock)
{
    private const int LongestOutput = 1500;

    private static readonly SandboxLimits Limits = new(
        Wall: TimeSpan.FromMinutes(15), MemoryBytes: 2L << 30, Processes: 1024, WorkspaceBytes: 4L << 30, OutputBytes: 16L << 20, Files: 500_000);

    // Tools that look for news of themselves would be told of a blocked host.
    private static readonly Dictionary<string, string> Quiet = new()
    {
        ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1",
        ["PIP_BREAK_SYSTEM_PACKAGES"] = "1", // `pip install` without an environment goes to the build's home: nothing of the system can be broken
        ["PIP_NO_CACHE_DIR"] = "1",
        ["npm_config_update_notifier"] = "false",
        ["npm_config_audit"] = "false",
        ["npm_config_fund"] = "false",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["NUGET_CERT_REVOCATION_MODE"] = "offline",
    };

    private readonly ConcurrentDictionary<string, Lazy<Task<Result>>> _results = new(StringComparer.Ordinal);

    /// <summary>Is told the command line of each build before it runs: that may take minutes.</summary>
    public Action<string>? Announce { get; init; }

    /// <summary>Builds what the version's <see cref="AgentDefinition.Build"/> says, unless that was done before.</summary>
    /// <exception cref="BuildNetworkException">A host was refused or could not be reached.</exception>
    /// <exception cref="BadFileException">A variable that a registry's header needs is not set.</exception>
    /// <exception cref="SandboxUnavailableException">There is no sandbox for it.</exception>
    /// <exception cref="IOException">The layer cannot be stored.</exception>
    public async Task<BuiltVersion> BuildAsync(AgentDefinition agent, LaidOutVersion version, CancellationToken cancellationToken)
    {
        if (agent.Build is not { } build) return new BuiltVersion(version, null);
        var files = (await git.ListAsync(version.Tree, cancellationToken)).Select(f => (f.Path, f.Mode, f.Blob)).ToList();
        var key = BuildInputs.Key(build, files, version.AgentPath, version.MountAt, BuildInputs.Machine());
        if (version.Foreign)
        {
            if (cache.Find(key) is { } own) return Built(version, new Result(own, null));
            key += "-foreign-" + version.Tree;
        }

        var result = _results.GetOrAdd(key, k => new Lazy<Task<Result>>(() => GetAsync(k, build, version, cancellationToken)));
        try
        {
            return Built(version, await result.Value);
        }
        catch
        {
            _results.TryRemove(KeyValuePair.Create(key, result)); // the world's fault: the next may be luckier
            throw;
        }
    }

    private static BuiltVersion Built(LaidOutVersion version, Result result) => new(
        result.Directory is { } directory ? version with { Built = new BuildLayer(directory, BuildLayer.HomeOf(version)) } : version, result.Failure);

    private async Task<Result> GetAsync(string key, BuildDefinition build, LaidOutVersion version, CancellationToken cancellationToken)
    {
        string? failure = null;
        var directory = await cache.GetAsync(
            key, async empty => (failure = await RunAsync(build, version, empty, cancellationToken)) is null, cancellationToken);
        return new Result(directory, failure);
    }

    /// <returns>Null when it succeeded.</returns>
    private async Task<string?> RunAsync(BuildDefinition build, LaidOutVersion version, string keep, CancellationToken cancellationToken)
    {
        var sandbox = await openSandbox(cancellationToken);
        if (!sandbox.Isolation.HoldsForeignCode) // what a build writes is a layer, and packages are strangers' code
            throw new SandboxUnavailableException("A, B or C", "A `build` runs in a sandbox only. Install bubblewrap, or install what the agent needs on this host and remove `build`.");
        await using var proxy = new BuildProxy(build.Network, environment, clock);
        Announce?.Invoke(build.Run);
        var result = await sandbox.RunAsync(Request(build, version, keep, proxy), ReadOnlyMemory<byte>.Empty, cancellationToken);
        if (result.Succeeded) return null;
        var output = End(result);
        if (!proxy.IsSpent && proxy.Use.Problem is { } problem) throw new BuildNetworkException(problem, output);
        var how = proxy.IsSpent ? "moved more bytes than a build may" : result.Exit.Limit ?? $"exit code {result.Exit.Code}";
        return $"The build failed ({how}). Its output ends: {output}";
    }

    private static SandboxRequest Request(BuildDefinition build, LaidOutVersion version, string keep, BuildProxy proxy) => new()
    {
        Command = ["/bin/sh", "-c", "mkdir -p \"$HOME\" && exec /bin/sh -c \"$0\"", build.Run],
        Workspace = new Workspace(version.Layers, version.MountAt) { Keep = keep },
        WorkingDirectory = version.AgentPath,
        Environment = new Dictionary<string, string>([.. Quiet, .. proxy.Variables, .. new BuildLayer(keep, BuildLayer.HomeOf(version)).Variables]),
        Gateway = proxy.Serve,
        Blocked = proxy.Asked,
        Limits = Limits,
    };

    private static string End(SandboxResult result)
    {
        var words = $"{result.Output.TrimEnd()}\n{result.Error.TrimEnd()}".Trim();
        return words.Length == 0 ? "it printed nothing." : words.Length <= LongestOutput ? words : "…" + words[^LongestOutput..];
    }

    /// <param name="Directory">The layer; null when the build failed.</param>
    private sealed record Result(string? Directory, string? Failure);
}
