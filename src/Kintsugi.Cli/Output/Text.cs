namespace Kintsugi.Cli.Output;

/// <summary>Strangers' words made safe for a terminal.</summary>
internal static class Text
{
    /// <summary>One line without control characters, which could move the cursor or set the clipboard; cut at <paramref name="longest"/>.</summary>
    public static string Plain(string text, int longest = 300)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') ? ' ' : c));
        return plain.Length <= longest ? plain : string.Concat(plain.AsSpan(0, longest), "…");
    }
}
