using System.Globalization;

namespace Kintsugi.Bench.Gateway;

/// <summary>The gateway that is measured beside: installed for the run into a folder of its own, and served by Node.</summary>
internal sealed class Portkey : IAsyncDisposable
{
    public const string Version = "1.15.2";

    private const string Package = "@portkey-ai/gateway";

    // The oldest that it allows. With newer ones Node's fetch hands it headers that it may not add to, and every stream ends as a 500.
    private const string Server = "@hono/node-server@1.3.3";

    private readonly DirectoryInfo _folder;

    private Portkey(DirectoryInfo folder, string node, MeasuredProcess process) => (_folder, Node, Process) = (folder, node, process);

    public MeasuredProcess Process { get; }

    /// <summary>`v20.20.2`.</summary>
    public string Node { get; }

    /// <summary>Its nearest to our route: two providers, the second where the first fails after retries. It holds no budget and records nothing.</summary>
    public static string Headers(string provider)
    {
        var target = $$"""{"provider":"openai","custom_host":"{{provider}}/v1","api_key":"sk-bench"}""";
        return $$$"""x-portkey-config: {"strategy":{"mode":"fallback"},"retry":{"attempts":3},"targets":[{{{target}}},{{{target}}}]}""" + "\r\n";
    }

    /// <returns>Null where it cannot be had; standard error says why.</returns>
    public static async Task<Portkey?> StartAsync(string cores, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kintsugi-portkey-");
        try
        {
            await KintsugiCommand.HostAsync(
                "npm", ["install", "--prefix", folder.FullName, "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", $"{Package}@{Version}", Server], cancellationToken);
            var node = (await KintsugiCommand.HostAsync("node", ["--version"], cancellationToken)).Trim();
            var server = Path.Combine(folder.FullName, "node_modules", Package, "build", "start-server.js");
            var process = await MeasuredProcess.OthersAsync(
                cores, port => ["env", "NODE_ENV=production", "node", server, string.Create(CultureInfo.InvariantCulture, $"--port={port}"), "--headless"], cancellationToken);
            return new Portkey(folder, node, process);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception) // no npm, no registry, no Node
        {
            await Console.Error.WriteLineAsync($"Portkey is left out: {e.Message}");
            folder.Delete(recursive: true);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
