using System.Text.RegularExpressions;

namespace Kintsugi.Forge;

/// <summary>The one branch an incident's fix ever has, on any forge.</summary>
public static partial class BranchNames
{
    /// <summary>How all of them begin.</summary>
    public const string Prefix = "kintsugi/";

    private const int MaxSlug = 40;
    private const int FingerprintDigits = 12;

    /// <param name="agentName">Any text; only its letters, digits and hyphens reach the name.</param>
    /// <param name="fingerprint">The incident's, hexadecimal, 12 digits or more.</param>
    /// <returns>`kintsugi/lead-scorer/0123456789ab`: valid as a git ref whatever the agent is called.</returns>
    /// <exception cref="ArgumentException">The fingerprint is not one.</exception>
    public static string For(string agentName, string fingerprint)
    {
        if (!Fingerprint().IsMatch(fingerprint)) throw new ArgumentException($"A fingerprint is {FingerprintDigits} or more hexadecimal digits in lower case.", nameof(fingerprint));
        var slug = Other().Replace(agentName.ToLowerInvariant(), "-").Trim('-');
        if (slug.Length > MaxSlug) slug = slug[..MaxSlug].TrimEnd('-');
        return $"{Prefix}{(slug.Length == 0 ? "agent" : slug)}/{fingerprint[..FingerprintDigits]}";
    }

    [GeneratedRegex("^[0-9a-f]{12,}$")]
    private static partial Regex Fingerprint();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Other();
}
