using System.Text.RegularExpressions;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Puts the host's variables where kintsugi.yaml names them as `${NAME}`; only the few keys that hold secrets are read so.</summary>
internal static partial class AgentFileVariables
{
    /// <param name="path">The key's place, for the message.</param>
    /// <exception cref="BadFileException">A variable is not set; the message names it.</exception>
    public static string Expand(AgentFileScalar written, string path, string file, Func<string, string?> environment) =>
        Variable().Replace(written.Text, match => Value(match, written, path, file, environment));

    /// <returns>Null where there is no text, or a variable of it is not set.</returns>
    public static string? ExpandIfSet(AgentFileScalar? written, Func<string, string?> environment) =>
        written is null || Variable().Matches(written.Text).Any(match => string.IsNullOrEmpty(environment(match.Groups[1].Value)))
            ? null
            : Variable().Replace(written.Text, match => environment(match.Groups[1].Value)!);

    /// <summary>The values of the variables that are named there.</summary>
    /// <exception cref="BadFileException">A variable is not set; the message names it.</exception>
    public static IReadOnlyList<string> In(AgentFileScalar written, string path, string file, Func<string, string?> environment) =>
        [.. Variable().Matches(written.Text).Select(match => Value(match, written, path, file, environment))];

    /// <summary>The first variable that is named there, or null.</summary>
    public static string? First(AgentFileScalar written) => Variable().Match(written.Text) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Whether the text names one at all.</summary>
    public static bool AreIn(string text) => Variable().IsMatch(text);

    private static string Value(Match match, AgentFileScalar written, string path, string file, Func<string, string?> environment) =>
        environment(match.Groups[1].Value) is { Length: > 0 } value
            ? value
            : throw new BadFileException(file, written.Line, $"'{path}' needs the environment variable {match.Groups[1].Value}, which is not set. Set it, or remove the key.");

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
