using System.ComponentModel;
using System.Runtime.InteropServices;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>Marks in a layer that hide what a lower layer holds of the same name, as overlayfs knows them: a character device of number 0, 0.</summary>
public static class Whiteouts
{
    private const uint CharacterDevice = 0x2000;

    /// <param name="path">Where it stands in the layer; its directory must exist.</param>
    /// <exception cref="IOException">The file system cannot hold one.</exception>
    public static void Make(string path)
    {
        if (LibC.MakeNode(path, CharacterDevice, 0) < 0)
            throw new IOException($"{path} cannot be marked as deleted: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}. Put the work directory on a local file system.");
    }

    /// <summary>Whether such a mark stands at a path.</summary>
    public static bool IsOne(string path) => FileStatus.Of(path) is { IsWhiteout: true };

    /// <summary>The whiteouts of a layer that is our own.</summary>
    /// <returns>Paths relative to the layer.</returns>
    internal static IEnumerable<string> In(string layer) =>
        Directory.EnumerateFileSystemEntries(layer, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
            .Where(IsOne)
            .Select(path => Path.GetRelativePath(layer, path));
}
