namespace Kintsugi.Models.Routing;

/// <summary>One place of a route: who is asked.</summary>
/// <param name="Model">As the route names it; null when the request names the model.</param>
public sealed record RouteStep(string Provider, string? Model);

/// <summary>Who answers whom, in order of preference.</summary>
public static class Routes
{
    /// <summary>What the simulated provider reads evidence and judges with when nothing is configured.</summary>
    private const string SimulatedModel = "sim-large";

    /// <returns>One or more steps, each at a provider of <paramref name="providers"/>; for the agent without models.</returns>
    /// <exception cref="BadModelsConfigException">The route is missing where it is needed, names a model it must not or none where it must, or names a provider that is not there.</exception>
    public static IReadOnlyList<RouteStep> Of(ModelsConfig config, string role, IReadOnlyCollection<string> providers)
    {
        var key = $"models.roles.{role}";
        if (!config.Roles.TryGetValue(role, out var route) || route.Count == 0) return [Only(config, role, key, providers)];
        return [.. route.Select(entry => Read(entry, role, key, providers)).Distinct()];
    }

    /// <exception cref="BadModelsConfigException">Two roles that are to stay apart share a vendor.</exception>
    public static void CheckApart(ModelsConfig config, IReadOnlyCollection<string> providers)
    {
        for (var i = 0; i < config.Apart.Count; i++)
            for (var j = i + 1; j < config.Apart.Count; j++)
            {
                var (one, other) = (config.Apart[i], config.Apart[j]);
                if (Vendors(config, one, providers).Intersect(Vendors(config, other, providers)).FirstOrDefault() is not { } shared) continue;
                throw new BadModelsConfigException(
                    "models.apart", $"{one} and {other} may both be answered by {shared}. Route them to models of different vendors, or take one of them out of the list.");
            }
    }

    private static RouteStep Only(ModelsConfig config, string role, string key, IReadOnlyCollection<string> providers)
    {
        if (providers.Count != 1)
            throw new BadModelsConfigException(key, $"There are {providers.Count} providers ({Names(providers)}) and no route. Say which serve this role, in order.");
        var provider = providers.First();
        if (role == Role.Agent) return new RouteStep(provider, null);
        if (config.Providers.TryGetValue(provider, out var only) && only.Kind == "simulated") return new RouteStep(provider, SimulatedModel);
        throw new BadModelsConfigException(key, $"No model is named for it. Write `roles: {{ {role}: [{provider}/MODEL] }}`.");
    }

    private static RouteStep Read(string entry, string role, string key, IReadOnlyCollection<string> providers)
    {
        var parts = entry.Split('/', 2);
        if (!providers.Contains(parts[0])) throw new BadModelsConfigException(key, $"There is no provider '{parts[0]}'. Use one of {Names(providers)}.");
        if (role == Role.Agent && parts.Length > 1)
            throw new BadModelsConfigException(key, $"'{entry}' names a model. The agent's own request does that; name the provider alone.");
        if (role != Role.Agent && (parts.Length == 1 || parts[1].Length == 0))
            throw new BadModelsConfigException(key, $"'{entry}' names no model. Write `{parts[0]}/MODEL`.");
        return new RouteStep(parts[0], parts.Length > 1 ? parts[1] : null);
    }

    /// <summary>Who made the model, as far as its name tells; else who serves it.</summary>
    public static string Vendor(RouteStep step) => ModelNames.Vendor(step.Model ?? "") ?? step.Provider;

    private static IEnumerable<string> Vendors(ModelsConfig config, string role, IReadOnlyCollection<string> providers)
    {
        var members = config.Roles.Keys.Where(r => r.StartsWith(role + "/", StringComparison.Ordinal)).ToList();
        return (members.Count > 0 && !config.Roles.ContainsKey(role) ? members : [role, .. members]).SelectMany(r => Of(config, r, providers)).Select(Vendor);
    }

    private static string Names(IReadOnlyCollection<string> providers) => string.Join(", ", providers.Order(StringComparer.Ordinal));
}
