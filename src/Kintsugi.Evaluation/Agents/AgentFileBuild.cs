using System.Globalization;
using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads the `build:` part of kintsugi.yaml.</summary>
internal static class AgentFileBuild
{
    /// <exception cref="BadFileException">An address is none, or a header uses a variable that `build.secrets` does not list.</exception>
    public static BuildDefinition? Read(AgentFileMap? build, string file, List<string> warnings)
    {
        if (build is null) return null;
        var secrets = build.List("secrets").Select(s => s.Trim('$', '{', '}')).ToHashSet(StringComparer.Ordinal);
        var entries = (build["network"] as AgentFileList)?.Items ?? [];
        var network = new BuildNetwork(
            [.. entries.OfType<AgentFileScalar>().Select(e => Host(e, file))],
            [.. entries.OfType<AgentFileMap>().Select(e => Registry(e, secrets, file))]);
        var used = network.Registries.SelectMany(r => r.Headers.Values).SelectMany(BuildRegistry.VariablesOf).ToHashSet(StringComparer.Ordinal);
        foreach (var unused in secrets.Except(used).Order(StringComparer.Ordinal))
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"{file}({build["secrets"]!.Line}): 'build.secrets' lists {unused}, which no header in 'build.network' uses. The build itself never sees it: write ${{{unused}}} into a header, or remove it."));
        return new BuildDefinition(build.Text("run")!, build.List("inputs"), network);
    }

    private static AllowedHost Host(AgentFileScalar written, string file)
    {
        var text = written.Text.ToLowerInvariant();
        var colon = text.LastIndexOf(':');
        if (colon <= text.LastIndexOf(']') || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return new AllowedHost(text.Trim('[', ']'), null);
        return port is > 0 and <= 65535
            ? new AllowedHost(text[..colon].Trim('[', ']'), port)
            : throw new BadFileException(file, written.Line, $"'build.network' names port {port}. Write one from 1 to 65535.");
    }

    private static BuildRegistry Registry(AgentFileMap entry, HashSet<string> secrets, string file)
    {
        var address = entry.Text("url")!;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new BadFileException(file, entry["url"]!.Line, $"'build.network' has the url '{Shown.Word(address)}', no address of a registry. Write https://host/path, without user, password and query; credentials go into 'headers'.");
        foreach (var (name, line, value) in (entry["headers"] as AgentFileMap)?.Entries ?? [])
            if (BuildRegistry.VariablesOf(((AgentFileScalar)value).Text).FirstOrDefault(v => !secrets.Contains(v)) is { } unlisted)
                throw new BadFileException(file, line, $"The header '{name}' in 'build.network' uses ${{{unlisted}}}, which 'build.secrets' does not list. Add {unlisted} to 'build.secrets'.");
        return new BuildRegistry(url, entry.Texts("headers"));
    }
}
