namespace Kintsugi.Sandbox.Results;

/// <summary>How much of a hostile directory is looked at.</summary>
/// <param name="Entries">Names, of directories too.</param>
/// <param name="Depth">Directories below each other; each holds one descriptor open.</param>
/// <param name="Bytes">Of all files together.</param>
public sealed record HostileBounds(int Entries = 10_000, int Depth = 64, long Bytes = 64L << 20);

/// <summary>What an entry of an overlay's upper directory says.</summary>
public enum HostileEntryKind
{
    /// <summary>A regular file, new or changed. Whether it may be read, <see cref="HostileDirectory.Read"/> says.</summary>
    File,

    /// <summary>A whiteout: the file or directory of that path is gone.</summary>
    Deleted,

    /// <summary>An opaque directory: of what stood below that path before, only what is listed here is left.</summary>
    Emptied,

    SymbolicLink,

    /// <summary>A pipe, a socket, a device, a directory that cannot be opened, or an entry whose content the overlay keeps elsewhere.</summary>
    Other,
}

/// <param name="Path">Relative, parted by '/', of any characters a name can have.</param>
/// <param name="SizeBytes">Of a file; otherwise 0.</param>
public sealed record HostileEntry(string Path, HostileEntryKind Kind, long SizeBytes, bool Executable);

/// <summary>All that has changed, in order of paths, or why it cannot be said.</summary>
/// <param name="Entries">Empty when refused: a part of the changes is no change that anybody meant.</param>
/// <param name="Refusal">One sentence; null when all was listed.</param>
public sealed record HostileListing(IReadOnlyList<HostileEntry> Entries, string? Refusal);
