using System.Net;
using System.Text.RegularExpressions;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>What a build may reach, in the order of kintsugi.yaml.</summary>
public sealed record BuildNetwork(IReadOnlyList<AllowedHost> Hosts, IReadOnlyList<BuildRegistry> Registries)
{
    public static readonly BuildNetwork None = new([], []);
}

/// <summary>A host that a build may reach.</summary>
/// <param name="Name">Lower case: a name, `*.name` for every name below it, or a literal address without brackets.</param>
/// <param name="Port">Null for those of the web, 80 and 443.</param>
public sealed record AllowedHost(string Name, int? Port)
{
    /// <summary>Whether it was written as an address, or as a name of this machine: only then may it lie in a private network.</summary>
    public bool IsLocalByName => IPAddress.TryParse(Name, out _) || Name == "localhost" || Name.EndsWith(".localhost", StringComparison.Ordinal);

    /// <param name="name">Lower case, without a dot at its end.</param>
    public bool Allows(string name, int port) =>
        (Port is null ? port is 80 or 443 : port == Port)
        && (Name.StartsWith("*.", StringComparison.Ordinal) ? name.EndsWith(Name[1..], StringComparison.Ordinal) && name.Length >= Name.Length : name == Name);
}

/// <summary>A registry that wants to see a credential, which is added outside the sandbox.</summary>
/// <param name="Url">What lies below it may be asked for, and nothing else there.</param>
/// <param name="Headers">As written: `${NAME}` is not expanded yet.</param>
public sealed partial record BuildRegistry(Uri Url, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The headers to send.</summary>
    /// <exception cref="BadFileException">A variable is not set, or cannot stand in a header.</exception>
    public IReadOnlyDictionary<string, string> Expand(Func<string, string?> environment) =>
        Headers.ToDictionary(h => h.Key, h => Variable().Replace(h.Value, match => Value(match.Groups[1].Value, environment)), StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of the variables that a header is made of.</summary>
    internal static IEnumerable<string> VariablesOf(string header) => Variable().Matches(header).Select(m => m.Groups[1].Value);

    private string Value(string name, Func<string, string?> environment)
    {
        if (environment(name) is not { Length: > 0 } value)
            throw new BadFileException(AgentFile.FileName, null, $"the registry {Url} of 'build.network' needs the environment variable {name}, which is not set. Set it.");
        return value.Any(char.IsControl)
            ? throw new BadFileException(AgentFile.FileName, null, $"the environment variable {name} holds a line break or another control character, so it cannot stand in a header. Set it without.")
            : value;
    }

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
