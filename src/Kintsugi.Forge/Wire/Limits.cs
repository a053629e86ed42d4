namespace Kintsugi.Forge.Wire;

internal static class Limits
{
    /// <summary>Characters of a text of ours: GitHub takes 65,536.</summary>
    public const int MostBody = 60_000;

    /// <param name="what">`body`, `summary`.</param>
    /// <exception cref="ArgumentException">The text is longer than <see cref="MostBody"/>.</exception>
    public static void ThrowIfTooLong(string what, string text, string parameter)
    {
        if (text.Length > MostBody) throw new ArgumentException($"A {what} of {text.Length} characters is longer than the {MostBody} that forges take.", parameter);
    }

    /// <summary>Characters that are kept of one remark, log or summary.</summary>
    public const int MostSaid = 20_000;

    /// <summary>Pages of 100 that are read of any list.</summary>
    public const int MostPages = 30;

    /// <summary>Failed jobs whose logs are read.</summary>
    public const int MostLogs = 10;

    /// <summary>Bytes of one log that are read on the way to its end.</summary>
    public const long MostLogBytes = 64 << 20;
}
