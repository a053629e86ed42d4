using System.Text.RegularExpressions;

namespace Kintsugi.Forge.Wire;

/// <summary>The unseen last line of a text of ours, by which it is found again.</summary>
internal static partial class KeyMark
{
    /// <exception cref="ArgumentException">The key is not one, or the text is longer than a forge takes.</exception>
    public static string Sign(string text, string key)
    {
        if (!Key().IsMatch(key)) throw new ArgumentException($"'{key}' is not a key: letters, digits and `:._-/`, at most 200, without `--`.", nameof(key));
        Limits.ThrowIfTooLong("text", text, nameof(text));
        return $"{text.TrimEnd()}\n\n<!-- kintsugi:{key} -->";
    }

    /// <returns>Null where the text does not end in a mark.</returns>
    public static string? Read(string? text) => text is not null && Mark().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Whether two texts show the same: forges trim, and change line endings.</summary>
    public static bool IsSame(string? one, string other) => one?.ReplaceLineEndings("\n").Trim() == other.ReplaceLineEndings("\n").Trim();

    [GeneratedRegex("^(?!.*--)[A-Za-z0-9:._/-]{1,200}$")]
    private static partial Regex Key();

    [GeneratedRegex(@"<!-- kintsugi:([A-Za-z0-9:._/-]{1,200}) -->\s*\z")]
    private static partial Regex Mark();
}
