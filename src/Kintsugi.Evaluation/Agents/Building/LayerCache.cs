using Kintsugi.Sandbox;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Layers on disk, each made once for all processes of this user: finished, or not there.</summary>
/// <param name="directory">Holds a directory and a lock for each key. Layers may be deleted while nothing runs.</param>
public sealed class LayerCache(string directory, TimeProvider clock)
{
    /// <summary>Names another directory for the user's cache.</summary>
    public const string Variable = "KINTSUGI_CACHE";

    private const string LockSuffix = ".lock";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20); // a build has 15
    private static readonly TimeSpan Unused = TimeSpan.FromDays(30);

    /// <summary>Where this user's layers are kept.</summary>
    /// <returns>Null when the user has no home to keep them in.</returns>
    public static string? DefaultDirectory(Func<string, string?> environment)
    {
        if (environment(Variable) is { Length: > 0 } chosen) return Path.Combine(Path.GetFullPath(chosen), "layers");
        if (Environment.IsPrivilegedProcess) return "/var/cache/kintsugi/layers"; // root's home is closed to the user that sandboxes run as
        if (environment("XDG_CACHE_HOME") is { } cache && Path.IsPathRooted(cache)) return Path.Combine(cache, "kintsugi", "layers");
        return environment("HOME") is { } home && Directory.Exists(home) ? Path.Combine(home, ".cache", "kintsugi", "layers") : null;
    }

    /// <summary>The layer of that key, or null.</summary>
    public string? Find(string key) => Directory.Exists(Place(key)) ? Place(key) : null;

    /// <summary>The layer of that key; made, if need be, by one process while the others wait.</summary>
    /// <param name="make">Makes and fills the directory of that path; false when it could not, and nothing shall be kept.</param>
    /// <returns>Null when <paramref name="make"/> could not.</returns>
    /// <exception cref="IOException">The place cannot be written, or another process has held the lock for too long.</exception>
    public async Task<string?> GetAsync(string key, Func<string, Task<bool>> make, CancellationToken cancellationToken)
    {
        MakeDirectory(directory);
        await using var @lock = await LockAsync(LockOf(key), cancellationToken);
        File.SetLastWriteTimeUtc(LockOf(key), clock.GetUtcNow().UtcDateTime); // the lock's age tells when its layer was last wanted
        if (Find(key) is { } found) return found;
        RemoveUnfinished(key);
        var made = Path.Combine(directory, $"{key}.{Guid.NewGuid():N}.part");
        try
        {
            if (!await make(made)) return null;
            Directory.Move(made, Place(key));
            RemoveUnused();
            return Place(key);
        }
        finally
        {
            if (Directory.Exists(made)) Deletion.Delete(made);
        }
    }

    private string Place(string key) => Path.Combine(directory, key);

    private string LockOf(string key) => Place(key) + LockSuffix;

    private void RemoveUnused()
    {
        foreach (var file in Directory.EnumerateFiles(directory, "*" + LockSuffix))
        {
            if (TryLock(file) is not { } @lock) continue;
            using (@lock)
            {
                RemoveUnfinished(Path.GetFileName(file)[..^LockSuffix.Length]);
                if (clock.GetUtcNow() - File.GetLastWriteTimeUtc(file) >= Unused) Deletion.Delete(file[..^LockSuffix.Length]); // the lock itself stays: whoever waits for it must wait for the same file
            }
        }
    }

    /// <summary>Removes what a process left that was killed while it made the layer. The caller holds the key's lock, so its maker is gone.</summary>
    private void RemoveUnfinished(string key)
    {
        foreach (var unfinished in Directory.EnumerateDirectories(directory, key + ".*.part*")) Deletion.Delete(unfinished);
    }

    private static FileStream? TryLock(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(file))
        {
            return null; // another process is at work on it
        }
    }

    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Environment.IsPrivilegedProcess ? Passable : Private);
    }

    private async Task<FileStream> LockAsync(string file, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            if (TryLock(file) is { } @lock) return @lock;
            if (clock.GetElapsedTime(began) > Longest) throw new IOException($"{file} has been locked by another process for {Longest.TotalMinutes:0} minutes. End that process.");
            await Task.Delay(Between, clock, cancellationToken);
        }
    }
}
