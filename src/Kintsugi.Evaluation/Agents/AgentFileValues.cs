using System.Globalization;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads values out of a map that has been held against its shape.</summary>
internal static class AgentFileValues
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static string? Text(this AgentFileMap map, string key) => (map[key] as AgentFileScalar)?.Text;

    public static double? Number(this AgentFileMap map, string key) => (map[key] as AgentFileScalar)?.Number;

    public static int? Whole(this AgentFileMap map, string key) => (int?)map.Number(key);

    public static bool? Flag(this AgentFileMap map, string key) => (map[key] as AgentFileScalar)?.Flag;

    /// <summary>A list, or the one value that stands for it; empty when the key is absent.</summary>
    public static IReadOnlyList<string> List(this AgentFileMap map, string key) => map[key] switch
    {
        null => [],
        AgentFileList list => [.. list.Items.Cast<AgentFileScalar>().Select(i => i.Text)],
        var one => [((AgentFileScalar)one).Text],
    };

    public static IReadOnlyDictionary<string, string> Texts(this AgentFileMap map, string key) =>
        (map[key] as AgentFileMap)?.Entries.ToDictionary(e => e.Key, e => ((AgentFileScalar)e.Value).Text) ?? [];

    /// <exception cref="BadFileException">It is zero, or longer than a day.</exception>
    public static TimeSpan? Duration(this AgentFileMap map, string key, string file)
    {
        if (map.Text(key) is not { } text) return null;
        var unit = text.TrimStart("0123456789.".ToCharArray());
        var seconds = double.Parse(text[..^unit.Length], CultureInfo.InvariantCulture) * unit switch { "ms" => 0.001, "s" => 1, "m" => 60, _ => 3600 };
        return seconds > 0 && seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new BadFileException(file, map[key]!.Line, $"'{key}' is {text}. Write a duration above zero and at most 24h.");
    }

    /// <exception cref="BadFileException">It is less than 16 MiB (nothing starts in that) or more than 1 TiB.</exception>
    public static long? SizeBytes(this AgentFileMap map, string key, string file)
    {
        if (map.Text(key) is not { } text) return null;
        var unit = text.TrimStart("0123456789".ToCharArray());
        var bytes = long.Parse(text[..^unit.Length], CultureInfo.InvariantCulture) << unit switch { "B" => 0, "KiB" => 10, "MiB" => 20, _ => 30 };
        return bytes is >= 16L << 20 and <= 1L << 40
            ? bytes
            : throw new BadFileException(file, map[key]!.Line, $"'{key}' is {text}. Write a size of at least 16MiB and at most 1024GiB.");
    }
}
