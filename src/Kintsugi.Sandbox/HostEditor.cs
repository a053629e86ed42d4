using System.Diagnostics;

namespace Kintsugi.Sandbox;

/// <summary>The editor of the person at the terminal, as git starts it: `$VISUAL`, else `$EDITOR`, which may hold options.</summary>
/// <remarks>Their own program with their own rights on a file of ours: nothing here keeps it from anything. No word of a stranger reaches the command line.</remarks>
public static class HostEditor
{
    /// <param name="environment">Reads a variable.</param>
    /// <returns>Null where no editor is named.</returns>
    public static string? Of(Func<string, string?> environment) =>
        environment("VISUAL") is { Length: > 0 } visual ? visual : environment("EDITOR") is { Length: > 0 } editor ? editor : null;

    /// <summary>Opens <paramref name="file"/> on this terminal, and waits until it is closed.</summary>
    /// <returns>Whether the editor ended well.</returns>
    public static async Task<bool> EditAsync(string editor, string file, CancellationToken cancellationToken)
    {
        // Not by the launcher: what it starts is a group of its own, and a terminal stops a program in the background that reads from it.
#pragma warning disable RS0030
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{editor} \"$1\"", "sh", file]) { UseShellExecute = false })
            ?? throw new IOException($"The editor '{editor}' did not start. Set EDITOR to one that does.");
#pragma warning restore RS0030
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0;
    }
}
