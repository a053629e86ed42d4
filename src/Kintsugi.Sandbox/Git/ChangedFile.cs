namespace Kintsugi.Sandbox.Git;

/// <summary>One file that differs between two trees; at least one side is there, both with different paths for a rename.</summary>
/// <param name="Old">Null if the file is new.</param>
/// <param name="New">Null if the file is gone.</param>
public sealed record ChangedFile(TreeFile? Old, TreeFile? New);
