using System.Globalization;
using Kintsugi.Models;
using Kintsugi.Models.Wire;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads the `models:` part of kintsugi.yaml.</summary>
internal static class AgentFileModels
{
    /// <param name="sampleTime">What the agent has for a sample.</param>
    /// <exception cref="BadFileException">A variable is not set, or a route or an alias leads to no provider.</exception>
    public static ModelsConfig Read(AgentFileMap? models, TimeSpan sampleTime, string file, Func<string, string?> environment, List<string> warnings)
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
        var roles = Roles(models["roles"] as AgentFileMap, known, file);
        CheckAliases(models["aliases"] as AgentFileMap, known, file);
        return new ModelsConfig(
            InTime(known, declared, roles.GetValueOrDefault("agent", []), sampleTime),
            roles,
            (models["aliases"] as AgentFileMap)?.Entries.ToDictionary(
                e => e.Key, e => ((AgentFileMap)models["aliases"]!).Texts(e.Key)) ?? [],
            Budgets(models["budget"], file))
        {
            Apart = models["apart"] is null ? [] : models.List("apart"),
            ShareEqualCalls = models.Flag("share_equal_calls") ?? false,
            PricesFile = models.Text("prices"),
        };
    }

    /// <summary>A provider that hangs must leave the others of the agent's route time to answer, so each has its share of a sample's unless it says otherwise.</summary>
    private static IReadOnlyDictionary<string, ProviderConfig> InTime(
        IReadOnlyDictionary<string, ProviderConfig> providers, AgentFileMap? declared, IReadOnlyList<string> route, TimeSpan sampleTime)
    {
        if (route.Count < 2) return providers;
        var share = sampleTime / route.Count;
        return providers.ToDictionary(p => p.Key, p => !route.Contains(p.Key) || SaysTimeout(p.Key) || p.Value.Limits.Timeout <= share
            ? p.Value
            : p.Value with { Limits = p.Value.Limits with { Timeout = share } });

        bool SaysTimeout(string name) => ((declared?[name] as AgentFileMap)?["limits"] as AgentFileMap)?["timeout"] is not null;
    }

    private static void CheckAliases(AgentFileMap? aliases, IReadOnlyDictionary<string, ProviderConfig> known, string file)
    {
        foreach (var (model, _, names) in aliases?.Entries ?? [])
            foreach (var (provider, line, _) in ((AgentFileMap)names).Entries)
                if (!known.ContainsKey(provider))
                    throw new BadFileException(file, line, $"'models.aliases.{Shown.Word(model)}' names the provider '{Shown.Word(provider)}', which is not known. {Spelling.Remedy(provider, [.. known.Keys])}");
    }

    private static List<BudgetConfig> Budgets(AgentFileNode? node, string file) => node switch
    {
        null => [],
        AgentFileList list => [.. list.Items.Select((item, n) => Budget((AgentFileMap)item, $"models.budget[{n}]", file))],
        _ => [Budget((AgentFileMap)node, "models.budget", file)],
    };

    private static BudgetConfig Budget(AgentFileMap budget, string key, string file)
    {
        var usd = budget.Text("usd") is { } text ? decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : (decimal?)null; // exact, as it stands there
        var (tokens, calls) = ((long?)budget.Number("tokens"), (long?)budget.Number("calls"));
        if (usd is null && tokens is null && calls is null)
            throw new BadFileException(file, budget.Line, $"'{key}' bounds nothing. Add usd, tokens or calls.");
        return new BudgetConfig(key, usd, tokens, calls, Enum.Parse<BudgetPeriod>(budget.Text("per") ?? "incident", ignoreCase: true));
    }

    private static ProviderLimits Limits(AgentFileMap? limits, string file)
    {
        var defaults = new ProviderLimits();
        return limits is null
            ? defaults
            : new ProviderLimits(limits.Whole("requests_per_minute"), limits.Whole("tokens_per_minute"))
            {
                Concurrency = limits.Whole("concurrency") ?? defaults.Concurrency,
                Timeout = limits.Duration("timeout", file) ?? defaults.Timeout,
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
            Limits = Limits(provider["limits"] as AgentFileMap, file),
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
                if (role != "agent" && route.Length <= provider.Length + 1)
                    throw new BadFileException(file, line, $"'models.roles.{role}' names no model of '{Shown.Word(provider)}'. Write `{Shown.Word(provider)}/MODEL`.");
                routes.Add(route);
            }
            result.Add(role, routes);
        }
        return result;
    }
}
