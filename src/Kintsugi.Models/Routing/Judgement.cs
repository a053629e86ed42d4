namespace Kintsugi.Models.Routing;

/// <summary>What an answer's status means for the one who asked.</summary>
/// <param name="Fault">Why the world is to blame; null when the provider answered the question or refused the request itself.</param>
/// <param name="Retry">Whether the same provider may answer if asked again.</param>
/// <param name="Failover">Whether another provider may do better.</param>
public readonly record struct Judgement(string? Fault, bool Retry, bool Failover)
{
    public static readonly Judgement Answered = new(null, Retry: false, Failover: false);

    /// <summary>A fault that may pass: the same provider is asked again, then another.</summary>
    public static Judgement Passing(string fault) => new(fault, Retry: true, Failover: true);

    /// <summary>A fault that asking again does not mend.</summary>
    public static Judgement Lasting(string fault) => new(fault, Retry: false, Failover: true);

    /// <summary>By status alone, as OpenAI, OpenRouter, DeepSeek and Anthropic (529) document theirs.</summary>
    public static Judgement Of(ModelAnswer answer) => answer.Status switch
    {
        >= 200 and < 300 => Answered,
        401 or 403 => Lasting(Faults.RefusedKey),
        402 => Lasting(Faults.Quota),
        404 => new Judgement(null, Retry: false, Failover: true), // the model is not served here: the request's fault, unless another serves it
        408 or 504 => Passing(Faults.Timeout),
        409 or 425 => Passing(Faults.Overloaded),
        429 when SaysQuota(answer.Body.Span) => Lasting(Faults.Quota),
        429 => Passing(Faults.RateLimit),
        501 or 505 => Lasting(Faults.ProviderError),
        503 or 529 => Passing(Faults.Overloaded),
        >= 500 => Passing(Faults.ProviderError),
        >= 400 => Answered,
        _ => Lasting(Faults.NotTheProvider), // a redirect, which is not followed, or no final status
    };

    /// <summary>OpenAI says with the status of a rate limit that the account has no money left: waiting does not help.</summary>
    private static bool SaysQuota(ReadOnlySpan<byte> body) =>
        body.IndexOf("insufficient_quota"u8) >= 0 || body.IndexOf("billing_hard_limit"u8) >= 0;
}
