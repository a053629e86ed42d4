using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Kintsugi.Models.Providers;

/// <summary>Blots the secrets that were sent to a service out of what the service answers, so that an echo of them reaches neither agent nor recording.</summary>
/// <remarks>Finds a secret as it is. It does not find one that the service encoded, escaped or cut: those are the vendor's to keep.</remarks>
/// <param name="secrets">Empty ones are none.</param>
public sealed class SecretMask(IEnumerable<string> secrets)
{
    public const int ChunkBytes = 16 * 1024;

    private readonly IReadOnlyList<byte[]> _secrets = [.. secrets.Where(s => s.Length > 0).Select(Encoding.UTF8.GetBytes)];

    public bool AreIn(ReadOnlySpan<byte> bytes)
    {
        foreach (var secret in _secrets)
            if (bytes.IndexOf(secret) >= 0) return true;
        return false;
    }

    /// <summary>Overwrites every occurrence with asterisks; the length stays.</summary>
    public void Blot(Span<byte> bytes)
    {
        foreach (var secret in _secrets)
        {
            var rest = bytes;
            for (int at; (at = rest.IndexOf(secret)) >= 0; rest = rest[(at + secret.Length)..]) rest.Slice(at, secret.Length).Fill((byte)'*');
        }
    }

    public string Blot(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Blot(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads to the end, without the secrets. Each chunk is valid until the next is asked for.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes + _secrets.Sum(s => s.Length)); // room for more beside all that is held back
        try
        {
            var kept = 0; // the possible beginning of a secret, held back until its rest is seen
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(kept), cancellationToken)) > 0)
            {
                var filled = kept + read;
                Blot(buffer.AsSpan(0, filled));
                kept = Undecided(buffer.AsSpan(0, filled));
                if (filled > kept) yield return buffer.AsMemory(0, filled - kept);
                buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
            }
            if (kept > 0) yield return buffer.AsMemory(0, kept);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>How many last bytes could be the beginning of a secret, and must wait for the next chunk.</summary>
    private int Undecided(ReadOnlySpan<byte> bytes)
    {
        var most = 0;
        foreach (var secret in _secrets)
            for (var length = Math.Min(bytes.Length, secret.Length - 1); length > most; length--)
                if (secret.AsSpan().StartsWith(bytes[^length..])) most = length;
        return most;
    }
}
