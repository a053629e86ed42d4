using System.Text.Json;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>Makes samples of what others wrote: words that may stand in a dataset file, and JSON that has one reading.</summary>
internal static class LooseSample
{
    public const int LongestLineBytes = 8 * 1024 * 1024;

    private const int LongestName = 200;
    private const int MostTags = 64;

    /// <param name="bad">Makes an error that names the place.</param>
    /// <exception cref="BadFileException">Input or target hold the same key twice, or half of a surrogate pair.</exception>
    public static SampleDraft Of(
        string? id, JsonElement input, JsonElement? target, IEnumerable<string> tags, string? family, bool critical, string? split, ExchangeLosses losses, Func<string, BadFileException> bad)
    {
        var present = target is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } ? target : null;
        try
        {
            _ = CanonicalJson.Hash(input, present);
        }
        catch (JsonException e)
        {
            throw bad($"{e.Message} Correct it there, and export again.");
        }
        string[] kept = [.. tags.Select(Word).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (kept.Length > MostTags) losses.Note($"tags beyond {MostTags} of one sample", id ?? "");
        if (split is not (null or "held_out" or "visible"))
        {
            losses.Note($"split '{split}': only held_out and visible are known here; `dataset split` makes one", id ?? "");
            split = null;
        }
        return new SampleDraft(id is null ? null : Word(id), input, present, [.. kept.Take(MostTags)], family is null ? null : Word(family), critical, split);
    }

    /// <summary>Without control characters, at most 200 characters; null where nothing is left.</summary>
    private static string? Word(string text)
    {
        var word = Shown.Word(text.Trim(), LongestName - 1);
        return string.IsNullOrWhiteSpace(word) ? null : word;
    }

    public static string? Text(JsonElement value, string field) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(field, out var found) ? found.ValueKind switch
        {
            JsonValueKind.String => Said(found),
            JsonValueKind.Number => found.GetRawText(),
            _ => null,
        }
        : null;

    public static IEnumerable<string> Texts(JsonElement value, string field) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(field, out var found)
            ? found.ValueKind switch
            {
                JsonValueKind.Array => found.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(Said),
                JsonValueKind.String => [Said(found)],
                _ => [],
            }
            : [];

    public static bool Flag(JsonElement value, string field) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(field, out var found) && found.ValueKind == JsonValueKind.True;

    /// <exception cref="JsonException">It holds half of a surrogate pair.</exception>
    public static string Said(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string holds half of a surrogate pair.", e);
        }
    }

    public static JsonElement Object(IEnumerable<KeyValuePair<string, JsonElement>> fields) => JsonSerializer.SerializeToElement(fields.ToDictionary(StringComparer.Ordinal));
}
