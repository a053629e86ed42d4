namespace Kintsugi.Sandbox;

/// <summary>The files that a command sees as one tree: layers of host directories, and above them one of its own for what it writes.</summary>
/// <param name="Layers">
/// Host directories, the lowest first; a file in a higher one hides that in a lower one, a whiteout (<see cref="Whiteouts"/>) hides a file or directory
/// below it. None is ever written. What must not be changed by whoever wrote a lower layer (tests) goes to the top.
/// </param>
/// <param name="MountAt">Absolute path at which the tree appears inside; the checkout's own path keeps virtual environments working.</param>
public sealed record Workspace(IReadOnlyList<string> Layers, string MountAt)
{
    /// <summary>
    /// A new, empty host directory in which what the command writes is kept, as one more layer; null to throw it away. It is as hostile as the command:
    /// a layer for other sandboxes, never read like files of one's own. It lies on disk and is bounded by <see cref="SandboxLimits.WorkspaceBytes"/>
    /// only by being looked at from time to time.
    /// </summary>
    public string? Keep { get; init; }
}
