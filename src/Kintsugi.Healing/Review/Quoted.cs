using System.Text.RegularExpressions;

namespace Kintsugi.Healing.Review;

/// <summary>Strangers' words inside Markdown that a forge renders: they are read, and do nothing else.</summary>
/// <remarks>
/// Two layers. Markdown's own syntax is escaped, so there is no HTML, link, image or heading of theirs. What forges act on besides
/// (mentions, references, closing keywords, words that skip CI, bare links) is parted by an invisible word joiner, inside code too:
/// a squash merge copies the body into a commit message, where a code fence is nothing but characters.
/// </remarks>
public static partial class Quoted
{
    private const char Joint = '\u2060';

    /// <summary>As running text within a paragraph or list item.</summary>
    public static string Prose(string text, int limit = 600)
    {
        var escaped = Special().Replace(Disarm(StrangersText.OneLine(text, limit)), @"\$0");
        return BlockStart().Replace(escaped, @"$1\$2"); // `- x`, `1. x`, `+ x`, `= x` would open a block of their own
    }

    /// <summary>As code within a line: names, identifiers, subjects of commits.</summary>
    public static string Span(string text, int limit = 160)
    {
        var content = Disarm(StrangersText.OneLine(text, limit));
        if (content.Length == 0) return "(empty)";
        var fence = new string('`', LongestRun(content) + 1);
        return fence.Length == 1 ? $"`{content}`" : $"{fence} {content} {fence}";
    }

    /// <summary>As a block of its own, fenced longer than any fence inside; ends with a line feed.</summary>
    /// <param name="language">Ours, never a stranger's.</param>
    public static string Fence(string text, string language, int maxLines = 120, int maxCharacters = 6_000) => Fenced(StrangersText.Block(text, maxLines, maxCharacters), language);

    /// <summary>The end of what a program printed likewise, where it says what went wrong.</summary>
    public static string FenceOfEnd(string text, string language, int maxLines, int maxCharacters) => Fenced(StrangersText.LastLines(text, maxLines, maxCharacters), language);

    /// <summary>Plain text (a commit's message) in which nothing pings, closes, links or skips.</summary>
    public static string Disarm(string text) => Acting().Replace(text, $"$0{Joint}");

    private static string Fenced(string text, string language)
    {
        var content = Disarm(text);
        var fence = new string('`', Math.Max(3, LongestRun(content) + 1));
        return $"{fence}{language}\n{content}\n{fence}\n";
    }

    private static int LongestRun(string text)
    {
        var longest = 0;
        var run = 0;
        foreach (var c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return longest;
    }

    [GeneratedRegex(@"@(?=[\w-])|[#!&%](?=\d)|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)|\bmailto:|\bxmpp:|\[(?=(?:skip|ci|no|actions|no-ci)[ \]_-])|\bskip-checks(?=:)|\*\*\*(?=NO_CI)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Acting();

    [GeneratedRegex(@"[\\`*_\[\]<>&|~$#]", RegexOptions.CultureInvariant)]
    private static partial Regex Special();

    [GeneratedRegex(@"^(\d*)([-+=.):])", RegexOptions.CultureInvariant)]
    private static partial Regex BlockStart();
}
