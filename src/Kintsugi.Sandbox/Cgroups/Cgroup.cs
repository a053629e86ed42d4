using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Cgroups;

/// <summary>The kernel's account of one sandbox: one directory for each hierarchy that has a controller we need.</summary>
internal sealed class Cgroup : IAsyncDisposable
{
    /// <summary>The last process's exit and its leaving the cgroup are not one moment.</summary>
    private const int MostRemovals = 500;

    private static readonly TimeSpan BetweenRemovals = TimeSpan.FromMilliseconds(1);

    private readonly IReadOnlyList<string> _directories;
    private readonly SandboxLimits _limits;

    /// <param name="directories">Made by the caller, limits set.</param>
    public Cgroup(IReadOnlyList<string> directories, SandboxLimits limits)
    {
        _directories = directories;
        _limits = limits;
        Join = [.. directories.Select(directory => File.OpenHandle(Path.Combine(directory, "cgroup.procs"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))];
    }

    /// <summary>Open files by which a process puts itself in: it needs no permission of its own.</summary>
    public IReadOnlyList<SafeFileHandle> Join { get; }

    /// <summary>Whether a process could not be started for want of room.</summary>
    public bool RanIntoProcesses => Count("pids.events", "max") > 0;

    /// <returns>The limit for which the kernel killed something in it; null if it did not.</returns>
    public string? Exceeded() =>
        Count("memory.events", "oom_kill") > 0 || Count("memory.oom_control", "oom_kill") > 0 ? LimitWords.Memory(_limits.MemoryBytes) : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var join in Join)
            join.Dispose();
        await RemoveAsync(_directories);
    }

    /// <summary>Removes cgroups whose processes have ended, in this order.</summary>
    public static async Task RemoveAsync(IReadOnlyList<string> directories)
    {
        for (var i = 0; i < MostRemovals && !directories.Aggregate(true, (all, directory) => TryRemove(directory) && all); i++)
            await Task.Delay(BetweenRemovals);
    }

    /// <returns>Whether it is gone.</returns>
    public static bool TryRemove(string directory)
    {
        try
        {
            Directory.Delete(directory);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // something is still in it; what is left in the end is removed at the next start
        }
    }

    private long Count(string file, string key)
    {
        foreach (var path in _directories.Select(directory => Path.Combine(directory, file)).Where(File.Exists))
        {
            foreach (var line in File.ReadLines(path))
            {
                if (line.StartsWith(key + " ", StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(key.Length + 1), CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }
}
