using System.Collections.Concurrent;
using Kintsugi.Models.Routing;

namespace Kintsugi.Models.Gateway;

/// <summary>The routes of all roles, the names that models go by at each place of them, and whether a fallback is still the model that is measured.</summary>
internal sealed class RouteTable
{
    private const int MostModels = 256;

    private readonly ModelsConfig _config;
    private readonly IReadOnlyList<string> _providers;
    private readonly ConcurrentDictionary<string, RouteStep[]> _routes = new(StringComparer.Ordinal);

    /// <summary>What the first of the route said it served for a model that was asked for.</summary>
    private readonly ConcurrentDictionary<string, string> _served = new(StringComparer.Ordinal);

    /// <exception cref="BadModelsConfigException">The agent's route cannot be used, or roles that are to stay apart share a vendor.</exception>
    public RouteTable(ModelsConfig config, IReadOnlyList<string> providers)
    {
        _config = config;
        _providers = providers;
        _ = Of(Role.Agent);
        Routes.CheckApart(config, providers);
    }

    /// <exception cref="BadModelsConfigException">The role's route cannot be used.</exception>
    public RouteStep[] Of(string role) => _routes.GetOrAdd(role, static (role, table) => [.. Routes.Of(table._config, role, table._providers)], this);

    /// <summary>The provider's own name of the model.</summary>
    /// <param name="asked">As the request names it.</param>
    public string NameAt(RouteStep step, string asked) => _config.NameAt(step.Provider, step.Model ?? asked);

    /// <summary>Marks an answer that another model gave than the first of the route would have: whoever measures must not take it for the same.</summary>
    /// <param name="refusal">Why those before it did not.</param>
    /// <param name="index">Whose answer it is.</param>
    public Attempt Marked(Attempt attempt, Attempt? refusal, string asked, string role, int index)
    {
        if (attempt.Judgement.Fault is not null || attempt.Judgement.Refusal is not null) return attempt;
        var first = Of(role)[0];
        if (index == 0)
        {
            if (attempt.Facts.ServedModel is { } usual && _served.Count < MostModels) _served.TryAdd(asked, usual);
            return attempt;
        }
        if (!Role.IsMeasuring(role)) return attempt;
        string[] wanted = [NameAt(first, asked), first.Model ?? asked, _served.GetValueOrDefault(asked, asked)];
        var served = attempt.Facts.ServedModel ?? NameAt(Of(role)[index], asked);
        if (ModelNames.AreOne(wanted, [served])) return attempt;
        var why = refusal is null ? "" : $", for {refusal.Provider} failed ({refusal.Judgement.Fault ?? refusal.Judgement.Refusal})";
        return attempt with { Substitution = $"{ModelNames.Shown(served)} answered in place of {ModelNames.Shown(asked)}{why}" };
    }
}
