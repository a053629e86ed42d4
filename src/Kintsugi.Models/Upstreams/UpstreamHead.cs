using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Models.Upstreams;

/// <summary>What an upstream answered, as the agent gets it: without secrets and without headers of the connection.</summary>
/// <param name="LengthBytes">Of the body, where the upstream said so before it sent it.</param>
internal sealed record UpstreamHead(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, long? LengthBytes)
{
    private const string Recorded = "application/http";
    private const string Length = "Content-Length";

    /// <summary>Whether the status rules a body out, and with it a length.</summary>
    private bool IsBodiless => Status is 204 or 205 or 304;

    public void WriteTo(HttpResponse response)
    {
        response.StatusCode = Status;
        foreach (var header in Headers.GroupBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
            response.Headers[header.Key] = header.Select(h => h.Value).ToArray();
        if (!IsBodiless) response.ContentLength = LengthBytes;
    }

    /// <summary>Head and body as one HTTP message, which is how a recording keeps them.</summary>
    public ModelAnswer Record(ReadOnlySpan<byte> body)
    {
        var message = new ArrayBufferWriter<byte>(body.Length + 512);
        Encoding.ASCII.GetBytes($"HTTP/1.1 {Status}\r\n", message);
        if (LengthBytes is { } length) Encoding.ASCII.GetBytes($"{Length}: {length}\r\n", message);
        foreach (var (name, value) in Headers) Encoding.ASCII.GetBytes($"{name}: {value}\r\n", message);
        message.Write("\r\n"u8);
        message.Write(body);
        return new ModelAnswer(Status, Recorded, message.WrittenMemory);
    }

    /// <summary>Reads what <see cref="Record"/> wrote, or somebody else did: a recording may come from a file.</summary>
    /// <param name="method">Of the request: an answer to HEAD has a length and no body.</param>
    /// <returns>Null when it is no message that could be sent on.</returns>
    public static (UpstreamHead Head, ReadOnlyMemory<byte> Body)? TryRead(ModelAnswer recorded, string method)
    {
        var end = recorded.Body.Span.IndexOf("\r\n\r\n"u8);
        if (end < 0 || recorded.ContentType != Recorded || recorded.Status is < 200 or > 599) return null;
        var lines = Encoding.ASCII.GetString(recorded.Body.Span[..end]).Split("\r\n").Skip(1).Select(line => line.Split(": ", 2)).ToList();
        if (!lines.TrueForAll(l => l.Length == 2 && l[0].Length > 0 && l[0].All(IsOfName) && l[1].All(c => c is >= ' ' and <= '~'))) return null;
        var headers = lines.ConvertAll(l => KeyValuePair.Create(l[0], l[1]));
        var body = recorded.Body[(end + 4)..];
        var length = headers.Find(h => h.Key == Length).Value;
        headers.RemoveAll(h => UpstreamHeaders.IsOfTheConnection(h.Key));
        var head = new UpstreamHead(recorded.Status, headers, null);
        if (head.IsBodiless) return body.IsEmpty ? (head, body) : null;
        if (length is null) return (head, body);
        if (!long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var lengthBytes)) return null;
        return lengthBytes == body.Length || (method == "HEAD" && body.IsEmpty) ? (head with { LengthBytes = lengthBytes }, body) : null;
    }

    /// <summary>The characters of a token, RFC 9110, 5.6.2.</summary>
    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
