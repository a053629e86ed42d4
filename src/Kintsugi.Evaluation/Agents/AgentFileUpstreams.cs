using Kintsugi.Models.Upstreams;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads the `upstreams:` part of kintsugi.yaml.</summary>
internal static class AgentFileUpstreams
{
    private const int LongestHeader = 8 * 1024;

    /// <summary>Variables that tell every agent something else already.</summary>
    private static readonly string[] Taken =
    [
        "OPENAI_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "LANGSMITH_ENDPOINT", "LANGSMITH_API_KEY",
        "PORT", "PATH", "HOME",
    ];

    private static readonly string[] Telling = ["authorization", "cookie", "key", "token", "secret", "password"];

    /// <exception cref="BadFileException">An address or a header cannot be used, or a variable is not set.</exception>
    public static IReadOnlyList<UpstreamConfig> Read(
        AgentFileMap? upstreams, IReadOnlyDictionary<string, string> agentVariables, string file, Func<string, string?> environment, List<string> warnings)
    {
        var result = new List<UpstreamConfig>();
        foreach (var (name, line, value) in upstreams?.Entries ?? [])
        {
            if (Taken.Contains(name) || agentVariables.ContainsKey(name))
                throw new BadFileException(file, line, $"'upstreams.{name}' would put an address into {name}, which tells the agent something else. Choose another name.");
            result.Add(Upstream(name, (AgentFileMap)value, file, environment, warnings));
        }
        return result;
    }

    private static UpstreamConfig Upstream(string name, AgentFileMap upstream, string file, Func<string, string?> environment, List<string> warnings)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var secrets = new List<string>();
        foreach (var (header, line, value) in (upstream["headers"] as AgentFileMap)?.Entries ?? [])
        {
            var path = $"upstreams.{name}.headers.{header}";
            if (UpstreamHeaders.IsOfTheConnection(header))
                throw new BadFileException(file, line, $"'{path}' belongs to the connection, which Kintsugi makes. Remove it.");
            var written = (AgentFileScalar)value;
            var used = AgentFileVariables.In(written, path, file, environment);
            if (used.Count == 0 && Telling.Any(t => header.Contains(t, StringComparison.OrdinalIgnoreCase)))
                warnings.Add($"{file}({line}): '{path}' stands in the file, where everybody who can read the repository can read it. Write ${{VARIABLE}} instead.");
            if (!headers.TryAdd(header, Checked(AgentFileVariables.Expand(written, path, file, environment), path, line, file)))
                throw new BadFileException(file, line, $"'{path}' stands there twice: case does not matter in headers. Keep one of them.");
            secrets.AddRange(used);
        }
        var methods = upstream["methods"] is null ? ["GET"] : upstream.List("methods");
        return new UpstreamConfig(name, Address(name, upstream, file), headers, secrets, [.. methods.Distinct()]);
    }

    private static Uri Address(string name, AgentFileMap upstream, string file)
    {
        var (text, line) = (upstream.Text("url")!, upstream["url"]!.Line);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.UserInfo.Length > 0)
            throw new BadFileException(file, line, $"'upstreams.{name}.url' is '{Shown.Word(text)}', no address. Write https://host/path, without user and password.");
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new BadFileException(file, line, $"'upstreams.{name}.url' has a query or a fragment. Leave it out: the agent's own query is passed on.");
        return url;
    }

    // The message does not show it: it may hold a secret.
    private static string Checked(string value, string path, int line, string file) =>
        value.Length <= LongestHeader && value.All(c => c is >= ' ' and <= '~')
            ? value
            : throw new BadFileException(file, line, $"'{path}' is longer than {LongestHeader} characters, or holds a line break or a letter outside ASCII. Set its variable to the value alone.");
}
