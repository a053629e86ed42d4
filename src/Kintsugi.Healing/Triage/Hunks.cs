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
/// where lines that resemble each other are paired and the rest are single deletions and additions. Prose whose lines hold several clauses, or clauses of several lines,
/// is taken apart by clauses in the same way: what a prompt lost is mended by that sentence alone. Additions, deletions, renames, changes of
/// mode and non-text content are taken as a whole; a rename and the edits inside the file are separate hunks that compose.
/// </remarks>
public static class Hunks
{
    private const int LongestSplit = 64;
    private const int MostClauses = 128;
    private const int LargestText = 4 << 20;

    private static readonly HashSet<string> Prose = new(StringComparer.OrdinalIgnoreCase)
    {
        "", ".md", ".markdown", ".txt", ".prompt", ".rst", ".j2", ".jinja", ".liquid",
    };

    private static readonly HashSet<string> Records = new(StringComparer.OrdinalIgnoreCase) { ".csv", ".tsv", ".jsonl", ".ndjson" };

    /// <summary>Whether a file is taken apart by clauses.</summary>
    internal static bool IsProse(string path) => Prose.Contains(Path.GetExtension(path));

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
        if (old.Content.Span.SequenceEqual(@new.Content.Span)) return [];
        var diff = new Differ().CreateDiffs(
            Encoding.Latin1.GetString(old.Content.Span), Encoding.Latin1.GetString(@new.Content.Span), false, false, ByteLines.Instance);
        var (before, after) = (new Lines(diff.PiecesOld), new Lines(diff.PiecesNew));
        return diff.DiffBlocks.SelectMany(block => Split(block, before, after, @new.Path)).Select(cut => OfCut(cut.Cut, cut.Clause, before, after, @new.Path));
    }

    private static Hunk OfCut(TextCut cut, int clause, Lines before, Lines after, string path)
    {
        var (oldStart, oldCount) = before.Touched(cut.OldFrom, cut.OldLength);
        var (newStart, newCount) = after.Touched(cut.NewFrom, cut.NewLength);
        return new Hunk(
            0, 0, path, HunkKind.Lines, oldStart, oldCount, newStart, newCount, before.Readable(cut.OldFrom, cut.OldLength), after.Readable(cut.NewFrom, cut.NewLength))
        {
            Cut = cut,
            Clause = clause,
        };
    }

    private static IEnumerable<(TextCut Cut, int Clause)> Split(DiffBlock block, Lines before, Lines after, string path)
    {
        string[] removed = [.. before.Pieces.Skip(block.DeleteStartA).Take(block.DeleteCountA)], added = [.. after.Pieces.Skip(block.InsertStartB).Take(block.InsertCountB)];
        var (oldFrom, newFrom) = (before.StartOf(block.DeleteStartA), after.StartOf(block.InsertStartB));
        if (IsProse(path) && removed.Length <= LongestSplit && added.Length <= LongestSplit)
        {
            string[] gone = [.. Clauses.Of(string.Concat(removed))], come = [.. Clauses.Of(string.Concat(added))];
            if (gone.Length <= MostClauses && come.Length <= MostClauses && !(gone.SequenceEqual(removed) && come.SequenceEqual(added)))
                return Cuts(gone, come, LineLikeness.Align(gone, come), oldFrom, newFrom).Select((cut, i) => (cut, i + 1));
        }
        return Cuts(removed, added, Steps(removed, added, path), oldFrom, newFrom).Select(cut => (cut, 0));
    }

    /// <summary>Of steps over pieces that join to the two sides of a block; a piece that stands on both sides as it is is no change.</summary>
    private static IEnumerable<TextCut> Cuts(
        string[] removed, string[] added, IEnumerable<(int Removed, int RemovedCount, int Added, int AddedCount)> steps, int oldFrom, int newFrom)
    {
        foreach (var step in steps)
        {
            var gone = removed.AsSpan(step.Removed, step.RemovedCount);
            var come = added.AsSpan(step.Added, step.AddedCount);
            if (gone.SequenceEqual(come)) continue;
            yield return new TextCut(
                oldFrom + Length(removed.AsSpan(0, step.Removed)), Length(gone), newFrom + Length(added.AsSpan(0, step.Added)), Length(come));
        }

        static int Length(ReadOnlySpan<string> pieces)
        {
            var length = 0;
            foreach (var piece in pieces) length += piece.Length;
            return length;
        }
    }

    /// <summary>Which removed lines stand for which added ones.</summary>
    private static IEnumerable<(int Removed, int RemovedCount, int Added, int AddedCount)> Steps(string[] removed, string[] added, string path)
    {
        if (removed.Length > LongestSplit || added.Length > LongestSplit) return [(0, removed.Length, 0, added.Length)];
        var lineWise = IsProse(path) || Records.Contains(Path.GetExtension(path));
        if (removed.Length == added.Length && removed.Zip(added).All(pair => LineLikeness.Resemble(pair.First, pair.Second)))
            return Runs(removed, added, oneByOne: lineWise).Select(run => (run.Start, run.Count, run.Start, run.Count));
        return lineWise ? LineLikeness.Align(removed, added) : [(0, removed.Length, 0, added.Length)];
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
        var lines = new Lines(ByteLines.Split(Encoding.Latin1.GetString(side.Content.Span)));
        return lines.Readable(0, side.Content.Length);
    }

    /// <summary>What stands for content that cannot be read line by line; other content, other words.</summary>
    private static string Described(FileSide side) => side.Mode switch
    {
        "160000" => $"submodule at {Encoding.ASCII.GetString(side.Content.Span)}",
        "120000" => $"link to {Encoding.UTF8.GetString(side.Content.Span)}",
        _ => $"{side.Content.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(side.Content.Span))}",
    };

    private static bool IsFile(FileSide side) => side.Mode is "100644" or "100755";

    // As git tells: a NUL among the first 8000 bytes is no text.
    private static bool IsText(FileSide side) =>
        IsFile(side) && side.Content.Length <= LargestText && !side.Content.Span[..Math.Min(8000, side.Content.Length)].Contains((byte)0);

    /// <summary>The lines of one side, one byte a char, and where each begins.</summary>
    private sealed class Lines
    {
        private readonly int[] _starts;

        public Lines(IReadOnlyList<string> pieces)
        {
            Pieces = pieces;
            _starts = new int[pieces.Count + 1];
            for (var i = 0; i < pieces.Count; i++) _starts[i + 1] = _starts[i] + pieces[i].Length;
        }

        /// <summary>With their ends.</summary>
        public IReadOnlyList<string> Pieces { get; }

        public int StartOf(int line) => _starts[line];

        /// <summary>Lines that a range of bytes touches; of an empty range none, after those before it.</summary>
        public (int Start, int Count) Touched(int from, int length)
        {
            if (length == 0) return (LineAt(from - 1) + 1, 0);
            var first = LineAt(from);
            return (first, LineAt(from + length - 1) - first + 1);
        }

        public List<string> Readable(int from, int length)
        {
            List<string> read = [];
            var (first, count) = Touched(from, length);
            for (var line = first; line < first + count; line++)
            {
                var (start, end) = (Math.Max(from, _starts[line]), Math.Min(from + length, _starts[line + 1]));
                read.Add(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(Pieces[line][(start - _starts[line])..(end - _starts[line])])).TrimEnd('\r', '\n'));
            }
            return read;
        }

        private int LineAt(int at)
        {
            var found = Array.BinarySearch(_starts, at);
            return found >= 0 ? found : ~found - 1;
        }
    }

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
