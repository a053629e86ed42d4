namespace Kintsugi.Models;

/// <summary>The `models:` part of kintsugi.yaml, secrets expanded. Never written anywhere.</summary>
/// <param name="Providers">By name. Empty means one provider `simulated` of kind simulated.</param>
/// <param name="Roles">Role (`agent`, `triage`, `repair`, `judge`) to routes, each `provider` or `provider/model`, in order of preference.</param>
/// <param name="Aliases">Model name to (provider to the provider's own name for it).</param>
/// <param name="BudgetUsd">The most an incident may cost; null for no bound.</param>
public sealed record ModelsConfig(
    IReadOnlyDictionary<string, ProviderConfig> Providers,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Roles,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases,
    decimal? BudgetUsd)
{
    /// <summary>Roles of which no two may be answered by one vendor: who judges must not judge its own kind.</summary>
    public IReadOnlyList<string> Apart { get; init; } = [];

    /// <summary>Whether equal concurrent calls at temperature 0 are asked once; see <see cref="Gateway.SharedCalls"/>.</summary>
    public bool ShareEqualCalls { get; init; }

    public static readonly ModelsConfig Embedded = new(
        new Dictionary<string, ProviderConfig> { ["simulated"] = new("simulated", "simulated", null, null) },
        new Dictionary<string, IReadOnlyList<string>>(),
        new Dictionary<string, IReadOnlyDictionary<string, string>>(),
        null);
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

    public override string ToString() => $"{Name} ({Kind} {Url})";
}
