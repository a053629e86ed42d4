using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Providers;

/// <summary>What services of one vendor's format have in common: their paths, where they lie, and how a key is shown to them.</summary>
/// <param name="Paths">What such a service serves unless its configuration says otherwise.</param>
/// <param name="DefaultUrl">Null when a configuration must name one.</param>
public sealed record ProviderKind(IReadOnlyList<string> Paths, Uri? DefaultUrl)
{
    public static readonly ProviderKind OpenAi = new(WirePaths.OpenAi, DefaultUrl: null);

    public static readonly ProviderKind Anthropic = new(WirePaths.Anthropic, new Uri("https://api.anthropic.com"));

    private const string VersionHeader = "anthropic-version";
    private const string Version = "2023-06-01";

    /// <param name="header">Header that a service wants the key in, such as Azure's `api-key`; null for the vendor's own way.</param>
    internal KeyValuePair<string, string> Credential(string? header, string key) =>
        header is not null ? new(header, key)
        : this == Anthropic ? new("x-api-key", key)
        : new("Authorization", $"Bearer {key}");

    /// <summary>The caller's own headers of the wire format, and what the vendor requires beside them.</summary>
    internal IEnumerable<KeyValuePair<string, string>> HeadersOf(ModelRequest request)
    {
        if (this == Anthropic && !request.Headers.Any(h => h.Key == VersionHeader)) yield return new(VersionHeader, Version);
        foreach (var header in request.Headers)
            if (header.Key.StartsWith("anthropic-", StringComparison.Ordinal) == (this == Anthropic)) yield return header;
    }

    internal Uri Join(Uri baseUrl, string path) =>
        this == Anthropic ? ProviderAddress.JoinBelow(baseUrl, path) : ProviderAddress.Join(baseUrl, path);
}
