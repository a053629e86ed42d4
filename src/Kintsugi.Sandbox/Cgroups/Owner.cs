using System.Globalization;

namespace Kintsugi.Sandbox.Cgroups;

/// <summary>Who a cgroup belongs to: a process's number and the moment it started, since numbers are used again.</summary>
internal static class Owner
{
    public static string Current { get; } = NameOf(Environment.ProcessId)!;

    /// <param name="name">A name that ends in an owner.</param>
    public static bool Lives(string name) =>
        name.Split('-') is [.., var process, _] && int.TryParse(process, CultureInfo.InvariantCulture, out var number) && NameOf(number) is { } owner && name.EndsWith("-" + owner, StringComparison.Ordinal);

    private static string? NameOf(int process)
    {
        const int startTime = 22 - 3; // the 22nd field of /proc/PID/stat, counted from the third, which follows the program's name in brackets
        try
        {
            var status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return string.Create(CultureInfo.InvariantCulture, $"{process}-{status[(status.LastIndexOf(')') + 2)..].Split(' ')[startTime]}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // there is no such process
        }
    }
}
