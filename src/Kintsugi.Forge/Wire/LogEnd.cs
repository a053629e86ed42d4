using System.Text;

namespace Kintsugi.Forge.Wire;

/// <summary>The end of a log, where the error is.</summary>
internal static class LogEnd
{
    /// <returns>At most 20,000 characters; of a log of more than 64 MiB, those before that.</returns>
    public static async Task<string> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(await content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        var buffer = new char[1 << 14];
        var end = new StringBuilder();
        long read = 0;
        while (read < Limits.MostLogBytes && await reader.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            read += count;
            end.Append(buffer, 0, count);
            if (end.Length > 2 * Limits.MostSaid) end.Remove(0, end.Length - Limits.MostSaid);
        }
        return PlainText.End(end.ToString(), Limits.MostSaid);
    }
}
