using System.Text.RegularExpressions;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Links in what a registry answers, made to lead to the address that the build has for it.</summary>
internal sealed class RegistryLinks
{
    private const RegexOptions Linear = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking; // pages are strangers' text

    private readonly Uri _registry;
    private readonly string _inside;
    private readonly string _root;
    private readonly Regex _absolute;
    private readonly Regex _fromTop;

    /// <param name="registry">The registry's own address.</param>
    /// <param name="inside">Its address inside, without '/' at the end.</param>
    public RegistryLinks(Uri registry, string inside)
    {
        (_registry, _inside, _root) = (registry, inside, registry.AbsolutePath.TrimEnd('/'));
        var port = registry.IsDefaultPort ? $"(?::{registry.Port})?" : $":{registry.Port}";
        _absolute = new Regex($"{registry.Scheme}:{Escaped($"//{registry.Host}")}{port}{Escaped(_root + "/")}", Linear);
        _fromTop = new Regex($"""(\b(?:href|src)\s*=\s*["']|"(?:url|href)"\s*:\s*"){Escaped(_root + "/")}([^/\\])""", Linear);
    }

    /// <summary>Whether an answer may hold links that a client follows.</summary>
    public static bool MayStandIn(string? mediaType) =>
        mediaType is "text/html" or "application/json"
        || (mediaType is not null && (mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase) || mediaType.EndsWith("+html", StringComparison.OrdinalIgnoreCase)));

    /// <summary>An index page, HTML or JSON, whose links below the registry's address lead inside; all else stays.</summary>
    public string Rewrite(string page)
    {
        var path = new Uri(_inside).AbsolutePath;
        page = _fromTop.Replace(page, match => $"{match.Groups[1].Value}{path}/{match.Groups[2].Value}");
        return _absolute.Replace(page, _inside.Replace("$", "$$", StringComparison.Ordinal) + "/");
    }

    /// <summary>Where a redirection leads, likewise.</summary>
    public Uri Rewrite(Uri location)
    {
        var target = new Uri(_registry, location);
        return IsBelow(target) ? new Uri(_inside + target.PathAndQuery[_root.Length..]) : target;
    }

    /// <summary>Whether an address is the registry's, or lies below it.</summary>
    public bool IsBelow(Uri target) =>
        target.Scheme == _registry.Scheme && target.Authority == _registry.Authority
        && (target.AbsolutePath == _root || target.AbsolutePath.StartsWith(_root + "/", StringComparison.Ordinal));

    // JSON may write every slash as `\/`.
    private static string Escaped(string text) => Regex.Escape(text).Replace("/", @"\\?/", StringComparison.Ordinal);
}
