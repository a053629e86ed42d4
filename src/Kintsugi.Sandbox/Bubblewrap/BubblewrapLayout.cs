using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>What the host has to offer a sandbox, so that the argument list is a function of its inputs alone.</summary>
/// <param name="Stage">Empty directory on which each sandbox, in a mount namespace of its own, puts its layers: x the workspace, t for /tmp.</param>
/// <param name="Etc">Directory holding what lies in /etc inside: the synthetic passwd, group, hosts, resolv.conf and nsswitch.conf, and copies of some of the host's files.</param>
/// <param name="EtcNames">The files in it.</param>
/// <param name="Init">The program that lays out the stage and is PID 1 inside.</param>
/// <param name="SystemLinks">The host's top-level system directories beside /usr; a null target is a directory of its own.</param>
internal sealed record BubblewrapLayout(string Stage, string Etc, IReadOnlyList<string> EtcNames, string Init, IReadOnlyList<(string Path, string? Target)> SystemLinks)
{
    /// <exception cref="SandboxUnavailableException">This build of the product has no init.</exception>
    public static BubblewrapLayout In(Scratch scratch)
    {
        var etc = scratch.Directory("etc");
        return new BubblewrapLayout(
            scratch.Directory("stage"), etc, SystemFiles.WriteEtc(etc), InitProgram.CopyTo(scratch.Directory("init"), BubblewrapSandbox.UnlimitedTier), SystemFiles.FindLinks());
    }
}
