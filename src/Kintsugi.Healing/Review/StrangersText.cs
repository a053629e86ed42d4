using System.Globalization;
using System.Text;

namespace Kintsugi.Healing.Review;

/// <summary>Text that someone else wrote (an agent, a model, a committer, a dataset), made fit to be looked at: bounded, and with nothing invisible in it.</summary>
/// <remarks>This is no escaping: what it returns still has to be encoded for the language it is put into.</remarks>
public static class StrangersText
{
    private const int MaxMarks = 3; // letters of living languages carry no more; towers of them cover the lines above and below
    private const char Unshowable = '\uFFFD';

    /// <summary>One line: line breaks and tabs become spaces, ends are trimmed.</summary>
    /// <param name="limit">Characters kept; a cut is shown by an ellipsis.</param>
    public static string OneLine(string text, int limit)
    {
        var clean = Clean(text, limit, keepLines: false).Trim();
        return clean.Length <= limit ? clean : Cut(clean, limit - 1) + "…";
    }

    /// <summary>One line of code: as <see cref="OneLine"/>, but with the white space it begins and ends with.</summary>
    public static string CodeLine(string text, int limit)
    {
        var clean = Clean(text, limit, keepLines: false);
        return clean.Length <= limit ? clean : Cut(clean, limit - 1) + "…";
    }

    /// <summary>The end of what a program printed, where it says what went wrong.</summary>
    public static string End(string text, int limit) => text.Length <= limit ? text.Trim() : "… " + text[^limit..].Trim();

    /// <summary>The last of several lines, as <see cref="Block"/> gives the first: what was cut is said in the first.</summary>
    public static string LastLines(string text, int maxLines, int maxCharacters)
    {
        var whole = text.TrimEnd();
        var end = whole.Length > maxCharacters ? whole[^maxCharacters..] : whole;
        if (end.Length > 0 && char.IsLowSurrogate(end[0]) && end.Length < whole.Length) end = end[1..];
        var lines = Clean(end, end.Length, keepLines: true).Split('\n');
        var shown = string.Join('\n', lines.TakeLast(maxLines));
        return end.Length < whole.Length || lines.Length > maxLines ? "… (cut)\n" + shown : shown;
    }

    /// <summary>Several lines, each ended by a line feed but the last; what was cut is said in a last line.</summary>
    public static string Block(string text, int maxLines, int maxCharacters)
    {
        var clean = Clean(text, maxCharacters, keepLines: true).TrimEnd('\n');
        var cut = clean.Length > maxCharacters;
        if (cut) clean = Cut(clean, maxCharacters);
        var lines = clean.Split('\n');
        if (lines.Length > maxLines)
        {
            cut = true;
            clean = string.Join('\n', lines.Take(maxLines));
        }
        return cut ? clean + "\n… (cut)" : clean;
    }

    /// <summary>At least one character more than <paramref name="limit"/> when there is more, so that the caller sees that it must cut.</summary>
    private static string Clean(string text, int limit, bool keepLines)
    {
        var clean = new StringBuilder(Math.Min(text.Length, limit + 2));
        var marks = 0;
        foreach (var rune in text.EnumerateRunes()) // a lone surrogate comes out as U+FFFD
        {
            if (clean.Length > limit + 1) break;
            var category = Rune.GetUnicodeCategory(rune);
            marks = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? marks + 1 : 0;
            if (marks > MaxMarks || rune.Value == '\r') continue;
            if (rune.Value is '\n' or '\t' || category is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                clean.Append(!keepLines ? ' ' : rune.Value == '\t' ? '\t' : '\n');
            }
            else if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                clean.Append(Unshowable); // seen as something rather than nothing: escape sequences, text that runs backwards, joiners
            }
            else
            {
                clean.Append(rune.ToString());
            }
        }
        return clean.ToString();
    }

    /// <summary>The first <paramref name="length"/> characters, or one fewer where a pair of surrogates would be parted.</summary>
    private static string Cut(string text, int length) =>
        length > 0 && char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
}
