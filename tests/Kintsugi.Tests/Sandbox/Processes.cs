using System.Globalization;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Tests.Sandbox;

/// <summary>The host's processes, by a mark in their command lines.</summary>
internal static class Processes
{
    public static int With(string mark) => Ids(mark).Count();

    public static IEnumerable<int> Ids(string mark) =>
        from path in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(path)
        where name.All(char.IsAsciiDigit) && Read($"{path}/cmdline").Contains(mark, StringComparison.Ordinal)
        select int.Parse(name, CultureInfo.InvariantCulture);

    public static string Name(int id) => Read($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/comm").Trim();

    /// <summary>Real, effective, saved and file system user, as the host counts them.</summary>
    public static IEnumerable<string> Users(int id) =>
        Read($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/status").Split('\n').First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t').Skip(1);

    public static void Kill(IEnumerable<int> ids)
    {
        foreach (var id in ids.ToList())
            _ = LibC.Kill(id, LibC.SignalKill);
    }

    /// <summary>Ends when there is no such process left. It looks again and again: processes that are not one's children tell nobody of their end.</summary>
    public static async Task EndedAsync(string mark, CancellationToken cancellationToken)
    {
        while (With(mark) > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
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
}
