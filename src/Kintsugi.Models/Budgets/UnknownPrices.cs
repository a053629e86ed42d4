namespace Kintsugi.Models.Budgets;

/// <summary>Finds the models of a configuration that no price is known for.</summary>
public static class UnknownPrices
{
    /// <param name="agentModel">The model that the agent's own definition names; null when its requests do.</param>
    /// <returns>Each provider that costs money, with those of the models named for it that have no price. With no models when none is named and no price is known of its host at all.</returns>
    public static IReadOnlyList<(ProviderConfig Provider, IReadOnlyList<string> Models)> Of(ModelsConfig config, PriceList prices, string? agentModel)
    {
        var found = new List<(ProviderConfig, IReadOnlyList<string>)>();
        foreach (var provider in config.Providers.Values.Where(p => !p.IsFree))
        {
            var named = Named(config, provider.Name, agentModel).Distinct(StringComparer.Ordinal).ToList();
            var unknown = named.Where(model => prices.Find(provider.Host, model) is null).ToList();
            if (unknown.Count > 0 || (named.Count == 0 && !prices.Knows(provider.Host))) found.Add((provider, unknown));
        }
        return found;
    }

    private static IEnumerable<string> Named(ModelsConfig config, string provider, string? agentModel)
    {
        foreach (var names in config.Aliases.Values)
            if (names.TryGetValue(provider, out var name)) yield return name;
        foreach (var route in config.Roles.Values.SelectMany(routes => routes).Select(route => route.Split('/', 2)))
            if (route.Length == 2 && route[0] == provider) yield return config.NameAt(provider, route[1]);
        var servesAgent = !config.Roles.TryGetValue("agent", out var agents) || agents.Contains(provider);
        if (agentModel is not null && servesAgent) yield return config.NameAt(provider, agentModel);
    }
}
