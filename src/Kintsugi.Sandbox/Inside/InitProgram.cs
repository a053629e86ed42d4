namespace Kintsugi.Sandbox.Inside;

/// <summary>The native program that is PID 1 of a sandbox; it lies beside the product's own.</summary>
internal static class InitProgram
{
    public const string Name = "kintsugi-init";

    /// <summary>Copies it to where the sandbox's user can run it, whatever the mode of the directories that the product lies in.</summary>
    /// <returns>Absolute path of the copy.</returns>
    /// <exception cref="SandboxUnavailableException">This build of the product has none.</exception>
    public static string CopyTo(string directory, string tier)
    {
        var carried = Path.Combine(AppContext.BaseDirectory, Name);
        if (!File.Exists(carried))
            throw new SandboxUnavailableException(tier, $"{carried} is missing: it is built on Linux (x64, arm64) with gcc; build or install kintsugi again.");
        var path = Path.Combine(directory, Name);
        File.Copy(carried, path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return path;
    }
}
