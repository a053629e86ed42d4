namespace Kintsugi.Evaluation;

/// <summary>Guesses which known word a person meant.</summary>
internal static class Spelling
{
    private const int LongestWord = 64; // the distance is quadratic, and nobody mistypes a longer word into one of ours

    /// <summary>The sentence that tells what to write instead of <paramref name="word"/>.</summary>
    public static string Remedy(string word, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0) return "Remove it.";
        var nearest = known.MinBy(k => Distance(word, k))!;
        return word.Length <= LongestWord && Distance(word, nearest) <= Math.Max(2, nearest.Length / 2)
            ? $"Did you mean '{nearest}'?"
            : $"The nearest known one is '{nearest}'; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
    }

    /// <summary>Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > LongestWord) a = a[..LongestWord];
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
