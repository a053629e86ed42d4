namespace Kintsugi.Cli.Output;

/// <summary>Words of command lines that a person is shown to copy.</summary>
internal static class ShellWord
{
    /// <summary>The word as a POSIX shell reads it back; unchanged when it is plain.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_./-+=:,@%".Contains(c, StringComparison.Ordinal)) && word[0] != '-'
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
