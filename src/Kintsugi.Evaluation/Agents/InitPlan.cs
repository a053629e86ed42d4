namespace Kintsugi.Evaluation.Agents;

/// <summary>What `kintsugi init` would write, and why.</summary>
/// <param name="Language">`python`, `node`, `dotnet`, or `unknown`.</param>
/// <param name="Frameworks">Those recognised, by the names their makers use.</param>
/// <param name="Files">New files only: what exists is never in the plan.</param>
/// <param name="Notes">What a person should do next, each a sentence.</param>
public sealed record InitPlan(string Language, IReadOnlyList<string> Frameworks, IReadOnlyList<PlannedFile> Files, IReadOnlyList<string> Notes);

/// <param name="Path">Relative to the agent's directory.</param>
public sealed record PlannedFile(string Path, string Content);
