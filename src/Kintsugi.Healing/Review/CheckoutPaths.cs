namespace Kintsugi.Healing.Review;

/// <summary>What an agent prints names its files by the place that the checkout has on this machine: nobody else has them there, and it tells who ran this.</summary>
public static class CheckoutPaths
{
    /// <summary>The same with files named from the repository's top.</summary>
    /// <param name="top">Absolute path of the checkout, at which the agent sees its files.</param>
    public static string Relative(string text, string top) => top.TrimEnd('/') is { Length: > 0 } place ? text.Replace(place + "/", "", StringComparison.Ordinal) : text;
}
