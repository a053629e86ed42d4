using Kintsugi.Evaluation.Agents;
using Kintsugi.Models.Routing;
using Kintsugi.Sandbox;

namespace Kintsugi.Healing.Repair;

/// <summary>Who can write a change to one agent, in the order in which they take turns.</summary>
/// <param name="Strategies">`rewrite`, `delegate`, both, or none.</param>
/// <param name="WhyNot">Why none of those that are configured may; null when one may, or none is configured.</param>
public sealed record Writers(IReadOnlyList<string> Strategies, string? WhyNot = null)
{
    public const string Rewrite = "rewrite";
    public const string Delegate = "delegate";

    public static readonly Writers None = new([]);

    /// <param name="isolation">Where written code would run: it is foreign, whoever wrote it.</param>
    public static Writers Of(AgentDefinition agent, Isolation isolation)
    {
        List<string> configured = [];
        if (agent.Models.HasLanguageModel(Role.Repair)) configured.Add(Rewrite);
        if (agent.Repair.Delegate is not null) configured.Add(Delegate);
        return configured.Count == 0 || isolation.HoldsForeignCode
            ? new Writers(configured)
            : new Writers([], $"Nobody was asked to write a fix: code that a model wrote runs in a sandbox of tier A, B or C only, and here is tier {isolation.Tier}. `kintsugi doctor` says what is missing.");
    }
}
