using System.Text;

namespace Kintsugi.Healing.Repair;

/// <summary>One line that a patch puts into a file.</summary>
/// <param name="Number">Of the new side, from 1.</param>
internal sealed record AddedLine(int Number, string Text);

/// <summary>A changed file as lines: what it is now, and which of it were nowhere in the file before.</summary>
/// <param name="Path">From the repository's top.</param>
/// <remarks>Lines are told apart by their text alone, indentation left out: a line that only moved is not new, and the work is linear whatever a stranger wrote.</remarks>
internal sealed record AddedLines(string Path, IReadOnlyList<string> Before, IReadOnlyList<string> After, IReadOnlyList<AddedLine> Added)
{
    /// <summary>Lines longer than this are data or minified: only their beginning is looked at.</summary>
    private const int LongestLine = 500;

    /// <param name="file">One with a new side.</param>
    public static AddedLines Of(PatchedFile file)
    {
        string[] before = Lines(file.Before), after = Lines(file.After);
        var there = before.GroupBy(l => l.Trim(), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        List<AddedLine> added = [];
        foreach (var (index, line) in after.Index())
        {
            var text = line.Trim();
            if (there.TryGetValue(text, out var left) && left > 0) there[text] = left - 1;
            else added.Add(new AddedLine(index + 1, line));
        }
        return new AddedLines(file.New!.Path, before, after, added);
    }

    private static string[] Lines(ReadOnlyMemory<byte> content) => content.IsEmpty
        ? []
        : [.. Encoding.UTF8.GetString(content.Span).ReplaceLineEndings("\n").Split('\n').Select(l => l.Length > LongestLine ? l[..LongestLine] : l)];
}
