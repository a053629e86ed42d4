using System.Text.RegularExpressions;

namespace Kintsugi.Models.Upstreams;

/// <summary>Where a request of an agent leads, and where an upstream's redirect leads back.</summary>
/// <remarks>
/// A target is read as it came over the wire and sent on as it is: whoever normalises it between check and use, checks another one. It is refused
/// when any reader behind could take it for a way out of the upstream's path. A query is never looked into.
/// </remarks>
internal static partial class UpstreamAddress
{
    public const string Prefix = "/upstream/";

    private const int MostDecodings = 4;

    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>`/upstream/CRM_URL/leads?page=2` is `CRM_URL` and `/leads?page=2`.</summary>
    /// <param name="target">Of the request line, not decoded.</param>
    /// <returns>Null when it does not lead to an upstream.</returns>
    public static (string Upstream, string Below)? Split(string target)
    {
        if (!target.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var named = target[Prefix.Length..];
        var end = named.AsSpan().IndexOfAny('/', '?');
        return end < 0 ? (named, "") : (named[..end], named[end..]);
    }

    /// <summary>The part of a target before its query.</summary>
    public static string PathOf(string rest) => rest.Split('?', 2)[0];

    /// <param name="rest">What stands behind the upstream's name: nothing, or a path, a query, or both.</param>
    /// <returns>Null when it could lead out of <paramref name="url"/>'s path.</returns>
    public static Uri? Join(Uri url, string rest)
    {
        var path = PathOf(rest);
        if (!rest.All(c => c is > ' ' and <= '~' and not ('#' or '\\')) || !path.Split('/').All(StaysInside)) return null;
        var joined = url.GetLeftPart(UriPartial.Authority) + (path.Length == 0 ? url.AbsolutePath : Root(url) + path) + rest[path.Length..];
        return new Uri(joined, AsItIs);
    }

    /// <summary>The way through the gateway to where an upstream's `Location` leads, `/upstream/CRM_URL/leads/7`.</summary>
    /// <param name="asked">What was asked for: a location may be relative to it.</param>
    /// <returns>Null when it leads out of the upstream's origin or path.</returns>
    public static string? Back(UpstreamConfig upstream, Uri asked, string location)
    {
        var (url, root) = (upstream.Url, Root(upstream.Url));
        if (!Uri.TryCreate(new Uri(asked.AbsoluteUri), location, out var to) || to.UserInfo.Length > 0) return null;
        var isInside = Uri.Compare(url, to, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0
            && (to.AbsolutePath == root || to.AbsolutePath.StartsWith(root + "/", StringComparison.Ordinal));
        return isInside ? $"{Prefix}{upstream.Name}{to.AbsolutePath[root.Length..]}{to.Query}{to.Fragment}" : null;
    }

    private static string Root(Uri url) => url.AbsolutePath.TrimEnd('/');

    /// <summary>Whether no reader, however often it decodes, finds `..` in the segment, or bytes that it might take for it.</summary>
    private static bool StaysInside(string segment)
    {
        for (var n = 0; n < MostDecodings; n++)
        {
            // `..;x` is `..` to readers that know parameters of segments.
            if (segment.Split('/').Any(part => part.Split(';')[0] is "." or "..") || segment.Any(c => c == '\\' || char.IsControl(c))) return false;
            var decoded = Uri.UnescapeDataString(segment);
            if (decoded == segment) return !NoUtf8().IsMatch(segment);
            segment = decoded;
        }
        return false;
    }

    /// <summary>Escapes that decoding leaves: bytes that are no UTF-8, among them the overlong forms of '.' and '/'.</summary>
    [GeneratedRegex("%[89A-Fa-f][0-9A-Fa-f]")]
    private static partial Regex NoUtf8();
}
