using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>The user that sandboxed commands run as.</summary>
/// <remarks>
/// Never root: kernel root owns /proc/sys also from inside a namespace, and bwrap started by root leaves it writable. Root therefore
/// becomes `nobody` first, and what a command is to reach is given to that user.
/// </remarks>
internal static class SandboxUser
{
    private const uint Nobody = 65534;

    /// <summary>The user to change to; null when the product already runs as an ordinary one.</summary>
    public static uint? DropTo { get; } = LibC.EffectiveUser() == 0 ? Nobody : null;

    /// <summary>Gives a file, a directory or a socket (never what a link points to) to the sandbox's user.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static void Give(string path)
    {
        if (DropTo is { } user && LibC.ChangeOwner(path, user, user) < 0)
            throw new IOException($"{path} cannot be given to user {user}, as which sandboxed commands run.");
    }
}
