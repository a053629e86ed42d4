using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Kintsugi.Models.Upstreams;

/// <summary>Which headers go from an agent to an upstream and back.</summary>
public static class UpstreamHeaders
{
    /// <summary>Meant for one connection, or made anew for each: RFC 9110, 7.6.1.</summary>
    private static readonly FrozenSet<string> HopByHop = Names(
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Expect", "Accept-Encoding", "HTTP2-Settings", "Alt-Svc");

    /// <summary>An agent that may GET could ask for a DELETE by one of these.</summary>
    private static readonly FrozenSet<string> OtherMethod = Names("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override");

    /// <summary>Labels of the run, which do not change an answer.</summary>
    private static readonly FrozenSet<string> Labels = Names(
        "User-Agent", "Date", "traceparent", "tracestate", "baggage", "X-Request-Id", "X-Correlation-Id", "Idempotency-Key");

    /// <summary>Whether the header belongs to the connection, so that kintsugi.yaml cannot set it.</summary>
    public static bool IsOfTheConnection(string name) => HopByHop.Contains(name);

    /// <summary>Whether a request that differs in the header alone asks for something else.</summary>
    internal static bool IsAsked(string name) => !Labels.Contains(name);

    /// <summary>An agent's headers as an upstream gets them: without those of the connection, cookies (a session would tie one sample to another), and ours.</summary>
    internal static List<KeyValuePair<string, string>> Sent(IHeaderDictionary headers, IReadOnlyDictionary<string, string> replaced) =>
    [
        .. PassedOn(headers.Select(h => KeyValuePair.Create(h.Key, h.Value)), headers.Connection)
            .Where(h => !OtherMethod.Contains(h.Key) && !h.Key.StartsWith("Kintsugi-", StringComparison.OrdinalIgnoreCase) && !IsReplaced(h.Key, replaced)),
    ];

    /// <summary>An upstream's headers as the agent gets them.</summary>
    internal static List<KeyValuePair<string, string>> Answered(HttpResponseMessage answer) =>
    [
        .. PassedOn(
                answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).Select(h => KeyValuePair.Create(h.Key, new StringValues([.. h.Value]))),
                new StringValues([.. answer.Headers.Connection]))
            .Where(h => h.Value.All(c => c is >= ' ' and <= '~')), // nothing else can be sent on
    ];

    private static IEnumerable<KeyValuePair<string, string>> PassedOn(IEnumerable<KeyValuePair<string, StringValues>> headers, StringValues connection)
    {
        var named = Names([.. connection.SelectMany(c => (c ?? "").Split(',', StringSplitOptions.TrimEntries))]);
        return from header in headers
               where !HopByHop.Contains(header.Key) && !named.Contains(header.Key) && !IsCookie(header.Key)
               from value in header.Value
               select KeyValuePair.Create(header.Key, value ?? "");
    }

    private static bool IsCookie(string name) => name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) || name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase);

    private static bool IsReplaced(string name, IReadOnlyDictionary<string, string> replaced) =>
        replaced.Keys.Any(k => k.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static FrozenSet<string> Names(params IEnumerable<string> names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
