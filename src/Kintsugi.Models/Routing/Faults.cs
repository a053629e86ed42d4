namespace Kintsugi.Models.Routing;

/// <summary>The names of what can be wrong with the world, as <see cref="RecordedCall.Fault"/> has them. Stored and shown: only ever added to.</summary>
public static class Faults
{
    public const string RateLimit = "rate_limit";
    public const string Quota = "quota";
    public const string Overloaded = "overloaded";
    public const string ProviderError = "provider_error";
    public const string Timeout = "timeout";
    public const string Unreachable = "unreachable";

    /// <summary>The provider broke off within an answer.</summary>
    public const string Cut = "cut";

    /// <summary>A successful status, and an answer that is not in the format.</summary>
    public const string Garbage = "garbage";
    public const string TooLarge = "too_large";
    public const string RefusedKey = "refused_key";

    /// <summary>Something else answers at the provider's URL: a redirect, a page.</summary>
    public const string NotTheProvider = "not_the_provider";

    /// <summary>The configured budget is spent.</summary>
    public const string Budget = "budget";

    /// <summary>The agent asked in a format, or by a path, that is not served.</summary>
    public const string NotSpoken = "not_spoken";

    /// <summary>Whether an agent can bring a fault about by what it asks.</summary>
    /// <param name="worldFault">As <see cref="OutsideCall.WorldFault"/> has it.</param>
    public static bool MayBeProvoked(string worldFault) => worldFault.Split(' ', ':').Any(word => word is NotSpoken or NotLetThrough or Elsewhere or NoRecording);

    /// <summary>Whether asking again does not mend a fault, however long one waits.</summary>
    /// <param name="worldFault">As <see cref="OutsideCall.WorldFault"/> has it: who failed, a word of these, and perhaps more.</param>
    public static bool Lasts(string worldFault) =>
        worldFault.Split(' ', ':').Any(word => word is RefusedKey or Quota or NotTheProvider or NotSpoken or NoRecording or NotLetThrough or Elsewhere);

    /// <summary>Another model answered than the one that is measured: the answer says nothing about it.</summary>
    public const string ModelSubstituted = "model_substituted";

    /// <summary>A judge preferred a place, not an answer: whether the answer is good nobody can say.</summary>
    public const string JudgeAbstained = "judge_abstained";

    /// <summary>A judge gave no verdict that could be read.</summary>
    public const string JudgeUnreadable = "judge_unreadable";

    /// <summary>All that could judge the answer may only advise on it.</summary>
    public const string JudgeAdvises = "judge_advises";

    /// <summary>An upstream reported an error of its own.</summary>
    public const string UpstreamError = "upstream_error";

    /// <summary>The agent used a method that `upstreams` of kintsugi.yaml does not list.</summary>
    public const string NotLetThrough = "not_let_through";

    /// <summary>An upstream sent the agent on to an address that is not its own.</summary>
    public const string Elsewhere = "elsewhere";

    /// <summary>Only recordings may answer (`--cassette replay`), and there is none.</summary>
    public const string NoRecording = "no_recording";
}
