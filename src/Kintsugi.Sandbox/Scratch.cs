using System.Globalization;
using System.Security.Cryptography;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>A work directory of this process alone, gone when disposed; what a killed process left is removed by the next.</summary>
/// <remarks>
/// As root the directory can be passed through (0711) since sandboxed commands run as another user; its name is unguessable.
/// Beside it lies a file, locked for as long as the owner lives: a free lock marks what was left behind.
/// </remarks>
public sealed class Scratch : IDisposable
{
    private const string DefaultParent = "/var/tmp";
    private const string LockSuffix = ".lock";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private Scratch(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <param name="parent">Where to make it; null for /var/tmp, which every user of the machine can pass through.</param>
    /// <exception cref="IOException">The parent cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The parent may not be written.</exception>
    public static Scratch Create(string? parent = null)
    {
        var home = System.IO.Path.GetFullPath(parent ?? DefaultParent);
        System.IO.Directory.CreateDirectory(home);
        var prefix = string.Create(CultureInfo.InvariantCulture, $"kintsugi-{LibC.EffectiveUser()}-");
        RemoveLeftovers(home, prefix);

        while (true)
        {
            var path = System.IO.Path.Combine(home, prefix + RandomNumberGenerator.GetHexString(24, lowercase: true));
            if (TryLock(path + LockSuffix, FileMode.CreateNew) is not { } @lock)
                continue; // another process took the new file for a leftover before it was locked
            System.IO.Directory.CreateDirectory(path, SandboxUser.DropTo is null ? Private : Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            return new Scratch(path, @lock);
        }
    }

    /// <summary>A directory of that name inside, made if need be, which the sandbox's user can read.</summary>
    /// <param name="name">One path component, or several parted by '/'.</param>
    public string Directory(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        System.IO.Directory.CreateDirectory(path, Readable);
        return path;
    }

    public void Dispose()
    {
        Deletion.Delete(Path);
        File.Delete(_lock.Name);
        _lock.Dispose();
    }

    /// <summary>The mode of directories inside: open to the sandbox's user, which is another one only when the product runs as root.</summary>
    internal static UnixFileMode Readable { get; } = SandboxUser.DropTo is null
        ? Private
        : Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static void RemoveLeftovers(string home, string prefix)
    {
        foreach (var file in System.IO.Directory.EnumerateFiles(home, prefix + "*" + LockSuffix))
        {
            var path = file[..^LockSuffix.Length];

            // In a shared directory anyone may make files of these names: only what is ours is touched.
            if (FileStatus.Of(file)?.Owner != LibC.EffectiveUser() || TryLock(file, FileMode.Open) is not { } @lock)
                continue;
            using (@lock)
            {
                if (FileStatus.Of(path)?.Owner == LibC.EffectiveUser())
                    Deletion.Delete(path);
                File.Delete(file);
            }
        }
    }

    private static FileStream? TryLock(string file, FileMode mode)
    {
        try
        {
            return new FileStream(file, new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = mode == FileMode.CreateNew ? UnixFileMode.UserRead | UnixFileMode.UserWrite : null,
            });
        }
        catch (IOException)
        {
            return null; // locked, or gone in the meantime: in both cases not ours to take
        }
    }
}
