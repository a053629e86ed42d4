using System.Text.RegularExpressions;

namespace Kintsugi.Healing.Repair;

/// <summary>The program that a command line of `repair.delegate` begins with.</summary>
public static partial class DelegateProgram
{
    /// <returns>Its name or path, behind variables that are set for it; null where only a shell can tell what it is.</returns>
    public static string? Of(string commandLine) => First().Match(commandLine) is { Success: true } match ? match.Groups["program"].Value : null;

    [GeneratedRegex("""^\s*([A-Za-z_]\w*=([^\s"'$`\\]*|'[^']*'|"[^"$`\\]*")\s+)*(?<program>[\w.+/-]+)(?=\s|$)""", RegexOptions.ExplicitCapture)]
    private static partial Regex First();
}
