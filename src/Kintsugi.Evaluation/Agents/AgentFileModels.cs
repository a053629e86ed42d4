using Kintsugi.Models;
using Kintsugi.Models.Wire;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads the `models:` part of kintsugi.yaml.</summary>
internal static class AgentFileModels
{
    /// <exception cref="BadFileException">A variable is not set, or a route leads to no provider.</exception>
    public static ModelsConfig Read(AgentFileMap? models, string file, Func<string, string?> environment, List<string> warnings)
    {
        if (models is null) return ModelsConfig.Embedded;
        var declared = models["providers"] as AgentFileMap;
        var providers = new Dictionary<string, ProviderConfig>(StringComparer.Ordinal);
        foreach (var (name, line, value) in declared?.Entries ?? [])
            providers.Add(name, Provider(name, line, (AgentFileMap)value, file, environment));
        foreach (var (name, _, value) in declared?.Entries ?? [])
            if (((AgentFileMap)value)["key"] is AgentFileScalar written && !AgentFileVariables.AreIn(written.Text))
                warnings.Add($"{file}({written.Line}): the key of the provider '{name}' stands in the file, where everybody who can read the repository can read it. Write ${{VARIABLE}} instead.");
        var known = declared is null or { Entries.Count: 0 } ? ModelsConfig.Embedded.Providers : providers;
        return new ModelsConfig(
            known,
            Roles(models["roles"] as AgentFileMap, known, file),
            (models["aliases"] as AgentFileMap)?.Entries.ToDictionary(
                e => e.Key, e => ((AgentFileMap)models["aliases"]!).Texts(e.Key)) ?? [],
            (decimal?)(models["budget"] as AgentFileMap)?.Number("usd"))
        {
            Apart = models["apart"] is null ? [] : models.List("apart"),
            ShareEqualCalls = models.Flag("share_equal_calls") ?? false,
        };
    }

    private static ProviderConfig Provider(string name, int line, AgentFileMap provider, string file, Func<string, string?> environment)
    {
        var kind = provider.Text("kind")!;
        Uri? url = null;
        if (provider.Text("url") is { } address && (!Uri.TryCreate(address, UriKind.Absolute, out url) || url.UserInfo.Length > 0))
            throw new BadFileException(file, provider["url"]!.Line, $"'models.providers.{name}.url' is '{Shown.Word(address)}', no address. Write https://host/path, without user and password.");
        if (kind == "openai" && url is null)
            throw new BadFileException(file, line, $"The provider '{name}' has no 'url'. Add it, such as https://api.openai.com/v1.");
        var written = provider["key"] as AgentFileScalar;
        return new ProviderConfig(name, kind, url, written is null ? null : AgentFileVariables.Expand(written, $"models.providers.{name}.key", file, environment))
        {
            KeyVariable = written is null ? null : AgentFileVariables.First(written),
            KeyHeader = provider.Text("key_header"),
            Paths = provider["speaks"] is null ? null : [.. provider.List("speaks").Select(PathOf), WirePaths.Models],
        };
    }

    private static string PathOf(string spoken) => spoken switch
    {
        "chat" => WirePaths.Chat,
        "completions" => WirePaths.Completions,
        "embeddings" => WirePaths.Embeddings,
        "responses" => WirePaths.Responses,
        _ => WirePaths.Messages,
    };

    private static Dictionary<string, IReadOnlyList<string>> Roles(
        AgentFileMap? roles, IReadOnlyDictionary<string, ProviderConfig> known, string file)
    {
        var result = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (role, line, _) in roles?.Entries ?? [])
        {
            var routes = new List<string>();
            foreach (var route in roles!.List(role))
            {
                var provider = route.Split('/', 2)[0];
                if (!known.ContainsKey(provider))
                    throw new BadFileException(file, line, $"'models.roles.{role}' names the provider '{Shown.Word(provider)}', which is not known. {Spelling.Remedy(provider, [.. known.Keys])}");
                if (role == "agent" && route.Contains('/', StringComparison.Ordinal))
                    throw new BadFileException(file, line, $"'models.roles.agent' names a model ('{Shown.Word(route)}'). Write the provider alone: the agent's own request names the model.");
                routes.Add(route);
            }
            result.Add(role, routes);
        }
        return result;
    }
}
