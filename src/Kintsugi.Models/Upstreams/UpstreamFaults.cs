using System.Globalization;
using Kintsugi.Models.Routing;

namespace Kintsugi.Models.Upstreams;

/// <summary>What of an upstream's failures is the world's: each a word of <see cref="Faults"/> and what happened.</summary>
internal static class UpstreamFaults
{
    public const string Cut = $"{Faults.Cut}: it broke off within its answer";

    /// <summary>By status. What is wrong with the request is the agent's own; a key that is refused was added outside.</summary>
    /// <param name="hasKey">Whether a secret was added.</param>
    /// <returns>Null when the world is not to blame.</returns>
    public static string? Of(int status, bool hasKey)
    {
        var fault = status switch
        {
            401 when hasKey => Faults.RefusedKey,
            408 or 504 => Faults.Timeout,
            429 => Faults.RateLimit,
            503 or 529 => Faults.Overloaded,
            >= 500 => Faults.UpstreamError,
            _ => null,
        };
        return fault is null ? null : string.Create(CultureInfo.InvariantCulture, $"{fault}: status {status}");
    }

    /// <summary>Whether the same question may be answered a moment later.</summary>
    public static bool MayPass(int status) => status is 408 or 429 or 500 or 502 or 503 or 504 or 529;

    public static string Of(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"{Faults.Unreachable}: its name does not resolve",
        HttpRequestError.SecureConnectionError => $"{Faults.Unreachable}: TLS failed",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => $"{Faults.Garbage}: it did not answer in HTTP",
        HttpRequestError.ConfigurationLimitExceeded => $"{Faults.TooLarge}: the headers of its answer are",
        HttpRequestError.ResponseEnded => Cut,
        HttpRequestError.Unknown when e.InnerException is IOException => Cut, // it had been reached
        _ => $"{Faults.Unreachable}: no connection",
    };

    public static string Late(TimeSpan after) => string.Create(CultureInfo.InvariantCulture, $"{Faults.Timeout}: no answer within {after.TotalSeconds:0.#} s");

    public static string TooLarge(int bytes) => string.Create(CultureInfo.InvariantCulture, $"{Faults.TooLarge}: its answer is larger than {bytes / 1024.0 / 1024:0.##} MiB");

    /// <summary>A line that is wanting in kintsugi.yaml is not the agent's mistake, as a blocked connection is not.</summary>
    /// <returns>Null for a method that no line lets through.</returns>
    public static string? NotLetThrough(string method, UpstreamConfig upstream) =>
        UpstreamConfig.AllMethods.Contains(method)
            ? $"{Faults.NotLetThrough}: {method} is not among its methods. Write `methods: [{string.Join(", ", upstream.Methods.Append(method))}]` under upstreams.{upstream.Name} in kintsugi.yaml"
            : null;
}
