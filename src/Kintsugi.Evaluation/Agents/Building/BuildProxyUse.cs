using System.Collections.Concurrent;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>What a build's proxy had to refuse or could not reach: it tells a build that is broken from one whose world is.</summary>
public sealed class BuildProxyUse
{
    private const int MostHosts = 20;
    private const int LongestHost = 253;

    private readonly ConcurrentDictionary<string, string> _blocked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _failing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _reached = new(StringComparer.Ordinal);

    /// <summary>Hosts that were asked for and are not allowed, each with the remedy.</summary>
    public IReadOnlyDictionary<string, string> Blocked => _blocked;

    /// <summary>Hosts whose last connection or answer failed, each with the reason.</summary>
    public IReadOnlyDictionary<string, string> Failing => _failing;

    /// <summary>Both in a sentence or two for a person; null when there is nothing to tell.</summary>
    public string? Problem
    {
        get
        {
            var told = _blocked.OrderBy(b => b.Key, StringComparer.Ordinal).Select(b => $"blocked: {b.Key}; {b.Value}.")
                .Concat(_failing.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"failed: {f.Key}; {f.Value}"));
            return _blocked.IsEmpty && _failing.IsEmpty ? null : string.Join(' ', told);
        }
    }

    internal void Block(string host, string remedy) => Note(_blocked, host, remedy);

    internal void Fail(string host, string reason) => Note(_failing, host, reason);

    /// <summary>It works by now: what failed before was tried again.</summary>
    internal void Works(string host)
    {
        Note(_reached, host, "");
        _failing.TryRemove(host, out _);
    }

    /// <summary>A program asked for the host's address, which it cannot get, rather than the proxy for the host.</summary>
    internal void AskDirectly(string host)
    {
        if (!_reached.ContainsKey(host)) Fail(host, "a program of the build asked for it past the proxy. Tell that program to use the one in $HTTPS_PROXY.");
    }

    // Bounded: the names are the build's own words.
    private static void Note(ConcurrentDictionary<string, string> notes, string host, string words)
    {
        if (notes.Count < MostHosts || notes.ContainsKey(host)) notes[Shown.Word(host, LongestHost)] = words;
    }
}
