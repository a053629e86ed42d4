namespace Kintsugi.Bench.Patches;

/// <summary>A change that a coding agent leaves on head.</summary>
/// <param name="Kind">`right`; `overfit`, `useless`, `half`, `breaks`, `cheating`, `tampering`.</param>
/// <param name="Form">Which of its kind.</param>
/// <param name="Files">What they hold afterwards, by path; null for one that is gone, `-> target` for a symbolic link.</param>
public sealed record PlantedPatch(string Fault, string Kind, string Form, IReadOnlyDictionary<string, string?> Files)
{
    public const string RightKind = "right";

    public bool IsRight => Kind == RightKind;

    /// <summary>Whether it is bad whatever it answers.</summary>
    public bool BreaksARule => Kind is "cheating" or "tampering";
}
