using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>Hunks of a change as a diff that people read; it is not meant to be applied.</summary>
public static partial class HunkText
{
    private const int Enough = 20_000; // characters; whoever shows it cuts sooner

    /// <returns>The first line of the hunk as head has it, from 1, and how many there are; a hunk of a whole file, or of its name, begins at its top.</returns>
    public static (int First, int Count) Lines(HunkView hunk) => InHead().Match(hunk.Header) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
        && int.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        ? (first, count)
        : (1, Math.Max(1, hunk.Added.Count));

    /// <returns>One file header a file, then its hunks: `-` is what the base has, `+` is what head has.</returns>
    public static string Diff(IReadOnlyList<HunkView> hunks)
    {
        var text = new StringBuilder();
        string? file = null;
        foreach (var hunk in hunks)
        {
            if (text.Length > Enough) break;
            if (hunk.File != file)
            {
                file = hunk.File;
                text.Append("--- ").Append(StrangersText.OneLine(file, 200)).Append('\n');
            }
            text.Append(StrangersText.OneLine(hunk.Header, 200)).Append('\n');
            Append('-', hunk.Removed);
            Append('+', hunk.Added);
        }
        return text.ToString();

        void Append(char sign, IReadOnlyList<string> lines)
        {
            foreach (var line in lines.TakeWhile(_ => text.Length <= Enough)) text.Append(sign).Append(StrangersText.CodeLine(line, 400)).Append('\n');
        }
    }

    [GeneratedRegex(@"^@@ -\d+,\d+ \+(\d+),(\d+) @@", RegexOptions.CultureInvariant)]
    private static partial Regex InHead();
}
