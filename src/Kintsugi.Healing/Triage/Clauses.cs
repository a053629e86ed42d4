using System.Text.RegularExpressions;

namespace Kintsugi.Healing.Triage;

/// <summary>Takes prose apart into clauses: what a prompt can lose, gain or contradict by itself.</summary>
/// <remarks>
/// A clause ends with a sentence, and with a line that the next does not go on. What a semicolon parts stays together: half a rule is none. It goes on where the line ends without such a sign and the next begins in lower case:
/// a paragraph that an editor has wrapped. Where that is wrong, a piece is finer or coarser than a clause, and nothing else: pieces always join to the text. Abbreviations of a few
/// languages do not end one. Text is one byte a char, so a letter outside ASCII is no lower case here.
/// </remarks>
internal static partial class Clauses
{
    /// <summary>Pieces with the white space after them.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        List<string> pieces = [];
        var start = 0;
        foreach (Match end in Ends().Matches(text))
        {
            var next = end.Index + end.Length;
            if (next == start) continue;
            pieces.Add(text[start..next]);
            start = next;
        }
        if (start < text.Length) pieces.Add(text[start..]);
        return pieces;
    }

    /// <summary>Clauses without the white space around them, and with one space for what is between their words: what is the same however it is wrapped.</summary>
    public static IEnumerable<string> Words(string line) => Of(line).Select(c => Space().Replace(c, " ").Trim()).Where(c => c.Length > 0);

    /// <summary>The end of a sentence inside a line; or a line feed that the next line does not go on from.</summary>
    [GeneratedRegex("""(?<=[.!?]["')\]*_]*)(?<!\b(\w|e\.g|i\.e|z\.\s?B|bzw|Dr|Mrs?|Ms|No|vs|cf|approx|incl)\.)[ \t]+(?=["'(\[`*_]*[A-Z0-9\u0080-\u00ff])|(?<=[.!?:;]["')\]*_`]*[ \t]*\r?)\n|\n(?![ \t]*["'(`*_]{0,2}[a-z])|(?<=(^|\n)[ \t]*\r?)\n|(?<=(^|\n)[ \t]*(\#|\||```|>|[-+]{3})[^\n]*)\n""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
