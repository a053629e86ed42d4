using System.Globalization;
using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Storage;

namespace Kintsugi.Healing.Repair;

/// <summary>Finds golden samples that a patch writes into the agent: an agent that knows the answers is not mended.</summary>
/// <remarks>
/// Texts are compared by letters and digits alone, so that quotes, escapes, case and line breaks hide nothing; another encoding or other words do.
/// What several families of samples have in common (a label, a preamble) is the task's vocabulary and may be written anywhere.
/// </remarks>
internal static class GoldCopies
{
    /// <summary>A shorter text (a name, a label) is found in code that copies nothing.</summary>
    private const int ShortestText = 24;

    /// <summary>So many letters and digits of a longer text, about eight words, are no coincidence.</summary>
    private const int LongestRun = 40;

    /// <summary>Letters and digits that are compared at once.</summary>
    private const int Gram = 16;

    private const int SharedByFamilies = 3;

    /// <summary>Shorter ids, and those of digits alone, are numbers and words of their own.</summary>
    private const int ShortestId = 6;

    /// <summary>Characters after a sample's id in which its target is looked for.</summary>
    private const int Nearby = 400;

    public static IEnumerable<PatchRefusal> Refusals(IReadOnlyList<PatchedFile> patch, IReadOnlyList<Sample> gold)
    {
        var before = string.Join('\n', patch.Select(f => Encoding.UTF8.GetString(f.Before.Span)));
        var known = GramsOf(before).ToHashSet();
        var files = patch.Where(f => f.New is not null).Select(f => (f.New!.Path, Text: Encoding.UTF8.GetString(f.After.Span)))
            .Select(f => (f.Path, f.Text, Added: GramsOf(f.Text).Where(g => !known.Contains(g)).ToHashSet())).ToList();
        var shared = Shared(gold, files.SelectMany(f => f.Added).ToHashSet());
        foreach (var (path, text, added) in files)
        {
            added.ExceptWith(shared);
            if (gold.FirstOrDefault(s => Texts(s).Any(t => IsCopied(t, added))) is { } copied)
                yield return new PatchRefusal(path, $"would hold text of {Name(copied)}; a repair must not know the cases it is judged by");
            else if (gold.FirstOrDefault(s => IsAnswered(s, text) && !IsAnswered(s, before)) is { } answered)
                yield return new PatchRefusal(path, $"would name {Name(answered)} beside its target; a repair must not know the cases it is judged by");
        }
    }

    /// <summary>Nothing of a held-out sample leaves in a message, its id neither.</summary>
    private static string Name(Sample sample) => sample.HeldOut ? "a held-out sample" : $"the golden sample '{Shown.Word(sample.Id)}'";

    /// <summary>Those grams that stand in samples of so many families that they tell of none.</summary>
    private static HashSet<ulong> Shared(IReadOnlyList<Sample> gold, HashSet<ulong> grams)
    {
        var families = new Dictionary<ulong, HashSet<string>>();
        foreach (var sample in grams.Count == 0 ? [] : gold)
            foreach (var gram in Texts(sample).SelectMany(t => Grams(Letters(t))).Where(grams.Contains))
            {
                if (!families.TryGetValue(gram, out var of)) families[gram] = of = [];
                if (of.Count < SharedByFamilies) of.Add(sample.Family ?? sample.Id);
            }
        return [.. families.Where(f => f.Value.Count >= SharedByFamilies).Select(f => f.Key)];
    }

    private static bool IsCopied(string text, HashSet<ulong> added)
    {
        if (added.Count == 0) return false;
        var letters = Letters(text);
        var run = 0;
        foreach (var gram in Grams(letters))
        {
            run = added.Contains(gram) ? run + 1 : 0;
            if (run > 0 && run + Gram - 1 >= Math.Min(letters.Length, LongestRun)) return true;
        }
        return false;
    }

    private static bool IsAnswered(Sample sample, string text)
    {
        if (sample.Id.Length < ShortestId || sample.Id.All(char.IsAsciiDigit) || sample.Target is not { } target) return false;
        var answers = Leaves(target).Where(l => l.ValueKind is JsonValueKind.String or JsonValueKind.Number).Select(l => l.ToString()).Where(l => l.Length > 0).ToList();
        return answers.Count > 0 && Words(text, sample.Id)
            .Select(at => text.Substring(at + sample.Id.Length, Math.Min(Nearby, text.Length - at - sample.Id.Length)))
            .Any(near => answers.All(a => Words(near, a).Any()));
    }

    /// <summary>Where a word stands by itself.</summary>
    private static IEnumerable<int> Words(string text, string word)
    {
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end]))) yield return at;
        }
    }

    private static IEnumerable<string> Texts(Sample sample) =>
        new[] { sample.Input, sample.Target }.OfType<JsonElement>().SelectMany(Leaves)
            .Where(l => l.ValueKind == JsonValueKind.String).Select(l => l.GetString()!).Where(t => t.Length >= ShortestText);

    private static IEnumerable<JsonElement> Leaves(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Leaves(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Leaves),
        _ => [element],
    };

    /// <summary>Of a file's text as it stands and as a string literal of it reads.</summary>
    private static IEnumerable<ulong> GramsOf(string text) =>
        text.Contains('\\', StringComparison.Ordinal) ? Grams(Letters(text)).Concat(Grams(Letters(Unescaped(text)))) : Grams(Letters(text));

    private static string Letters(string text)
    {
        var letters = new StringBuilder(text.Length);
        foreach (var c in text)
            if (char.IsLetterOrDigit(c)) letters.Append(char.ToLowerInvariant(c));
        return letters.ToString();
    }

    private static string Unescaped(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }
            var digits = text[++i] switch { 'u' => 4, 'x' => 2, _ => 0 };
            if (digits > 0 && i + digits < text.Length && int.TryParse(text.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                i += digits;
            }
            else
            {
                plain.Append(text[i] is 'n' or 'r' or 't' ? ' ' : text[i]);
            }
        }
        return plain.ToString();
    }

    /// <summary>A rolling hash of every <see cref="Gram"/> characters in a row. Whoever makes two collide is refused for nothing, no more.</summary>
    private static IEnumerable<ulong> Grams(string letters)
    {
        const ulong factor = 0x9E3779B97F4A7C15;
        var leaving = 1UL;
        for (var i = 0; i < Gram; i++) leaving = unchecked(leaving * factor);
        var hash = 0UL;
        for (var i = 0; i < letters.Length; i++)
        {
            hash = unchecked((hash * factor) + letters[i] - (i < Gram ? 0 : letters[i - Gram] * leaving));
            if (i >= Gram - 1) yield return hash;
        }
    }
}
