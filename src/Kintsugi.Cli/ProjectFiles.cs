using System.Text;

namespace Kintsugi.Cli;

/// <summary>Looks through a project that may hold anything: bounded, no link is followed, nothing that others wrote into it by machine is read.</summary>
internal static class ProjectFiles
{
    public const int Most = 5000;
    private const int Deepest = 8;

    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        ".git", ".hg", ".svn", ".kintsugi", "node_modules", "bin", "obj", "venv", ".venv", "env", "__pycache__", "site-packages", "dist", "build", "target", ".tox", ".idea", ".vs",
    };

    /// <returns>Paths relative to <paramref name="root"/> with '/', those near the top first, and whether there were more than <see cref="Most"/>.</returns>
    public static (IReadOnlyList<string> Paths, bool Cut) In(string root, CancellationToken cancellationToken)
    {
        List<string> paths = [];
        Queue<(string Directory, int Depth)> waiting = new([(root, 0)]);
        while (waiting.TryDequeue(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in new DirectoryInfo(next.Directory).EnumerateFileSystemInfos("*", Looking))
            {
                if (paths.Count == Most) return (paths, true);
                if (entry is FileInfo) paths.Add(Path.GetRelativePath(root, entry.FullName).Replace('\\', '/'));
                else if (next.Depth < Deepest && entry.LinkTarget is null && !Skipped.Contains(entry.Name)) waiting.Enqueue((entry.FullName, next.Depth + 1));
            }
        }
        return (paths, false);
    }

    /// <summary>A plain file's text; null when it is larger than <paramref name="mostBytes"/>, a link, no UTF-8, or cannot be read.</summary>
    public static string? Read(string root, string path, int mostBytes)
    {
        var file = new FileInfo(Path.Combine(root, path));
        if (file.LinkTarget is not null || !file.Exists || file.Length > mostBytes || (file.Attributes & (FileAttributes.Normal | FileAttributes.ReadOnly | FileAttributes.Archive)) == 0) return null;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(file.FullName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            return null; // one file less to learn from
        }
    }

    private static readonly EnumerationOptions Looking = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Device };
}
