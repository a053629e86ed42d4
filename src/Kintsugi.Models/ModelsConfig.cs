namespace Kintsugi.Models;

/// <summary>The `models:` part of kintsugi.yaml, secrets expanded. Never written anywhere.</summary>
/// <param name="Providers">By name. Empty means one provider `simulated` of kind simulated.</param>
/// <param name="Roles">Role (`agent`, `triage`, `repair`, `judge`) to routes, each `provider` or `provider/model`, in order of preference.</param>
/// <param name="Aliases">Model name to (provider to the provider's own name for it).</param>
/// <param name="Budgets">Each holds on its own; empty for no bound.</param>
public sealed record ModelsConfig(
    IReadOnlyDictionary<string, ProviderConfig> Providers,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Roles,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases,
    IReadOnlyList<BudgetConfig> Budgets)
{
    public static readonly ModelsConfig Embedded = new(
        new Dictionary<string, ProviderConfig> { ["simulated"] = new("simulated", "simulated", null, null) },
        new Dictionary<string, IReadOnlyList<string>>(),
        new Dictionary<string, IReadOnlyDictionary<string, string>>(),
        []);

    /// <summary>A file of prices, relative to the agent's directory, that win over those that come with the product; null for none.</summary>
    public string? PricesFile { get; init; }
}

/// <summary>One service that answers.</summary>
/// <param name="Kind">`openai` (any compatible service), `simulated`.</param>
/// <param name="Key">The secret itself; null when the service needs none. <see cref="ToString"/> never shows it.</param>
public sealed record ProviderConfig(string Name, string Kind, Uri? Url, string? Key)
{
    public ProviderLimits Limits { get; init; } = new();

    /// <summary>Whether asking it costs nothing.</summary>
    public bool IsFree => Kind == "simulated";

    /// <summary>As price lists name it; empty for a provider without an address.</summary>
    public string Host => Url?.Host ?? (Kind == "anthropic" ? "api.anthropic.com" : "");

    public override string ToString() => $"{Name} ({Kind} {Url})";
}
