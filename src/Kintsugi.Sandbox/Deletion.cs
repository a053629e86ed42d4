using System.ComponentModel;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>Removes directories that hostile code may have filled: unreadable, or deeper than a path may be long.</summary>
public static class Deletion
{
    /// <summary>Removes a directory and all in it, never following a link. One that is not there is no error.</summary>
    /// <exception cref="IOException">Something in it cannot be removed.</exception>
    public static void Delete(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // ArgumentException is how .NET reports a path that has grown too long.
            if (!Directory.Exists(directory))
                return;

            // chmod and rm walk by descriptor, so no path is ever too long for them.
            Run("/bin/chmod", "-R", "u+rwx", "--", directory);
            Run("/bin/rm", "-rf", "--", directory);
            if (Directory.Exists(directory))
                throw new IOException($"{directory} cannot be removed: {error.Message} Remove it by hand.", error);
        }
    }

    private static void Run(params string[] command)
    {
        try
        {
            using var process = Launcher.StartAsync(new LaunchPlan(command, [], new Dictionary<int, Microsoft.Win32.SafeHandles.SafeFileHandle>())).GetAwaiter().GetResult();
            process.Input.Dispose();
            process.Output.Dispose();
            process.Error.Dispose(); // what they complain of shows in whether the directory is still there
            process.Ended.GetAwaiter().GetResult();
        }
        catch (Win32Exception error)
        {
            throw new IOException($"{command[0]} cannot be run: {error.Message}", error);
        }
    }
}
