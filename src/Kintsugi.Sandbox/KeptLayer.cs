
namespace Kintsugi.Sandbox;

/// <summary>A directory on disk that becomes the layer of what one command wrote.</summary>
internal static class KeptLayer
{
    private const string WorkSuffix = ".work";

    /// <summary>overlayfs's own directory, which must lie on the same file system.</summary>
    public static string WorkOf(string keep) => keep + WorkSuffix;

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

    /// <summary>Bytes that it takes on disk; links are not followed. It does not see files that are open but deleted, nor directories that are closed to this user.</summary>
    /// <returns><see cref="long.MaxValue"/> when it is too deep to be looked through, which no honest command makes it.</returns>
    public static long SizeOf(string keep)
    {
        try
        {
            return new DirectoryInfo(keep)
                .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true })
                .Sum(file => file.Length);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0; // looked at in the middle of a deletion: the next look will tell
        }
        catch (Exception error) when (error is IOException or ArgumentException)
        {
            return long.MaxValue; // .NET reports a path that has grown too long as either
        }
    }
}
