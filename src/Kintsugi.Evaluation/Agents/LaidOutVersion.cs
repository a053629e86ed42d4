namespace Kintsugi.Evaluation.Agents;

/// <summary>A version of the agent laid out on disk, ready to run.</summary>
/// <param name="Commit">The commit it came from, or the commit it is a variation of.</param>
/// <param name="Tree">Git tree id of the whole repository in this version: what identifies it.</param>
/// <param name="Root">Host directory that holds the repository's files of this version; never written.</param>
/// <param name="MountAt">Absolute path at which the agent sees them.</param>
/// <param name="AgentPath">The agent's directory relative to the root; empty when it is the root.</param>
/// <param name="Foreign">Whether a model or a stranger wrote any of it.</param>
public sealed record LaidOutVersion(string Commit, string Tree, string Root, string MountAt, string AgentPath, bool Foreign);
