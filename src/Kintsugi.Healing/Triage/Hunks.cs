using System.Security.Cryptography;
using System.Text;
using DiffPlex;
using DiffPlex.Model;

namespace Kintsugi.Healing.Triage;

/// <summary>Takes a net diff apart into hunks, from the files' bytes and by no tool's patch text, so that any subset can be put back exactly.</summary>
/// <remarks>
/// Changed lines with an unchanged one between them are hunks of their own. A contiguous block is split further where its lines stand by themselves, so that an
/// innocent neighbour can stay: where as many lines went as came and each resembles its successor (in code and structured text, lines of one rename stay together:
/// half a rename is no version that anybody meant); and in prose and line records (prompts, CSV, JSON Lines),
/// where lines that resemble each other are paired and the rest are single deletions and additions. Additions, deletions, renames, changes of
/// mode and non-text content are taken as a whole; a rename and the edits inside the file are separate hunks that compose.
/// </remarks>
public static class Hunks
{
    private const int LongestSplit = 64;
    private const int LargestText = 4 << 20;

    private static readonly HashSet<string> LineWise = new(StringComparer.OrdinalIgnoreCase)
    {
        "", ".md", ".markdown", ".txt", ".prompt", ".rst", ".j2", ".jinja", ".liquid", ".csv", ".tsv", ".jsonl", ".ndjson",
    };

    /// <summary>All hunks in the order of the changes, numbered from 0.</summary>
    public static IReadOnlyList<Hunk> Of(IReadOnlyList<FileChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var hunks = new List<Hunk>();
        for (var c = 0; c < changes.Count; c++)
        {
            foreach (var hunk in OfChange(changes[c])) hunks.Add(hunk with { Index = hunks.Count, Change = c });
        }

        return hunks;
    }

    /// <summary>Lines with their ends, one byte a char: the split that <see cref="Composition"/> splices.</summary>
    internal static string[] Lines(ReadOnlyMemory<byte> content) => ByteLines.Split(Encoding.Latin1.GetString(content.Span));

    private static List<Hunk> OfChange(FileChange change)
    {
        if (change.Old is not { } old)
            return [Whole(HunkKind.Add, change.New ?? throw new ArgumentException("A change has neither side.", nameof(change)), [], Shown(change.New))];
        if (change.New is not { } @new) return [Whole(HunkKind.Delete, old, Shown(old), [])];

        var hunks = new List<Hunk>();
        if (old.Path != @new.Path) hunks.Add(Whole(HunkKind.Rename, @new, [old.Path], [@new.Path]));
        var sameType = old.Mode == @new.Mode || (IsFile(old) && IsFile(@new));
        if (sameType && old.Mode != @new.Mode) hunks.Add(Whole(HunkKind.Mode, @new, [old.Mode], [@new.Mode]));
        if (!sameType || !IsText(old) || !IsText(@new))
        {
            if (!sameType || !old.Content.Span.SequenceEqual(@new.Content.Span)) hunks.Add(Whole(HunkKind.Binary, @new, [Described(old)], [Described(@new)]));
        }
        else
        {
            hunks.AddRange(OfText(old, @new));
        }

        return hunks;
    }

    private static IEnumerable<Hunk> OfText(FileSide old, FileSide @new)
    {
        if (old.Content.Span.SequenceEqual(@new.Content.Span)) yield break;
        var diff = new Differ().CreateDiffs(
            Encoding.Latin1.GetString(old.Content.Span), Encoding.Latin1.GetString(@new.Content.Span), false, false, ByteLines.Instance);
        foreach (var block in diff.DiffBlocks)
        {
            foreach (var (oldStart, oldCount, newStart, newCount) in Split(block, diff, @new.Path))
            {
                yield return new Hunk(
                    0, 0, @new.Path, HunkKind.Lines, oldStart, oldCount, newStart, newCount,
                    Readable(diff.PiecesOld, oldStart, oldCount), Readable(diff.PiecesNew, newStart, newCount));
            }
        }
    }

    private static IEnumerable<(int OldStart, int OldCount, int NewStart, int NewCount)> Split(DiffBlock block, DiffResult diff, string path)
    {
        var (oldStart, oldCount, newStart, newCount) = (block.DeleteStartA, block.DeleteCountA, block.InsertStartB, block.InsertCountB);
        if (oldCount > LongestSplit || newCount > LongestSplit) return [(oldStart, oldCount, newStart, newCount)];
        var lineWise = LineWise.Contains(Path.GetExtension(path));
        string[] removed = [.. diff.PiecesOld.Skip(oldStart).Take(oldCount)], added = [.. diff.PiecesNew.Skip(newStart).Take(newCount)];
        if (oldCount == newCount && removed.Zip(added).All(pair => LineLikeness.Resemble(pair.First, pair.Second)))
            return Runs(removed, added, oneByOne: lineWise).Select(run => (oldStart + run.Start, run.Count, newStart + run.Start, run.Count));
        return lineWise
            ? LineLikeness.Align(removed, added).Select(s => (oldStart + s.Removed, s.RemovedCount, newStart + s.Added, s.AddedCount))
            : [(oldStart, oldCount, newStart, newCount)];
    }

    /// <summary>Lines that were edited in place, in runs that stand or fall together.</summary>
    private static IEnumerable<(int Start, int Count)> Runs(string[] removed, string[] added, bool oneByOne)
    {
        for (var start = 0; start < removed.Length;)
        {
            var end = start + 1;
            while (!oneByOne && end < removed.Length && LineLikeness.RenameAlike((removed[end - 1], added[end - 1]), (removed[end], added[end]))) end++;
            yield return (start, end - start);
            start = end;
        }
    }

    private static Hunk Whole(HunkKind kind, FileSide side, IReadOnlyList<string> removed, IReadOnlyList<string> added) =>
        new(0, 0, side.Path, kind, 0, 0, 0, 0, removed, added);

    private static List<string> Shown(FileSide side)
    {
        if (!IsText(side)) return [Described(side)];
        var lines = Lines(side.Content);
        return Readable(lines, 0, lines.Length);
    }

    /// <summary>What stands for content that cannot be read line by line; other content, other words.</summary>
    private static string Described(FileSide side) => side.Mode switch
    {
        "160000" => $"submodule at {Encoding.ASCII.GetString(side.Content.Span)}",
        "120000" => $"link to {Encoding.UTF8.GetString(side.Content.Span)}",
        _ => $"{side.Content.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(side.Content.Span))}",
    };

    private static List<string> Readable(IReadOnlyList<string> lines, int start, int count) =>
        [.. Enumerable.Range(start, count).Select(i => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(lines[i])).TrimEnd('\r', '\n'))];

    private static bool IsFile(FileSide side) => side.Mode is "100644" or "100755";

    // As git tells: a NUL among the first 8000 bytes is no text.
    private static bool IsText(FileSide side) =>
        IsFile(side) && side.Content.Length <= LargestText && !side.Content.Span[..Math.Min(8000, side.Content.Length)].Contains((byte)0);

    /// <summary>Splits after each line feed and keeps it, so that joining the pieces gives the text back whatever its line ends.</summary>
    private sealed class ByteLines : IChunker
    {
        public static readonly ByteLines Instance = new();

        public static string[] Split(string text)
        {
            var lines = new List<string>();
            for (var start = 0; start < text.Length;)
            {
                var end = text.IndexOf('\n', start) is >= 0 and var feed ? feed + 1 : text.Length;
                lines.Add(text[start..end]);
                start = end;
            }

            return [.. lines];
        }

        public IReadOnlyList<string> Chunk(string text) => Split(text);
    }
}
