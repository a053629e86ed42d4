using System.Text;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.EndToEnd;

/// <summary>What a program printed and how it ended.</summary>
internal sealed record Ended(int Status, string Output, string Error);

/// <summary>Programs as a person starts them, the built `kintsugi` among them.</summary>
internal static class Shell
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    public static Task<Ended> KintsugiAsync(params string[] arguments) => KintsugiAsync(new Dictionary<string, string>(), arguments);

    public static async Task<Ended> KintsugiAsync(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        using var process = await StartKintsugiAsync(variables, arguments);
        return await EndAsync(process);
    }

    public static Task<HostProcess> StartKintsugiAsync(IReadOnlyDictionary<string, string> variables, params string[] arguments) =>
        StartAsync([Path.Combine(AppContext.BaseDirectory, "kintsugi"), .. arguments], variables);

    public static async Task<string> GitAsync(string directory, params string[] arguments)
    {
        using var process = await StartAsync(
            ["/usr/bin/git", "-C", directory, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", .. arguments], new Dictionary<string, string>());
        var ended = await EndAsync(process);
        Assert.True(ended.Status == 0, $"git {string.Join(' ', arguments)}: {ended.Error}");
        return ended.Output.TrimEnd('\n');
    }

    /// <summary>Any other program, which reads this text from its standard input.</summary>
    public static async Task<Ended> RunAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables, string input = "")
    {
        using var process = await StartAsync(command, variables);
        return await EndAsync(process, input);
    }

    public static async Task<Ended> EndAsync(HostProcess process, string input = "")
    {
        await process.Input.WriteAsync(Encoding.UTF8.GetBytes(input), TestContext.Current.CancellationToken);
        await process.Input.DisposeAsync();
        var output = new StreamReader(process.Output, Encoding.UTF8).ReadToEndAsync();
        var error = new StreamReader(process.Error, Encoding.UTF8).ReadToEndAsync();
        var status = await process.Ended.WaitAsync(Longest, TestContext.Current.CancellationToken);
        return new Ended(status, await output, await error);
    }

    /// <summary>Any other program, which goes on until somebody ends it.</summary>
    public static Task<HostProcess> StartAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables)
    {
        string[] plain = ["PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1"];
        string[] dotnet = Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root ? [$"DOTNET_ROOT={root}"] : [];
        return Launcher.StartAsync(new LaunchPlan(
            command, [.. plain, .. dotnet, .. variables.Select(v => $"{v.Key}={v.Value}")], new Dictionary<int, SafeFileHandle>()));
    }
}
