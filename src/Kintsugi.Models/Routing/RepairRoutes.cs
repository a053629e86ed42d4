namespace Kintsugi.Models.Routing;

/// <summary>Routes of several candidates that write a change side by side: each begins at another model, and falls back to the others.</summary>
public static class RepairRoutes
{
    /// <summary>Candidates where nobody says how many: beyond the third, each costs a conversation more and adds little.</summary>
    public const int MostUnasked = 3;

    /// <summary>How many candidates write where nobody says: one a model of the route. The same model at another provider is a fallback and no other hand.</summary>
    public static int Unasked(ModelsConfig models) => Math.Clamp(Starts(Route(models)).Count, 1, MostUnasked);

    /// <summary>Gives each candidate its role, <see cref="Role.OfCandidate"/>, by whose route it is answered.</summary>
    /// <param name="candidates">At least 1.</param>
    public static ModelsConfig With(ModelsConfig models, int candidates)
    {
        var route = Route(models);
        if (candidates == 1 || route.Count == 0) return models;
        var starts = Starts(route);
        var roles = Enumerable.Range(2, candidates - 1).Select(n => KeyValuePair.Create(Role.OfCandidate(n), Turned(route, starts[(n - 1) % starts.Count])));
        return models with { Roles = new Dictionary<string, IReadOnlyList<string>>([.. models.Roles, .. roles]) };
    }

    private static IReadOnlyList<string> Route(ModelsConfig models) => models.Roles.GetValueOrDefault(Role.Repair) ?? [];

    /// <summary>Where each model of the route stands first.</summary>
    private static List<int> Starts(IReadOnlyList<string> route) =>
        [.. route.Index().GroupBy(entry => entry.Item.Split('/', 2)[^1], StringComparer.Ordinal).Select(same => same.First().Index)];

    private static IReadOnlyList<string> Turned(IReadOnlyList<string> route, int start) => [.. route.Skip(start), .. route.Take(start)];
}
