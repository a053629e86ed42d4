using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.Forge;

/// <summary>What is made of a delivery.</summary>
public enum WebhookAnswer
{
    /// <summary>It is the forge's, and new: look at the repository.</summary>
    Accepted = 0,

    /// <summary>It was taken before.</summary>
    Replayed = 1,

    /// <summary>It is not signed with the secret.</summary>
    Forged = 2,

    TooLarge = 3,
}

/// <summary>Tells the forge's deliveries from everybody else's, and says no more than that something happened.</summary>
/// <remarks>
/// A delivery is never read: what became of a pull request is asked of the forge. So it can come late, twice, in any order or not at all. Replays are kept out to
/// save work; one that comes after thousands of others makes us look once too often, which changes nothing.
/// </remarks>
/// <param name="secret">That the forge was given with the webhook.</param>
public sealed class WebhookGate(string secret)
{
    /// <summary>As large as GitHub sends.</summary>
    public const int MostBytes = 25 << 20;

    private const string Prefix = "sha256=";
    private const int MostRemembered = 10_000;
    private const int LongestId = 100;

    private readonly byte[] _secret = Encoding.UTF8.GetBytes(secret);
    private readonly Lock _lock = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>GitHub's: the body is signed.</summary>
    /// <param name="signature">The header X-Hub-Signature-256.</param>
    /// <param name="delivery">The header X-GitHub-Delivery.</param>
    /// <param name="body">Hashed as it comes, and never held.</param>
    public async Task<WebhookAnswer> SignedAsync(string? signature, string? delivery, Stream body, CancellationToken cancellationToken)
    {
        if (delivery is not { Length: > 0 and <= LongestId } || signature is null || !signature.StartsWith(Prefix, StringComparison.Ordinal)) return WebhookAnswer.Forged;
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        var buffer = new byte[32 << 10];
        long read = 0;
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if ((read += count) > MostBytes) return WebhookAnswer.TooLarge;
            hash.AppendData(buffer, 0, count);
        }
        var expected = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(signature[Prefix.Length..])) ? Remember(delivery) : WebhookAnswer.Forged;
    }

    /// <summary>GitLab's: the secret itself is sent.</summary>
    /// <param name="token">The header X-Gitlab-Token.</param>
    /// <param name="delivery">The header X-Gitlab-Event-UUID; some events have none.</param>
    public WebhookAnswer Shown(string? token, string? delivery)
    {
        var isOurs = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token ?? "")), SHA256.HashData(_secret)) && token is { Length: > 0 };
        if (!isOurs || delivery?.Length > LongestId) return WebhookAnswer.Forged;
        return string.IsNullOrEmpty(delivery) ? WebhookAnswer.Accepted : Remember(delivery);
    }

    private WebhookAnswer Remember(string delivery)
    {
        lock (_lock)
        {
            if (!_seen.Add(delivery)) return WebhookAnswer.Replayed;
            _order.Enqueue(delivery);
            if (_order.Count > MostRemembered) _seen.Remove(_order.Dequeue());
            return WebhookAnswer.Accepted;
        }
    }
}
