using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Results;

/// <summary>What became of reading a file: its bytes or the reason why not.</summary>
/// <param name="Content">Null when it was refused.</param>
/// <param name="Refusal">What follows the file's name in a sentence; null when it was read.</param>
public sealed record HostileFile(ReadOnlyMemory<byte>? Content, string? Refusal);

/// <summary>A directory of the host that hostile code wrote or still writes: its files are read by descriptor, and never one from outside.</summary>
/// <remarks>
/// Only regular files count that have one name and belong to whoever owns the directory: a link, symbolic or hard, may lead to a file that
/// the sandbox could not read itself. What is read is what the file held while it was read; only ending the command first makes it stand still.
/// </remarks>
public sealed class HostileDirectory : IDisposable
{
    private const int Chunk = 1 << 16;

    private readonly SafeFileHandle _directory;
    private readonly string _path;
    private readonly uint _owner;

    private HostileDirectory(SafeFileHandle directory, string path)
    {
        _directory = directory;
        _path = path;
        _owner = FileStatus.Of(directory).Owner;
    }

    /// <param name="path">The host's own; its last part may be no symbolic link.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="PlatformNotSupportedException">The kernel has no openat2 (Linux 5.6), or a filter around this process forbids it.</exception>
    public static HostileDirectory Open(string path) => new(Beneath.OpenTop(path), path);

    /// <param name="relativePath">Parts parted by '/'; may be a stranger's.</param>
    /// <exception cref="DirectoryNotFoundException">The directory is gone.</exception>
    /// <exception cref="IOException">The host cannot read: no descriptors left, a broken disk.</exception>
    public HostileFile Read(string relativePath, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (EntryName.Of(relativePath) is not { } path)
            return Refused("is no name that a file can have");
        using var file = Beneath.Open(_directory, path, Beneath.ToRead, out var refusal);
        if (file is null)
        {
            ThrowIfGone();
            return Refused(refusal);
        }

        var status = FileStatus.Of(file);
        if (!status.IsRegular)
            return Refused("is no regular file");
        if (status.Owner != _owner)
            return Refused("belongs to another user than the directory");
        if (status.Links != 1)
            return Refused("has other names beside this one (hard links), maybe outside");
        return status.SizeBytes > maxBytes ? TooLarge(maxBytes) : ReadAll(file, maxBytes);
    }

    /// <summary>What an overlay's upper directory says has changed, by path.</summary>
    /// <exception cref="DirectoryNotFoundException">The directory is gone.</exception>
    /// <exception cref="IOException">The host cannot read: no descriptors left, a broken disk.</exception>
    public HostileListing List(HostileBounds bounds)
    {
        ThrowIfGone();
        using var top = Beneath.Open(_directory, ".\0"u8, Beneath.ToList, out var refusal); // with a position of its own
        return top is null ? new HostileListing([], $"The directory {refusal}.") : new HostileWalk(bounds).List(top);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The size was true a moment ago: what grows meanwhile is held to the same bound.</summary>
    private static HostileFile ReadAll(SafeFileHandle file, int maxBytes)
    {
        using var content = new MemoryStream();
        var chunk = new byte[Chunk];
        while (RandomAccess.Read(file, chunk, content.Length) is var read and > 0)
        {
            if (content.Length + read > maxBytes)
                return TooLarge(maxBytes);
            content.Write(chunk, 0, read);
        }

        return new HostileFile(content.ToArray(), null);
    }

    private static HostileFile TooLarge(int maxBytes) => Refused($"is larger than {maxBytes} bytes");

    private static HostileFile Refused(string reason) => new(null, reason);

    /// <summary>A directory that was removed still opens by its descriptor, but has no name any more.</summary>
    private void ThrowIfGone()
    {
        if (FileStatus.Of(_directory).Links == 0)
            throw new DirectoryNotFoundException($"{_path} was removed while it was read.");
    }
}
