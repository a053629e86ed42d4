namespace Kintsugi.Models.Routing;

/// <summary>Who serves the agent under care, in order of preference. The agent's own request names the model.</summary>
public static class AgentRoute
{
    /// <returns>One or more names of <paramref name="providers"/>.</returns>
    /// <exception cref="BadModelsConfigException">The route is missing where it is needed, names a model, or names a provider that is not there.</exception>
    public static IReadOnlyList<string> Of(ModelsConfig config, IReadOnlyCollection<string> providers)
    {
        const string key = "models.roles.agent";
        if (!config.Roles.TryGetValue("agent", out var route) || route.Count == 0)
        {
            return providers.Count == 1
                ? [.. providers]
                : throw new BadModelsConfigException(key, $"There are {providers.Count} providers ({Names(providers)}) and no route. Say which serve the agent, in order.");
        }
        foreach (var entry in route)
        {
            if (providers.Contains(entry)) continue;
            throw entry.Contains('/', StringComparison.Ordinal)
                ? new BadModelsConfigException(key, $"'{entry}' names a model. The agent's own request does that; name the provider alone.")
                : new BadModelsConfigException(key, $"There is no provider '{entry}'. Use one of {Names(providers)}.");
        }
        return [.. route.Distinct(StringComparer.Ordinal)];
    }

    private static string Names(IReadOnlyCollection<string> providers) => string.Join(", ", providers.Order(StringComparer.Ordinal));
}
