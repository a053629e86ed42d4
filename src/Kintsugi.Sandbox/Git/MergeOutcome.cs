namespace Kintsugi.Sandbox.Git;

/// <summary>What a three-way merge came to.</summary>
/// <param name="Tree">The merged tree; null when there are conflicts.</param>
/// <param name="Conflicts">Paths that both sides changed in ways that do not go together.</param>
public sealed record MergeOutcome(string? Tree, IReadOnlyList<string> Conflicts);
