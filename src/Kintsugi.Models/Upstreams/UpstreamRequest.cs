using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.Models.Upstreams;

/// <summary>What an agent asks of an upstream.</summary>
/// <param name="Rest">Path and query behind the upstream's name, as they came over the wire.</param>
/// <param name="Headers">Those that are passed on.</param>
internal sealed record UpstreamRequest(
    string Upstream, string Method, string Rest, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>One spelling for requests that ask the same: upstream, method and address, and a hash over body and headers.</summary>
    /// <remarks>
    /// Headers are hashed because they may hold a key of the agent's own; those added outside are not part of it. Labels of the run are left out,
    /// every other header counts: the price is a recording missed, never a wrong one taken.
    /// </remarks>
    public byte[] CanonicalAt(Uri url)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in Headers.Where(h => UpstreamHeaders.IsAsked(h.Key)).OrderBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
            hash.AppendData(Encoding.UTF8.GetBytes($"{name.ToUpperInvariant()}:{value}\n"));
        hash.AppendData("\n"u8);
        hash.AppendData(Body.Span);
        return Encoding.UTF8.GetBytes($"upstream {Upstream}\n{Method} {url.OriginalString}\n{Convert.ToHexStringLower(hash.GetCurrentHash())}\n");
    }
}
