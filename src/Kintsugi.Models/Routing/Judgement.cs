namespace Kintsugi.Models.Routing;

/// <summary>What an answer's status means for the one who asked.</summary>
/// <param name="Fault">Why the world is to blame; null when the provider answered the question or refused the request itself.</param>
/// <param name="Retry">Whether the same provider may answer if asked again.</param>
/// <param name="Failover">Whether another provider of the same model may do better.</param>
/// <param name="Refusal">Why the request itself was refused, a word of <see cref="Refusals"/>; null when it was not.</param>
public readonly record struct Judgement(string? Fault, bool Retry, bool Failover, string? Refusal = null)
{
    public static readonly Judgement Answered = new(null, Retry: false, Failover: false);

    /// <summary>A fault that may pass: the same provider is asked again, then another.</summary>
    public static Judgement Passing(string fault) => new(fault, Retry: true, Failover: true);

    /// <summary>A fault that asking again does not mend.</summary>
    public static Judgement Lasting(string fault) => new(fault, Retry: false, Failover: true);

    /// <summary>By status, and for refusals by the words of OpenAI, OpenRouter, DeepSeek and Anthropic (529).</summary>
    public static Judgement Of(ModelAnswer answer) => answer.Status switch
    {
        >= 200 and < 300 => Answered,
        402 => Lasting(Faults.Quota),
        400 or 403 or 429 when SaysQuota(answer.Body.Span) => Lasting(Faults.Quota),
        403 when Refusals.Of(answer) == Refusals.ContentPolicy => Refused(Refusals.ContentPolicy), // OpenRouter's way
        401 or 403 => Lasting(Faults.RefusedKey),
        408 or 504 => Passing(Faults.Timeout),
        409 or 425 => Passing(Faults.Overloaded),
        429 => Passing(Faults.RateLimit),
        501 or 505 => Lasting(Faults.ProviderError),
        503 or 529 => Passing(Faults.Overloaded),
        >= 500 => Passing(Faults.ProviderError),
        >= 400 => Refused(Refusals.Of(answer)),
        _ => Lasting(Faults.NotTheProvider), // a redirect, which is not followed, or no final status
    };

    /// <summary>The model is not served here: the request's fault, unless another serves it. What else is refused, another provider of the same model refuses too.</summary>
    private static Judgement Refused(string refusal) => new(null, Retry: false, Failover: refusal == Refusals.UnknownModel, refusal);

    /// <summary>OpenAI says with the status of a rate limit that the account has no money left, Anthropic with that of a bad request: waiting does not help.</summary>
    private static bool SaysQuota(ReadOnlySpan<byte> body) =>
        body.IndexOf("insufficient_quota"u8) >= 0 || body.IndexOf("billing_hard_limit"u8) >= 0 || body.IndexOf("credit balance is too low"u8) >= 0;
}
