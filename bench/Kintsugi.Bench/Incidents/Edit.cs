using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Incidents;

/// <summary>Lines of one file that give way to others.</summary>
/// <param name="At">Number of the first removed line in the good version, from 0; where nothing is removed, the line before which the others come.</param>
public sealed record Splice(string File, int At, ImmutableArray<string> Removed, ImmutableArray<string> Added)
{
    private const int LeastApart = 2;

    /// <summary>Puts one line for another.</summary>
    public static Splice Line(string file, int at, string old, params ImmutableArray<string> @new) => new(file, at, [old], @new);

    /// <summary>Whether so few unchanged lines stand between the two that they could be taken for one change.</summary>
    public bool IsNear(Splice other) =>
        File == other.File && At < other.At + other.Removed.Length + LeastApart && other.At < At + Removed.Length + LeastApart;
}

/// <summary>One change that somebody meant as one, to any version in which no change near it was made.</summary>
/// <param name="What">A few words for the table and the commit's message.</param>
public sealed record Edit(string What, ImmutableArray<Splice> Splices)
{
    public Edit(string what, Splice splice) : this(what, [splice])
    {
    }

    public bool IsNear(Edit other) => Splices.Any(mine => other.Splices.Any(mine.IsNear));
}

/// <summary>The text files of a version, by path from its top.</summary>
public sealed record VersionFiles(ImmutableSortedDictionary<string, string> Texts)
{
    public static ImmutableArray<string> LinesOf(string text) => [.. text.Split('\n')[..^(text.EndsWith('\n') ? 1 : 0)]];

    public ImmutableArray<string> Lines(string file) => LinesOf(Texts[file]);

    /// <summary>This version with the edits made, all of which are of its own lines.</summary>
    /// <exception cref="InvalidOperationException">An edit does not fit.</exception>
    public VersionFiles With(IEnumerable<Edit> edits)
    {
        var texts = Texts;
        foreach (var file in edits.SelectMany(e => e.Splices).GroupBy(s => s.File))
        {
            var lines = Lines(file.Key).ToList();
            foreach (var splice in file.OrderByDescending(s => s.At))
            {
                if (!lines.Skip(splice.At).Take(splice.Removed.Length).SequenceEqual(splice.Removed))
                    throw new InvalidOperationException($"{file.Key}({splice.At + 1}) is not what an edit expects: {string.Join('\n', splice.Removed)}");
                lines.RemoveRange(splice.At, splice.Removed.Length);
                lines.InsertRange(splice.At, splice.Added);
            }
            texts = texts.SetItem(file.Key, string.Concat(lines.Select(l => l + "\n")));
        }
        return new VersionFiles(texts);
    }

    /// <summary>An edit that puts one text of whole lines, found exactly once, for another.</summary>
    /// <exception cref="InvalidOperationException">It is not found exactly once.</exception>
    public Edit Replace(string what, string file, string old, string @new)
    {
        var (lines, removed) = (Lines(file), LinesOf(old));
        var at = Enumerable.Range(0, Math.Max(0, lines.Length - removed.Length + 1)).Where(n => lines.AsSpan(n, removed.Length).SequenceEqual(removed.AsSpan())).ToList();
        return at.Count == 1
            ? new Edit(what, new Splice(file, at[0], removed, @new.Length == 0 ? [] : LinesOf(@new)))
            : throw new InvalidOperationException($"{file} has {at.Count} times: {old}");
    }

    /// <summary>An edit that renames a word wherever it stands in a file, but for members and what is quoted.</summary>
    public Edit Rename(string what, string file, string old, string @new)
    {
        var word = new Regex($@"(?<![\w.""'`]){Regex.Escape(old)}(?![\w""'`])");
        List<Splice> splices = [];
        foreach (var (at, line) in Lines(file).Index().Where(l => word.IsMatch(l.Item)))
        {
            if (splices is [.., var last] && last.At + last.Removed.Length == at)
                splices[^1] = last with { Removed = last.Removed.Add(line), Added = last.Added.Add(word.Replace(line, @new)) };
            else
                splices.Add(Splice.Line(file, at, line, word.Replace(line, @new)));
        }
        return splices.Count > 0 ? new Edit(what, [.. splices]) : throw new InvalidOperationException($"{file} has no word '{old}'.");
    }
}
