namespace Kintsugi.Sandbox;

/// <summary>A way to run commands apart from the host.</summary>
public interface ISandbox
{
    /// <summary>What this sandbox holds back and what it does not, for every report.</summary>
    Isolation Isolation { get; }

    /// <summary>Starts a command. Its end, whatever it is, is a result; only a sandbox that cannot start throws.</summary>
    /// <exception cref="SandboxUnavailableException">The sandbox itself is missing or gone.</exception>
    Task<ISandboxProcess> StartAsync(SandboxRequest request, CancellationToken cancellationToken);
}

/// <summary>A command that runs in a sandbox. Disposing it kills whatever is left of it.</summary>
public interface ISandboxProcess : IAsyncDisposable
{
    Stream StandardInput { get; }

    Stream StandardOutput { get; }

    Stream StandardError { get; }

    /// <summary>Completes when the command has ended, also when it was killed; never faults for what the command did.</summary>
    /// <exception cref="SandboxUnavailableException">The sandbox broke under the command: the world's fault.</exception>
    Task<SandboxExit> Exited { get; }

    /// <summary>Connects to the port that the command serves on.</summary>
    /// <exception cref="IOException">Nothing listens there (yet).</exception>
    Task<Stream> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Asks the command to end (SIGTERM), as a service manager would before it kills.</summary>
    void Terminate();

    /// <summary>Kills the command and everything it started.</summary>
    void Kill();
}

/// <summary>How a command ended.</summary>
/// <param name="Code">The command's exit code; 128 + n when signal n ended it.</param>
/// <param name="Limit">The limit that ended it ("killed: memory 512 MiB", "killed: wall 60 s") or that stood behind its failure ("reached: disk 256 MiB"); else null.</param>
public sealed record SandboxExit(int Code, string? Limit);

/// <summary>How far a sandbox keeps a command apart.</summary>
/// <param name="Tier">`A` bubblewrap with a cgroup, `B` bubblewrap without one, `C` container, `E` none.</param>
/// <param name="Description">One line for a report: what is held, and what is best effort.</param>
public sealed record Isolation(string Tier, string Description)
{
    /// <summary>Whether foreign code (a model's, a fork's) may run here.</summary>
    public bool HoldsForeignCode => Tier is "A" or "B" or "C";
}

/// <summary>The sandbox itself is missing or gone, as opposed to a command that failed inside it.</summary>
public sealed class SandboxUnavailableException(string tier, string remedy)
    : Exception($"No sandbox of tier {tier} could be started. {remedy}");
