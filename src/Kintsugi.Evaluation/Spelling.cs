using Kintsugi.Models.Routing;

namespace Kintsugi.Evaluation;

/// <summary>Guesses which known word a person meant.</summary>
internal static class Spelling
{
    private const int LongestWord = 64; // nobody mistypes a longer word into one of ours

    /// <summary>The sentence that tells what to write instead of <paramref name="word"/>.</summary>
    public static string Remedy(string word, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0) return "Remove it.";
        var nearest = Nearest.To(word, known)!;
        return word.Length <= LongestWord && Nearest.Distance(word, nearest) <= Math.Max(2, nearest.Length / 2)
            ? $"Did you mean '{nearest}'?"
            : $"The nearest known one is '{nearest}'; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
    }
}
