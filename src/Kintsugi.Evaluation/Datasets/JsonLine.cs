using System.Text.Json;
using System.Text.Unicode;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>One line of a file of JSON Lines that people write: an object whose fields are known, each once.</summary>
internal static class JsonLine
{
    private const int LongestName = 200;
    private const int MostTags = 64;

    /// <param name="fields">Those that are known; null when any may stand.</param>
    /// <param name="what">What a line is, for messages: `sample`.</param>
    /// <param name="example">How one looks.</param>
    /// <param name="bad">Makes an error that names the line.</param>
    /// <param name="make">Makes of the fields what the line is; a <see cref="JsonException"/> of it is the line's as well.</param>
    /// <exception cref="BadFileException">The line is no such object.</exception>
    public static T Parse<T>(
        ReadOnlySpan<byte> bytes, bool ended, IReadOnlyList<string>? fields, string what, string example, Func<string, BadFileException> bad,
        Func<Dictionary<string, JsonElement>, T> make)
    {
        if (!Utf8.IsValid(bytes)) throw bad("The line is not valid UTF-8. Save the file as UTF-8.");
        try
        {
            return make(ReadObject(bytes, fields, what, example, bad));
        }
        catch (JsonException e)
        {
            throw bad(Explain(e, what, bytes, ended));
        }
    }

    /// <summary>As <see cref="Parse"/>, of files that others made: a field may have any name.</summary>
    public static T ParseLoosely<T>(
        ReadOnlySpan<byte> bytes, bool ended, string what, string example, Func<string, BadFileException> bad, Func<Dictionary<string, JsonElement>, T> make) =>
        Parse(bytes, ended, null, what, example, bad, make);

    private static Dictionary<string, JsonElement> ReadObject(
        ReadOnlySpan<byte> bytes, IReadOnlyList<string>? fields, string what, string example, Func<string, BadFileException> bad)
    {
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw bad($"The line is not a JSON object. Write one {what} a line: {example}.");
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            if (fields?.Contains(name) == false) throw bad($"The field '{Shown.Word(name)}' is not known. {Spelling.Remedy(name, fields)}");
            reader.Read();
            if (!values.TryAdd(name, JsonElement.ParseValue(ref reader)))
                throw bad($"The field '{name}' stands twice. Keep one of them.");
        }
        if (reader.BytesConsumed < bytes.Length) throw bad($"There is more after the {what}. Write one JSON object a line.");
        return values;
    }

    private static string Name(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A field's name holds half of a surrogate pair.", e);
        }
    }

    /// <summary>A name that may stand in reports and file names: bounded, and of visible characters.</summary>
    public static string Word(JsonElement value, string field, Func<string, BadFileException> bad)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw bad($"'{field}' is {Kind(value)}, not a string. Write it in quotation marks.");
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"'{field}' holds half of a surrogate pair.", e);
        }
        if (string.IsNullOrWhiteSpace(text)) throw bad($"'{field}' is empty. Write at least one visible character.");
        if (text.Length > LongestName) throw bad($"'{field}' has {text.Length} characters. Use at most {LongestName}.");
        if (text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029'))
            throw bad($"'{field}' holds a control character ('{Shown.Word(text)}'). Remove it.");
        return text;
    }

    public static string[] Tags(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad)
    {
        if (!values.TryGetValue("tags", out var value) || value.ValueKind == JsonValueKind.Null) return [];
        if (value.ValueKind != JsonValueKind.Array) throw bad($"'tags' is {Kind(value)}, not a list. Write [\"enterprise\"].");
        if (value.GetArrayLength() > MostTags) throw bad($"'tags' has {value.GetArrayLength()} entries. Use at most {MostTags}.");
        return [.. value.EnumerateArray().Select(tag => Word(tag, "tags", bad)).Distinct(StringComparer.Ordinal)];
    }

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static string Explain(JsonException e, string what, ReadOnlySpan<byte> bytes, bool ended)
    {
        var at = (int)Math.Clamp(e.BytePositionInLine ?? 0, 0, bytes.Length);
        var rest = bytes[at..];
        if (rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) || rest.StartsWith("-Infinity"u8) || rest.StartsWith("nan"u8))
            return $"NaN and Infinity are not JSON (byte {at + 1}). Write a number or null, or leave the field out.";
        if (!ended && at >= bytes.Length)
            return $"The last line ends in the middle of a {what}. Write the file again; a half-written one is never used.";
        if (at >= bytes.Length) return $"The line ends in the middle of a {what}. Write each {what} on one line.";
        var message = e.Message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0];
        return $"The line is not JSON at byte {at + 1}: {message} Correct it; `jq -c . FILE` shows what is left of it.";
    }
}
