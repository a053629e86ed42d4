using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>What differs between the tiers once a command runs.</summary>
internal abstract class CommandHandle : IAsyncDisposable
{
    /// <summary>Process whose descendants, itself included, are the command.</summary>
    public abstract int Root { get; }

    public abstract HostProcess Host { get; }

    /// <summary>Whether the kernel holds the command to its memory, so that nobody has to watch.</summary>
    public abstract bool CountsMemory { get; }

    /// <summary>Kills the command and everything it started.</summary>
    public abstract void Kill();

    /// <summary>Asks the command to end (SIGTERM).</summary>
    public abstract void Terminate();

    /// <summary>How the command ended, once the host's process has; 128 + n for signal n.</summary>
    /// <exception cref="SandboxUnavailableException">The sandbox broke under the command.</exception>
    public abstract Task<SandboxExit> EndAsync(int hostCode, bool killed);

    /// <exception cref="IOException">Nothing listens (yet).</exception>
    public abstract Task<Stream> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Frees what the command had of the host; it has ended.</summary>
    public abstract ValueTask DisposeAsync();
}
