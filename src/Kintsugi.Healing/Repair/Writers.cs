using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Triage;
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

    /// <summary>A model rewrites the agent's prompts by what failing runs say of them.</summary>
    public const string Reflect = "reflect";

    public static readonly Writers None = new([]);

    /// <summary>Who takes turns at a cause. A model that reflects changes prompts alone: it is the only one that can do something about a model that changed, and the last at a prompt that broke.</summary>
    public IReadOnlyList<string> For(Cause cause) => (cause, Strategies.Contains(Rewrite)) switch
    {
        (Cause.ModelDrift, true) => [Reflect],
        (Cause.ModelDrift, false) => [],
        (Cause.Prompt, true) => [.. Strategies, Reflect],
        _ => Strategies,
    };

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
