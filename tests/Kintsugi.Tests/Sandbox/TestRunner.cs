using System.Runtime.InteropServices;

namespace Kintsugi.Tests.Sandbox;

/// <summary>This test program, to be started once more for what needs a process of its own.</summary>
internal static class TestRunner
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Kintsugi.Tests");

    /// <summary>Where the runtime lies that this process runs on.</summary>
    public static string DotnetRoot { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    /// <summary>What it needs of the environment to start.</summary>
    public static IReadOnlyList<string> Environment { get; } =
        [$"PATH=/usr/local/bin:/usr/bin:/bin", $"HOME={System.Environment.GetEnvironmentVariable("HOME")}", $"DOTNET_ROOT={DotnetRoot}", "DOTNET_CLI_TELEMETRY_OPTOUT=1"];
}
