using Microsoft.AspNetCore.Http;

namespace Kintsugi.Models.Wire;

/// <summary>Reads what an agent sends, whole and bounded.</summary>
internal static class RequestBody
{
    public const int MaxBytes = 10 * 1024 * 1024;

    /// <returns>Null when it is too large.</returns>
    /// <exception cref="BadHttpRequestException">The agent broke off, or framed it wrongly.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes) return null;
        var body = new byte[request.ContentLength ?? 4096];
        var length = 0;
        while (true)
        {
            if (length == body.Length)
            {
                if (length == request.ContentLength) return body;
                if (length > MaxBytes) return null;
                Array.Resize(ref body, Math.Min(2 * length, MaxBytes + 1));
            }
            var read = await request.Body.ReadAsync(body.AsMemory(length), cancellationToken);
            if (read == 0) return body[..length];
            length += read;
        }
    }
}
