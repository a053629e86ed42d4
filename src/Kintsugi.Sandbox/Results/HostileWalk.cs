using System.Runtime.InteropServices;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Results;

/// <summary>One walk through an overlay's upper directory, from descriptor to descriptor: no path is followed, so none can be too long or lead out.</summary>
internal sealed class HostileWalk(HostileBounds bounds)
{
    // As an overlay writes them that was mounted with `userxattr`.
    private const string Opaque = "user.overlay.opaque", Whiteout = "user.overlay.whiteout", Redirect = "user.overlay.redirect", MetadataOnly = "user.overlay.metacopy";

    private readonly List<HostileEntry> _entries = [];
    private int _names;
    private long _bytes;

    public HostileListing List(SafeFileHandle top)
    {
        var refusal = Enter(top, "", 0);
        return refusal is null
            ? new HostileListing([.. _entries.OrderBy(e => e.Path, StringComparer.Ordinal)], null)
            : new HostileListing([], refusal);
    }

    /// <returns>Why the whole walk is refused; null to go on.</returns>
    private string? Enter(SafeFileHandle directory, string path, int depth)
    {
        if (depth > bounds.Depth)
            return $"Its directories are more than {bounds.Depth} deep.";
        if (Attribute(directory, Redirect) is not null)
        {
            Add(path, HostileEntryKind.Other);
            return null;
        }

        if (Attribute(directory, Opaque) is [(byte)'y'])
            Add(path, HostileEntryKind.Emptied);
        List<byte[]> names = [];
        if (!TryReadNames(directory, names))
            return $"It holds more than {bounds.Entries} entries.";
        foreach (var name in names)
        {
            if (EntryName.Text(name) is not { } text)
                return $"A name in '{path}' is not valid UTF-8.";
            if (Visit(directory, name, path.Length == 0 ? text : $"{path}/{text}", depth) is { } refusal)
                return refusal;
        }

        return null;
    }

    private string? Visit(SafeFileHandle directory, byte[] name, string path, int depth)
    {
        if (FileStatus.Of(directory, name) is not { } status)
            return null; // gone by now
        if (!status.IsDirectory && !status.IsRegular)
        {
            Add(path, status.IsLink ? HostileEntryKind.SymbolicLink : status.IsWhiteout ? HostileEntryKind.Deleted : HostileEntryKind.Other);
            return null;
        }

        using var opened = Beneath.Open(directory, name, status.IsDirectory ? Beneath.ToList : Beneath.ToRead, out _);
        if (opened is null)
        {
            Add(path, HostileEntryKind.Other);
            return null;
        }

        return status.IsDirectory ? Enter(opened, path, depth + 1) : AddFile(opened, path);
    }

    private string? AddFile(SafeFileHandle file, string path)
    {
        var status = FileStatus.Of(file); // of what was opened, which may be another file than before
        if (!status.IsRegular || Attribute(file, Redirect) is not null || Attribute(file, MetadataOnly) is not null)
            Add(path, HostileEntryKind.Other);
        else if (status.SizeBytes == 0 && Attribute(file, Whiteout) is not null)
            Add(path, HostileEntryKind.Deleted);
        else
            _entries.Add(new HostileEntry(path, HostileEntryKind.File, status.SizeBytes, status.IsExecutable));

        // A file may claim to be as large as a long can say.
        _bytes += Math.Min(status.SizeBytes, bounds.Bytes + 1);
        return _bytes > bounds.Bytes ? $"Its files are larger than {bounds.Bytes} bytes together." : null;
    }

    private void Add(string path, HostileEntryKind kind) => _entries.Add(new HostileEntry(path, kind, 0, Executable: false));

    /// <returns>The value; empty when it is longer than any that means something here, null when there is none.</returns>
    private static unsafe byte[]? Attribute(SafeFileHandle file, string name)
    {
        const int noData = 61, tooLong = 34, notSupported = 95;
        var value = stackalloc byte[16];
        var length = LibC.Attribute((int)file.DangerousGetHandle(), name, value, 16);
        if (length >= 0)
            return new ReadOnlySpan<byte>(value, (int)length).ToArray();
        return Marshal.GetLastPInvokeError() switch
        {
            noData or notSupported => null,
            tooLong => [],
            var error => throw new IOException($"fgetxattr failed: {Marshal.GetPInvokeErrorMessage(error)}"),
        };
    }

    /// <param name="names">Takes the names, each with a NUL at its end.</param>
    /// <returns>False when there are more than may be looked at.</returns>
    private unsafe bool TryReadNames(SafeFileHandle directory, List<byte[]> names)
    {
        const int nameOffset = 19; // struct dirent of 64-bit Linux
        var copy = LibC.Control((int)directory.DangerousGetHandle(), LibC.DuplicateCloseOnExec, 0); // closedir takes its descriptor along
        var listing = copy < 0 ? 0 : LibC.OpenListing(copy);
        if (listing == 0)
            throw new IOException($"fdopendir failed: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            while (true)
            {
                var entry = LibC.NextEntry(listing);
                if (entry is null) // the end, also of a directory that was removed meanwhile
                    return Marshal.GetLastPInvokeError() is 0 or Beneath.NotThere ? true : throw new IOException($"readdir failed: {Marshal.GetLastPInvokeErrorMessage()}");
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + nameOffset);
                if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                    continue;
                if (++_names > bounds.Entries)
                    return false;
                names.Add([.. name, 0]);
            }
        }
        finally
        {
            _ = LibC.CloseListing(listing); // fails for no descriptor that readdir could read
        }
    }
}
