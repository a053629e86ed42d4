using System.Security.Cryptography;

namespace Kintsugi.Bench.Incidents;

/// <summary>What npm and NuGet bring to the agents that need it, fetched once for each list of packages into the user's cache.</summary>
public static class AgentPackages
{
    private static string Cache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache"),
        "kintsugi-bench");

    /// <summary>The modules of the LangGraph agent as one archive, which its build unpacks: thousands of small files would slow every checkout down.</summary>
    /// <returns>A directory with `vendor/node_modules.tgz`.</returns>
    public static Task<string> NodeModulesAsync(CancellationToken cancellationToken) => FilledAsync("claims-graph", "package-lock.json", async (source, into) =>
    {
        foreach (var name in (string[])["package.json", "package-lock.json"]) File.Copy(Path.Combine(source, name), Path.Combine(into, name));
        await KintsugiCommand.HostAsync("npm", ["ci", "--prefix", into, "--ignore-scripts", "--no-audit", "--no-fund"], cancellationToken);
        var modules = Path.Combine(into, "node_modules");
        // What nobody loads: types, maps, the same for CommonJS, and the tables of tokenisers.
        await KintsugiCommand.HostAsync("find", [modules, "-type", "f", "-regex", @".*\.\(map\|md\|cjs\|[cm]?ts\)", "-delete"], cancellationToken);
        Directory.Delete(Path.Combine(modules, "js-tiktoken", "dist", "ranks"), recursive: true);
        Directory.CreateDirectory(Path.Combine(into, "vendor"));
        await KintsugiCommand.HostAsync("tar", ["czf", Path.Combine(into, "vendor", "node_modules.tgz"), "-C", into, "node_modules"], cancellationToken);
        Directory.Delete(modules, recursive: true);
        foreach (var name in (string[])["package.json", "package-lock.json"]) File.Delete(Path.Combine(into, name));
    });

    /// <summary>The assemblies that the agent of the Agent Framework is compiled against.</summary>
    /// <returns>A directory with `lib/*.dll`.</returns>
    public static Task<string> LibrariesAsync(CancellationToken cancellationToken) => FilledAsync("hotel-desk", "HotelDesk.csproj", async (source, into) =>
    {
        var (work, lib) = (Path.Combine(into, "work"), Path.Combine(into, "lib"));
        await KintsugiCommand.HostAsync("cp", ["-a", "--", source, work], cancellationToken);
        await KintsugiCommand.HostAsync("dotnet", ["publish", work, "-c", "Release", "-o", lib, "-v", "quiet", "--disable-build-servers"], cancellationToken);
        foreach (var file in Directory.GetFiles(lib).Where(f => Path.GetFileName(f).StartsWith("HotelDesk", StringComparison.Ordinal))) File.Delete(file);
        Directory.Delete(work, recursive: true);
    });

    /// <summary>Appears whole or not at all, should two processes fill it at once or one be stopped.</summary>
    private static async Task<string> FilledAsync(string agent, string list, Func<string, string, Task> fill)
    {
        var source = PlantedAgent.Source(agent);
        var folder = Path.Combine(Cache, $"{agent}-{Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, list))))[..16]}");
        if (Directory.Exists(folder)) return folder;
        var half = $"{folder}.{Guid.NewGuid():n}";
        Directory.CreateDirectory(half);
        await fill(source, half);
        try
        {
            Directory.Move(half, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(half, recursive: true); // another process was quicker
        }
        return folder;
    }
}
