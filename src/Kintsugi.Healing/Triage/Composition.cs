using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Triage;

/// <summary>Puts hunks of a net diff back to their old side by exact splicing: no fuzz, no patch tool, every other byte as at head.</summary>
public static class Composition
{
    /// <param name="drop">Indices of <see cref="Hunks.Of"/> over the same changes.</param>
    /// <returns>Edits that turn head's tree into head without those hunks, only of files that differ from head; all hunks give base, none an empty list. Null when
    /// the rest cannot stand: two files would claim one path, or one file the directory of another.</returns>
    public static IReadOnlyList<TreeEdit>? Without(IReadOnlyList<FileChange> changes, IReadOnlyList<Hunk> hunks, IReadOnlySet<int> drop)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(hunks);
        ArgumentNullException.ThrowIfNull(drop);
        var byChange = hunks.ToLookup(h => h.Change);
        var composed = changes.Select((change, c) => Compose(change, byChange[c].ToList(), drop)).ToList();
        var standing = composed.OfType<FileSide>().Select(side => side.Path).ToHashSet(StringComparer.Ordinal);
        if (standing.Count < composed.Count(side => side is not null) || standing.Any(path => Parents(path).Any(standing.Contains))) return null;

        var edits = new List<TreeEdit>();
        for (var c = 0; c < changes.Count; c++)
        {
            var head = changes[c].New;
            if (head is not null && !standing.Contains(head.Path)) edits.Add(new TreeEdit(head.Path, head.Mode, null));
            if (composed[c] is { } side && (head is null || side.Path != head.Path || side.Mode != head.Mode || !side.Content.Span.SequenceEqual(head.Content.Span)))
                edits.Add(new TreeEdit(side.Path, side.Mode, side.Content));
        }

        return edits;
    }

    private static FileSide? Compose(FileChange change, List<Hunk> hunks, IReadOnlySet<int> drop)
    {
        if (hunks is [{ Kind: HunkKind.Add or HunkKind.Delete } whole]) return drop.Contains(whole.Index) ? change.Old : change.New;
        var (old, @new) = (change.Old!, change.New!);
        var side = @new;
        foreach (var hunk in hunks.Where(h => drop.Contains(h.Index)))
        {
            side = hunk.Kind switch
            {
                HunkKind.Rename => side with { Path = old.Path },
                HunkKind.Mode => side with { Mode = old.Mode },
                HunkKind.Binary => side with { Mode = IsFile(old) && IsFile(@new) ? side.Mode : old.Mode, Content = old.Content },
                _ => side,
            };
        }

        List<TextCut> cuts = [.. hunks.Where(h => h.Kind == HunkKind.Lines && drop.Contains(h.Index)).Select(h => h.Cut).OrderBy(c => c.NewFrom).ThenBy(c => c.OldFrom)];
        return cuts.Count == 0 ? side : side with { Content = Splice(old.Content, @new.Content, cuts) };
    }

    private static byte[] Splice(ReadOnlyMemory<byte> old, ReadOnlyMemory<byte> @new, List<TextCut> cuts)
    {
        using var text = new MemoryStream();
        var (at, lacksFeed, endsInSpace) = (0, false, false);
        foreach (var cut in cuts)
        {
            Append(@new, at, cut.NewFrom - at);
            Append(old, cut.OldFrom, cut.OldLength);
            at = cut.NewFrom + cut.NewLength;
        }

        Append(@new, at, @new.Length - at);
        return text.ToArray();

        // Only the last line of a file may lack its line feed. Where a hunk puts more after such a line, it gets one, or the two would run together;
        // unless what comes is a clause that stood within a line, and there is space before it.
        void Append(ReadOnlyMemory<byte> side, int from, int length)
        {
            if (length == 0) return;
            var isWithinLine = from > 0 && side.Span[from - 1] != '\n';
            if (lacksFeed && !(isWithinLine && endsInSpace)) text.WriteByte((byte)'\n');
            text.Write(side.Span.Slice(from, length));
            lacksFeed = from + length == side.Length && side.Span[^1] != '\n';
            endsInSpace = side.Span[from + length - 1] is (byte)' ' or (byte)'\t';
        }
    }

    private static bool IsFile(FileSide side) => side.Mode is "100644" or "100755";

    private static IEnumerable<string> Parents(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1)) yield return path[..slash];
    }
}
