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
    /// <summary>Roles of which no two may be answered by one vendor: who judges must not judge its own kind.</summary>
    public IReadOnlyList<string> Apart { get; init; } = [];

    /// <summary>Whether equal concurrent calls at temperature 0 are asked once; see <see cref="Gateway.SharedCalls"/>.</summary>
    public bool ShareEqualCalls { get; init; }

    /// <summary>A provider's own name of a model: its alias there, else the name itself.</summary>
    public string NameAt(string provider, string model) =>
        Aliases.TryGetValue(model, out var names) && names.TryGetValue(provider, out var name) ? name : model;

    /// <summary>Whether the role's route is written and leads to language models alone: the simulated provider reads rubrics, and has no opinion.</summary>
    public bool HasLanguageModel(string role) =>
        Roles.TryGetValue(role, out var route) && route.Count > 0
        && route.All(entry => Providers.TryGetValue(entry.Split('/')[0], out var provider) && provider.Kind != "simulated");

    public static readonly ModelsConfig Embedded = new(
        new Dictionary<string, ProviderConfig> { ["simulated"] = new("simulated", "simulated", null, null) },
        new Dictionary<string, IReadOnlyList<string>>(),
        new Dictionary<string, IReadOnlyDictionary<string, string>>(),
        []);

    /// <summary>A file of prices, relative to the agent's directory, that win over those that come with the product; null for none.</summary>
    public string? PricesFile { get; init; }
}

/// <summary>One service that answers.</summary>
/// <param name="Kind">`openai` (any compatible service), `anthropic`, `simulated`.</param>
/// <param name="Key">The secret itself; null when the service needs none. <see cref="ToString"/> never shows it.</param>
public sealed record ProviderConfig(string Name, string Kind, Uri? Url, string? Key)
{
    /// <summary>The variable that the key came from, for messages.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>The header in which the service wants the key; null for the usual one of its kind.</summary>
    public string? KeyHeader { get; init; }

    /// <summary>What it serves of <see cref="Wire.WirePaths"/>; null for all of its kind.</summary>
    public IReadOnlyList<string>? Paths { get; init; }

    public ProviderLimits Limits { get; init; } = new();

    /// <summary>Whether asking it costs nothing.</summary>
    public bool IsFree => Kind == "simulated";

    /// <summary>As price lists name it; empty for a provider without an address.</summary>
    public string Host => Url?.Host ?? (Kind == "anthropic" ? "api.anthropic.com" : "");

    public override string ToString() => $"{Name} ({Kind} {Url})";
}
