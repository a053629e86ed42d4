using System.Globalization;

namespace Kintsugi.Cli.Output;

/// <summary>Strangers' words made safe for a terminal.</summary>
internal static class Text
{
    /// <summary>One line without control characters, which could move the cursor or set the clipboard, and without those that nobody sees; cut at <paramref name="longest"/>.</summary>
    public static string Plain(string text, int longest = 300)
    {
        var plain = string.Concat(text.Select(c => IsSeen(c) ? c : ' '));
        return plain.Length <= longest ? plain : string.Concat(plain.AsSpan(0, longest), "…");
    }

    private static bool IsSeen(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
