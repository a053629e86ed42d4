namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>What the host has to offer a sandbox, so that the argument list is a function of its inputs alone.</summary>
/// <param name="Stage">Empty directory on which each sandbox, in a mount namespace of its own, puts its layers: x the tree, t for /tmp.</param>
/// <param name="Etc">Directory holding the synthetic passwd, group, hosts, resolv.conf and nsswitch.conf.</param>
/// <param name="ServeDirectory">Directory in which the socket of a serving command appears; null if it serves nothing.</param>
/// <param name="SystemLinks">The host's top-level system directories beside /usr; a null target is a directory of its own.</param>
internal sealed record BubblewrapLayout(
    string Stage,
    string Etc,
    string? ServeDirectory,
    IReadOnlyList<(string Path, string? Target)> SystemLinks);
