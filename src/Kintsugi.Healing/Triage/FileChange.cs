namespace Kintsugi.Healing.Triage;

/// <summary>A file on one side of the net diff.</summary>
/// <param name="Path">Relative to the repository's top, with '/'.</param>
/// <param name="Mode">100644, 100755, 120000 or 160000.</param>
/// <param name="Content">Its bytes; of a symbolic link the target, of a submodule the commit's id.</param>
public sealed record FileSide(string Path, string Mode, ReadOnlyMemory<byte> Content);

/// <summary>One changed file between base and head: added when <paramref name="Old"/> is null, deleted when <paramref name="New"/> is, renamed when the paths
/// differ. At least one side is given, and no path is the old or the new side of two changes.</summary>
public sealed record FileChange(FileSide? Old, FileSide? New);

/// <summary>What kind of step a hunk is. Stored: only ever appended to.</summary>
public enum HunkKind
{
    Lines = 0,
    Add = 1,
    Delete = 2,
    Rename = 3,
    Mode = 4,

    /// <summary>Content that is taken or left as a whole: not text, too large to take apart, or of another file type than before.</summary>
    Binary = 5,
}

/// <summary>The smallest step of the net diff that can be put back by itself.</summary>
/// <param name="Index">Its number in the diff, from 0.</param>
/// <param name="Change">Index of its <see cref="FileChange"/>.</param>
/// <param name="File">Path at head, or at base when head has none.</param>
/// <param name="OldStart">First line of the old side, from 0; of a kind other than lines 0, as the three that follow.</param>
/// <param name="OldCount">Lines of the old side that it touches.</param>
/// <param name="Removed">What went, by lines, for people to read (UTF-8, invalid bytes replaced), without their ends.</param>
public sealed record Hunk(
    int Index, int Change, string File, HunkKind Kind, int OldStart, int OldCount, int NewStart, int NewCount,
    IReadOnlyList<string> Removed, IReadOnlyList<string> Added)
{
    /// <summary>What is spliced; of a kind other than lines nothing.</summary>
    public TextCut Cut { get; init; }

    /// <summary>Its number, from 1, among the clauses that one block of lines was taken apart into; 0 where it is whole lines.</summary>
    public int Clause { get; init; }

    /// <summary>As a unified diff heads it (`@@ -3,1 +3,2 @@`), or the kind and what it does.</summary>
    public string Header => Kind switch
    {
        HunkKind.Lines => $"@@ -{Range(OldStart, OldCount)} +{Range(NewStart, NewCount)} @@{(Clause > 0 ? $" clause {Clause}" : "")}",
        HunkKind.Add => "added",
        HunkKind.Delete => "deleted",
        HunkKind.Rename => $"renamed from {string.Concat(Removed)}",
        HunkKind.Mode => $"mode {string.Concat(Removed)} to {string.Concat(Added)}",
        _ => "content replaced",
    };

    // An empty range names the line before it, as in every unified diff.
    private static string Range(int start, int count) => $"{(count == 0 ? start : start + 1)},{count}";
}

/// <summary>Bytes of the old side that stand for bytes of the new one, both from the beginning of the file.</summary>
public readonly record struct TextCut(int OldFrom, int OldLength, int NewFrom, int NewLength);
