namespace Kintsugi.Sandbox.Inside;

/// <summary>What a command is started with, in any tier.</summary>
internal static class SandboxEnvironment
{
    /// <summary>The fixed environment, then the request's, which wins.</summary>
    public static IReadOnlyDictionary<string, string> Of(SandboxRequest request)
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = "/tmp/home",
            ["TMPDIR"] = "/tmp",
            ["LANG"] = "C.UTF-8",
            ["TERM"] = "dumb",
            ["CI"] = "1",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["DOTNET_CLI_HOME"] = "/tmp/home",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        };
        foreach (var (name, value) in request.Environment)
            environment[name] = value;
        return environment;
    }

    /// <summary>Absolute, as the command sees it.</summary>
    public static string WorkingDirectoryOf(SandboxRequest request) => request switch
    {
        { Workspace: null } => "/tmp",
        { Workspace.MountAt: var at, WorkingDirectory: "" } => at,
        { Workspace.MountAt: var at } => $"{at.TrimEnd('/')}/{request.WorkingDirectory}",
    };
}
