namespace Kintsugi.Models.Providers;

/// <summary>Makes the providers that a configuration names.</summary>
public static class ProviderCatalogue
{
    /// <param name="simulated">Makes a provider of kind `simulated`: what it is told to suffer is the caller's to know.</param>
    /// <returns>Providers by name. The gateway that is given them disposes them.</returns>
    /// <exception cref="BadModelsConfigException">A provider is of a kind that is not spoken, or its URL or key cannot be used.</exception>
    public static IReadOnlyDictionary<string, IModelProvider> Create(
        ModelsConfig config, Func<ProviderConfig, IModelProvider> simulated, TimeProvider clock)
    {
        var configured = config.Providers.Count == 0 ? ModelsConfig.Embedded.Providers : config.Providers;
        return configured.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.Kind switch
            {
                "simulated" => simulated(pair.Value),
                "openai" => HttpProvider.Create(pair.Value, ProviderKind.OpenAi, clock),
                "anthropic" => HttpProvider.Create(pair.Value, ProviderKind.Anthropic, clock),
                var kind => throw new BadModelsConfigException(
                    $"models.providers.{pair.Key}.kind",
                    $"'{kind}' is not a kind of provider. Use 'openai' (any compatible service), 'anthropic' or 'simulated'."),
            },
            StringComparer.Ordinal);
    }
}
