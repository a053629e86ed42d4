namespace Kintsugi.Models.Routing;

/// <summary>The known name that a misspelt one most likely stands for.</summary>
public static class Nearest
{
    private const int LongestName = 64; // the distance is quadratic, and nobody mistypes a longer name into a known one

    /// <returns>The name at the least <see cref="Distance"/>, the first of equals; null when none is known.</returns>
    public static string? To(string name, IEnumerable<string> known) => known.MinBy(k => Distance(name, k));

    /// <summary>Optimal string alignment distance, without regard to case: insertions, deletions, replacements and swaps of neighbours. Beyond 64 characters it does not look.</summary>
    public static int Distance(string a, string b)
    {
        if (a.Length > LongestName) a = a[..LongestName];
        if (b.Length > LongestName) b = b[..LongestName];
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = rows[i - 1, j - 1] + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                var best = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        return rows[a.Length, b.Length];
    }
}
