using System.Globalization;

namespace Kintsugi.Sandbox.Processes;

/// <summary>A process and everything that descends from it, read from /proc.</summary>
internal static class Descendants
{
    /// <summary>More than any limit on processes allows: a walk that a fork bomb cannot prolong.</summary>
    private const int Most = 4096;

    /// <returns>The process itself first. A snapshot: some may be gone, some new.</returns>
    public static IReadOnlyList<int> Of(int process)
    {
        var found = new List<int> { process };
        for (var next = 0; next < found.Count && found.Count < Most; next++)
            AddChildren(found[next], found);
        return found;
    }

    /// <summary>Resident memory of all of them, in bytes; a page shared by two counts twice where it is backed by a file.</summary>
    public static long ResidentBytes(IReadOnlyList<int> processes)
    {
        long pages = 0;
        foreach (var process in processes)
        {
            var fields = Read($"/proc/{Text(process)}/statm").Split(' ');
            if (fields.Length > 1)
                pages += long.Parse(fields[1], CultureInfo.InvariantCulture);
        }

        return pages * Environment.SystemPageSize;
    }

    /// <summary>As <see cref="ResidentBytes"/> without pages of files (programs, libraries), which the system can take back. Dearer to read.</summary>
    public static long OwnBytes(IReadOnlyList<int> processes)
    {
        long kibibytes = 0;
        foreach (var process in processes)
        {
            foreach (var line in Read($"/proc/{Text(process)}/status").Split('\n'))
            {
                if (line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssShmem:", StringComparison.Ordinal))
                    kibibytes += long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            }
        }

        return kibibytes * 1024;
    }

    private static void AddChildren(int process, List<int> found)
    {
        string[] threads;
        try
        {
            threads = Directory.GetDirectories($"/proc/{Text(process)}/task");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return; // it has ended
        }

        foreach (var thread in threads)
        {
            foreach (var child in Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                found.Add(int.Parse(child, CultureInfo.InvariantCulture));
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // it has ended
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
