namespace Kintsugi.Healing.Review;

/// <summary>Words of command lines that a person is shown to copy: paths and names are a stranger's.</summary>
public static class ShellWord
{
    /// <summary>The word as a POSIX shell reads it back; unchanged when it is plain.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_./-+=:,@%".Contains(c, StringComparison.Ordinal)) && word[0] != '-'
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A relative path likewise, and never an option; `.` where it is empty.</summary>
    public static string Path(string path) => Quote(path.Length == 0 ? "." : path[0] == '-' ? $"./{path}" : path);
}
