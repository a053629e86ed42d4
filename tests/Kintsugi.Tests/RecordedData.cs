using System.Text.Json;

namespace Kintsugi.Tests;

/// <summary>Recorded data and reference vectors, which lie beside or above the repository in shared/data and are no part of it.</summary>
internal static class RecordedData
{
    /// <returns>The file's path; null where there is no such data.</returns>
    public static string? Find(string file)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, "shared", "data", file);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    /// <summary>The objects of a JSON array.</summary>
    public static IReadOnlyList<JsonElement> Elements(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. document.RootElement.EnumerateArray().Select(e => e.Clone())];
    }
}
