namespace Kintsugi.Sandbox;

/// <summary>One command to run where it can do no harm.</summary>
public sealed record SandboxRequest
{
    /// <summary>Program and arguments, passed on as they are: no shell reads them unless the program is one.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Host directory shown to the command. It is never written: what the command writes goes to a layer that is thrown away.</summary>
    public required string Tree { get; init; }

    /// <summary>Absolute path at which <see cref="Tree"/> appears inside; the checkout's own path keeps virtual environments working.</summary>
    public required string MountAt { get; init; }

    /// <summary>Working directory, relative to <see cref="MountAt"/>.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>The whole environment of the command, on top of a small fixed one (PATH, HOME, TMPDIR, LANG). The host's is never passed on.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Host path of a listening Unix socket that the command reaches at http://127.0.0.1:<see cref="GatewayPort"/>; null for no way out at all.</summary>
    public string? GatewaySocket { get; init; }

    /// <summary>Extra host paths shown read-only, host path to path inside.</summary>
    public IReadOnlyDictionary<string, string> ReadOnly { get; init; } = new Dictionary<string, string>();

    /// <summary>TCP port on which the command will serve HTTP, to be reached with <see cref="ISandboxProcess.ConnectAsync"/>; null if it serves nothing.</summary>
    public int? ServesOn { get; init; }

    public SandboxLimits Limits { get; init; } = new();

    public const int GatewayPort = 8080;
}

/// <summary>What a command may use before it is stopped. A limit that the command hits is a result about the command.</summary>
/// <param name="Wall">Time from start to end; null for none (the caller stops it).</param>
/// <param name="OutputBytes">Standard output and error together, when the command is run to its end; a process whose streams the caller reads is bounded by the caller.</param>
public sealed record SandboxLimits(
    TimeSpan? Wall = null,
    long MemoryBytes = 1L << 30,
    int Processes = 256,
    long WorkspaceBytes = 256L << 20,
    long OutputBytes = 4L << 20);
