using Kintsugi.Evaluation.Agents;
using Kintsugi.Models;
using Kintsugi.Models.Routing;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>How a judge is asked.</summary>
/// <param name="Reference">Whether it sees the target: null where there is one.</param>
/// <param name="AgainstTarget">It compares the answer with the target instead of scoring it.</param>
/// <param name="Panel">Its members, `provider/model`; empty where the role `judge` judges.</param>
internal sealed record JudgeSettings(string File, string Rubric, double Pass, bool? Reference, bool AgainstTarget, IReadOnlyList<string> Panel)
{
    public const double DefaultPass = 0.5;
    private const int MostMembers = 9;

    public static JudgeSettings Of(ScorerDefinition definition, string rubric) => new(
        definition.Text("rubric")!, rubric, definition.Number("pass") ?? DefaultPass, definition.Flag("reference"), definition.Text("against") is not null, PanelOf(definition));

    /// <summary>What of the keys does not go together, with the remedy; null if all does.</summary>
    public static string? Problem(ScorerDefinition definition)
    {
        var hasPanel = PanelOf(definition).Count > 0;
        if (definition.Text("against") is null) return null;
        if (definition.Number("pass") is not null) return "The judge compares with the target, so there is no score for its 'pass' mark. Remove 'pass' or 'against'.";
        if (definition.Flag("reference") is not null) return "The judge compares with the target, so it always sees it. Remove 'reference' or 'against'.";
        return hasPanel ? "A panel judges single answers, and this judge compares pairs. Remove 'panel' or 'against'." : null;
    }

    /// <summary>Why its members cannot judge together, with the remedy; null if they can.</summary>
    public static string? PanelProblem(ScorerDefinition definition, ModelsConfig models)
    {
        if (definition.Kind != "judge" || PanelOf(definition) is not { Count: > 0 } panel) return null;
        if (panel.Count > MostMembers) return $"The panel has {panel.Count} members. Take at most {MostMembers}: judges err together, and more of them say little more.";
        var steps = panel.Select(Step).ToList();
        if (steps.FirstOrDefault(s => !models.Providers.ContainsKey(s.Provider)) is { } stranger)
            return $"The panel names the provider '{Shown.Word(stranger.Provider)}', which is not known. {Spelling.Remedy(stranger.Provider, [.. models.Providers.Keys])}";
        var shared = steps.GroupBy(Routes.Vendor).FirstOrDefault(g => g.Count() > 1);
        return shared is null ? null : $"{shared.Count()} members of the panel are of one vendor ({Shown.Word(shared.Key)}): they err alike, and count as more than they know. Take models of different vendors.";
    }

    /// <summary>Gives each member of a panel its role.</summary>
    public static ModelsConfig WithPanels(ModelsConfig models, IEnumerable<ScorerDefinition> scorers)
    {
        var members = scorers.Where(s => s.Kind == "judge").SelectMany(PanelOf).Distinct(StringComparer.Ordinal).ToList();
        return members.Count == 0
            ? models
            : models with { Roles = new Dictionary<string, IReadOnlyList<string>>([.. models.Roles, .. members.Select(m => KeyValuePair.Create(Role.OfPanel(m), (IReadOnlyList<string>)[m]))]) };
    }

    private static RouteStep Step(string member)
    {
        var parts = member.Split('/', 2);
        return new RouteStep(parts[0], parts[1]);
    }

    private static IReadOnlyList<string> PanelOf(ScorerDefinition definition) =>
        definition.Settings.TryGetProperty("panel", out var panel) ? [.. panel.EnumerateArray().Select(member => member.GetString()!)] : [];
}
