using System.Text;
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

        var lines = hunks.Where(h => h.Kind == HunkKind.Lines && drop.Contains(h.Index)).OrderBy(h => h.NewStart).ThenBy(h => h.OldStart).ToList();
        return lines.Count == 0 ? side : side with { Content = Splice(old, @new, lines) };
    }

    private static byte[] Splice(FileSide old, FileSide @new, List<Hunk> drop)
    {
        var before = Hunks.Lines(old.Content);
        var after = Hunks.Lines(@new.Content);
        var pieces = new List<string>();
        var at = 0;
        foreach (var hunk in drop)
        {
            pieces.AddRange(after[at..hunk.NewStart]);
            pieces.AddRange(before[hunk.OldStart..(hunk.OldStart + hunk.OldCount)]);
            at = hunk.NewStart + hunk.NewCount;
        }

        pieces.AddRange(after[at..]);
        return Encoding.Latin1.GetBytes(EndInner(pieces));
    }

    // Only the last line of a file may lack its line feed. Where a hunk put another line after such a line, it gets one, or the two would run together.
    private static string EndInner(List<string> pieces)
    {
        var text = new StringBuilder();
        for (var i = 0; i < pieces.Count; i++)
        {
            text.Append(pieces[i]);
            if (i < pieces.Count - 1 && !pieces[i].EndsWith('\n')) text.Append('\n');
        }

        return text.ToString();
    }

    private static bool IsFile(FileSide side) => side.Mode is "100644" or "100755";

    private static IEnumerable<string> Parents(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1)) yield return path[..slash];
    }
}
