using System.IO.Enumeration;
using System.Runtime.InteropServices;
using Kintsugi.Init;
using Kintsugi.Sandbox.Results;

namespace Kintsugi.Sandbox;

/// <summary>A directory on disk that becomes the layer of what one command wrote.</summary>
internal static class KeptLayer
{
    /// <summary>overlayfs's own directory, which must lie on the same file system.</summary>
    public static string WorkOf(string keep) => keep + InitProtocol.WorkSuffix;

    /// <exception cref="ArgumentException">It holds something already.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Prepare(string keep)
    {
        if (Directory.Exists(keep) && Directory.EnumerateFileSystemEntries(keep).Any())
            throw new ArgumentException($"'{keep}' holds files already: keep writes in a new directory.", nameof(keep));
        foreach (var directory in (string[])[keep, WorkOf(keep)])
        {
            Directory.CreateDirectory(directory, Scratch.Readable);
            SandboxUser.Give(directory);
        }
    }

    /// <summary>Removes overlayfs's own directory once the command has ended.</summary>
    public static void Finish(string keep) => Deletion.Delete(WorkOf(keep));

    /// <summary>Bytes that it takes on disk; links are not followed. It does not see files that are open but deleted.</summary>
    /// <returns><see cref="long.MaxValue"/> when it is too deep to be looked through, or closed to this user in part: no honest command makes it so.</returns>
    public static long SizeOf(string keep)
    {
        var sizes = new FileSystemEnumerable<long>(
            keep,
            (ref FileSystemEntry entry) => Size(entry.ToFullPath()),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
        };
        try
        {
            return sizes.Sum();
        }
        catch (DirectoryNotFoundException)
        {
            return 0; // the layer itself is not there any more
        }
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException or OverflowException)
        {
            return long.MaxValue; // .NET reports a path that has grown too long as either of the first
        }
    }

    /// <summary>A file that was deleted meanwhile counts nothing: by an exception for it, a command could keep us from ever coming to the end.</summary>
    private static long Size(string file)
    {
        const int notADirectory = 20;
        if (FileStatus.Of(file) is { } status)
            return status.SizeBytes;
        return Marshal.GetLastPInvokeError() is Beneath.NotThere or notADirectory ? 0 : throw new IOException($"statx failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
