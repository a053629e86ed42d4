using System.Text;

namespace Kintsugi.Models.Providers;

/// <summary>Blots a provider's key out of what the provider answers, so that an echo of it reaches neither agent nor recording.</summary>
/// <remarks>Finds the key as it is. It does not find one that the provider encoded, escaped or cut: those are the vendor's to keep.</remarks>
public sealed class SecretMask(string? secret)
{
    private readonly byte[] _secret = secret is null ? [] : Encoding.UTF8.GetBytes(secret);

    /// <summary>Overwrites every occurrence with asterisks; the length stays.</summary>
    public void Blot(Span<byte> bytes)
    {
        if (_secret.Length == 0) return;
        for (var at = bytes.IndexOf(_secret); at >= 0; at = bytes.IndexOf(_secret))
            bytes.Slice(at, _secret.Length).Fill((byte)'*');
    }

    /// <summary>How many last bytes could be the beginning of the key, and must wait for the next chunk of a stream.</summary>
    public int Undecided(ReadOnlySpan<byte> bytes)
    {
        for (var length = Math.Min(bytes.Length, _secret.Length - 1); length > 0; length--)
            if (_secret.AsSpan().StartsWith(bytes[^length..])) return length;
        return 0;
    }
}
