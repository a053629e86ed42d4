using System.Collections;
using System.Security.Cryptography;

namespace Kintsugi.EndToEnd;

/// <summary>Packages of npm, installed once for each lock file into the user's cache.</summary>
internal static class NodePackages
{
    /// <summary>Node looks for packages beside a script, so the scripts are copied to where the packages are.</summary>
    /// <param name="scripts">A folder with `package.json`, `package-lock.json` and `*.mjs`.</param>
    /// <returns>The folder of the copies. Packages are one above it.</returns>
    public static async Task<string> InstallAsync(string scripts)
    {
        var packages = await File.ReadAllBytesAsync(Path.Combine(scripts, "package-lock.json"), TestContext.Current.CancellationToken);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache");
        var folder = Path.Combine(cache, "kintsugi-tests", $"npm-{Convert.ToHexStringLower(SHA256.HashData(packages))[..16]}");
        if (!Directory.Exists(folder)) await FillAsync(scripts, folder);
        var run = Path.Combine(folder, $"run-{Environment.ProcessId}");
        Directory.CreateDirectory(run);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => // each who installs here says so
        {
            if (Directory.Exists(run)) Directory.Delete(run, recursive: true);
        };
        File.Copy(Path.Combine(scripts, "package.json"), Path.Combine(run, "package.json"), overwrite: true);
        foreach (var script in Directory.GetFiles(scripts, "*.mjs")) File.Copy(script, Path.Combine(run, Path.GetFileName(script)), overwrite: true);
        return run;
    }

    /// <summary>Appears whole or not at all, should two processes install at once or one be stopped.</summary>
    private static async Task FillAsync(string scripts, string folder)
    {
        var half = $"{folder}.{Guid.NewGuid():n}";
        Directory.CreateDirectory(half);
        foreach (var name in (string[])["package.json", "package-lock.json"]) File.Copy(Path.Combine(scripts, name), Path.Combine(half, name));
        // As the tester's own shell would: with its proxy, its certificates and its registry.
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "");
        var ended = await Shell.RunAsync(["/usr/bin/env", "npm", "ci", "--prefix", half, "--ignore-scripts", "--no-audit", "--no-fund"], variables);
        Assert.True(ended.Status == 0, $"npm ci: {ended.Error}\n{ended.Output}");
        try
        {
            Directory.Move(half, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(half, recursive: true); // another process was quicker
        }
    }
}
