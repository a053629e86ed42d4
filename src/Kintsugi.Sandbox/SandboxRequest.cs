using System.Net.Sockets;

namespace Kintsugi.Sandbox;

/// <summary>One command to run where it can do no harm.</summary>
public sealed record SandboxRequest
{
    /// <summary>Program and arguments, passed on as they are: no shell reads them unless the program is one.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The files it works on; null for none.</summary>
    public Workspace? Workspace { get; init; }

    /// <summary>Working directory, relative to <see cref="Workspace.MountAt"/>; without a workspace it is /tmp.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>The whole environment of the command, on top of a small fixed one (PATH, HOME, TMPDIR, LANG). The host's is never passed on.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Is given, before the command starts, the socket that listens on 127.0.0.1:<see cref="GatewayPort"/> as the command sees it, to accept on: the
    /// command's only way out. It is closed when the process is disposed of, if not before. Null for no way out at all.
    /// </summary>
    public Action<Socket>? Gateway { get; init; }

    /// <summary>
    /// Is told every host name that the command asks for, none of which it gets: lower case, ASCII, at most 253 characters, a stranger's words. Null: names
    /// are refused and nobody is told. Tier E tells none.
    /// </summary>
    public Action<string>? Blocked { get; init; }

    /// <summary>Extra host paths shown read-only, host path to path inside, outside the workspace.</summary>
    public IReadOnlyDictionary<string, string> ReadOnly { get; init; } = new Dictionary<string, string>();

    /// <summary>TCP port on which the command will serve HTTP, to be reached with <see cref="ISandboxProcess.ConnectAsync"/>; null if it serves nothing.</summary>
    public int? ServesOn { get; init; }

    public SandboxLimits Limits { get; init; } = new();

    public const int GatewayPort = 8080;
}

/// <summary>What a command may use before it is stopped. A limit that the command hits is a result about the command.</summary>
/// <param name="Wall">Time from start to end; null for none (the caller stops it).</param>
/// <param name="MemoryBytes">Of all its processes together. In tier A and C this is the kernel's own count, in which files written to the workspace and /tmp take part.</param>
/// <param name="WorkspaceBytes">What it may write to the workspace and /tmp together.</param>
/// <param name="OutputBytes">Standard output and error together, when the command is run to its end; a process whose streams the caller reads is bounded by the caller.</param>
/// <param name="Cpu">Processor time of each of its processes; null for none.</param>
/// <param name="Files">Files, directories and links that it may make in the workspace and /tmp: each costs kernel memory that tier B counts nowhere else.</param>
public sealed record SandboxLimits(
    TimeSpan? Wall = null,
    long MemoryBytes = 1L << 30,
    int Processes = 256,
    long WorkspaceBytes = 256L << 20,
    long OutputBytes = 4L << 20,
    TimeSpan? Cpu = null,
    int Files = 50_000);
