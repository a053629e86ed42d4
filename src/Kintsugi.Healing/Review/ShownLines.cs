using System.Text.RegularExpressions;

namespace Kintsugi.Healing.Review;

/// <summary>A line of a remark as a forge shows it.</summary>
/// <param name="IsQuoted">Whether it is code, or the rest of a line that begins with something hidden: nothing in it is meant as an order.</param>
internal sealed record ShownLine(string Text, bool IsQuoted);

/// <summary>Parts what a remark says from what it quotes as code, and leaves out what nobody is shown.</summary>
/// <remarks>Where Markdown is in doubt (a fence that is never closed, or within a list) it is code: an order that is missed can be given again.</remarks>
internal static partial class ShownLines
{
    private const string CommentStart = "<!--";
    private const string CommentEnd = "-->";

    public static IReadOnlyList<ShownLine> Of(string body)
    {
        var source = body.ReplaceLineEndings("\n").Split('\n');
        List<ShownLine> lines = [];
        (Match Fence, bool IsPre, bool IsComment) inside = (Match.Empty, false, false);
        for (var i = 0; i < source.Length; i++)
        {
            var line = source[i];
            if (inside.Fence.Success)
            {
                if (Closes(line, inside.Fence)) inside.Fence = Match.Empty;
                lines.Add(new ShownLine(line, IsQuoted: true));
            }
            else if (inside.IsPre || (!inside.IsComment && Pre().IsMatch(line)))
            {
                inside.IsPre = !line.Contains("</pre>", StringComparison.OrdinalIgnoreCase);
                lines.Add(new ShownLine(line, IsQuoted: true));
            }
            else if (!inside.IsComment && Fence().Match(line) is { Success: true } fence)
            {
                inside.Fence = fence;
                lines.Add(new ShownLine(line, IsQuoted: true));
            }
            else
            {
                var began = inside.IsComment;
                (var shown, inside.IsComment) = WithoutComments(line, began, source.AsSpan(i + 1));
                if (shown.Length > 0 || shown.Length == line.Length) lines.Add(new ShownLine(shown, IsQuoted: began || line.TrimStart().StartsWith(CommentStart, StringComparison.Ordinal)));
            }
        }
        return lines;
    }

    /// <returns>What is left of the line, and whether a comment goes on after it.</returns>
    private static (string Shown, bool IsOpen) WithoutComments(string line, bool isOpen, ReadOnlySpan<string> following)
    {
        var shown = "";
        var at = 0;
        while (true)
        {
            if (isOpen)
            {
                var end = line.IndexOf(CommentEnd, at, StringComparison.Ordinal);
                if (end < 0) return (shown, true);
                at = end + CommentEnd.Length;
            }
            var start = line.IndexOf(CommentStart, at, StringComparison.Ordinal);
            if (start < 0 || !Ends(line, start, following)) return (shown + line[at..], false);
            shown += line[at..start];
            at = start + 2; // `<!-->` is a whole one
            isOpen = true;
        }
    }

    /// <summary>One that begins its line hides all that follows; one within a line is no comment unless it is closed.</summary>
    private static bool Ends(string line, int start, ReadOnlySpan<string> following)
    {
        if (line.AsSpan(0, start).IsWhiteSpace() || line.IndexOf(CommentEnd, start, StringComparison.Ordinal) >= 0) return true;
        foreach (var next in following)
            if (next.Contains(CommentEnd, StringComparison.Ordinal)) return true;
        return false;
    }

    private static bool Closes(string line, Match fence)
    {
        var opening = fence.Groups["fence"];
        var bare = line.TrimStart(' ', '\t');
        return line.Length - bare.Length <= opening.Index + 3 && bare.TrimEnd() is var mark && mark.Length >= opening.Length && mark.All(c => c == opening.ValueSpan[0]);
    }

    [GeneratedRegex(@"^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:(?<fence>`{3,})[^`]*|(?<fence>~{3,}).*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^ {0,3}<pre(?:[\s>]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pre();
}
