using System.Text;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.EndToEnd.BadInput;

/// <summary>What a program said and how it ended.</summary>
internal sealed record Said(int Exit, string Output, string Error)
{
    public string All => Output + Error;
}

/// <summary>The product as its user meets it: a process, its two streams, its exit status.</summary>
internal static class CommandLine
{
    /// <summary>Longer than anything here may take on a busy machine: what is not done by then hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Task<Said> KintsugiAsync(params string[] arguments) => KintsugiAsync([], arguments);

    /// <param name="variables">`NAME=value`, beside a plain environment.</param>
    public static Task<Said> KintsugiAsync(IReadOnlyList<string> variables, params string[] arguments) =>
        RunAsync([Path.Combine(AppContext.BaseDirectory, "kintsugi"), .. arguments], variables);

    public static async Task<string> GitAsync(string directory, params string[] arguments)
    {
        var said = await RunAsync(
            ["/usr/bin/git", "-C", directory, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "protocol.file.allow=always", .. arguments],
            ["GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"]);
        Assert.True(said.Exit == 0, $"git {string.Join(' ', arguments)}: {said.Error}");
        return said.Output.TrimEnd('\n');
    }

    private static async Task<Said> RunAsync(IReadOnlyList<string> command, IReadOnlyList<string> variables)
    {
        string[] plain = ["PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C", "DOTNET_TieredPGO=0", .. DotNet()];
        using var process = await Launcher.StartAsync(new LaunchPlan(command, [.. plain, .. variables], new Dictionary<int, SafeFileHandle>()));
        await process.Input.DisposeAsync();
        var output = new StreamReader(process.Output, Encoding.UTF8).ReadToEndAsync();
        var error = new StreamReader(process.Error, Encoding.UTF8).ReadToEndAsync();
        var exit = await process.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        return new Said(exit, await output.WaitAsync(Patience), await error.WaitAsync(Patience));
    }

    private static string[] DotNet() => Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root ? [$"DOTNET_ROOT={root}"] : [];
}
