using System.Text.Json;
using System.Text.Unicode;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>One line of a dataset file, checked by itself.</summary>
/// <param name="Split">True for `held_out`, false for `visible`, null when the line leaves it to the split.</param>
internal sealed record SampleLine(
    string File, int Line, string Id, JsonElement Input, JsonElement? Target, IReadOnlyList<string> Tags, string? Family,
    bool Critical, bool? Split, string Hash)
{
    private const int LongestName = 200;
    private const int MostTags = 64;

    private static readonly string[] Fields = ["id", "input", "target", "tags", "family", "critical", "split"];

    /// <exception cref="BadFileException">The line is no sample.</exception>
    public static SampleLine Parse(string file, int line, ReadOnlySpan<byte> bytes, bool ended)
    {
        BadFileException Bad(string problem) => new(file, line, problem);
        if (!Utf8.IsValid(bytes)) throw Bad("The line is not valid UTF-8. Save the file as UTF-8.");
        try
        {
            return ParseObject(file, line, bytes, Bad);
        }
        catch (JsonException e)
        {
            throw Bad(Explain(e, bytes, ended));
        }
    }

    private static SampleLine ParseObject(string file, int line, ReadOnlySpan<byte> bytes, Func<string, BadFileException> bad)
    {
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw bad("The line is not a JSON object. Write one sample a line: {\"id\":\"…\",\"input\":…,\"target\":…}.");
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            if (!Fields.Contains(name)) throw bad($"The field '{Shown.Word(name)}' is not known. {Spelling.Remedy(name, Fields)}");
            reader.Read();
            if (!values.TryAdd(name, JsonElement.ParseValue(ref reader)))
                throw bad($"The field '{name}' stands twice. Keep one of them.");
        }
        if (reader.BytesConsumed < bytes.Length) throw bad("There is more after the sample. Write one JSON object a line.");

        if (!values.TryGetValue("id", out var idValue)) throw bad("The sample has no 'id'. Give it one that no other sample has.");
        var id = Word(idValue, "id", bad);
        if (!values.TryGetValue("input", out var input)) throw bad($"Sample '{id}' has no 'input'. Add what the agent is to be given.");
        JsonElement? target = values.TryGetValue("target", out var t) && t.ValueKind != JsonValueKind.Null ? t : null;
        return new SampleLine(
            file, line, id, input, target, ReadTags(values, bad), Optional(values, "family", bad), ReadCritical(values, bad),
            ReadSplit(values, bad), CanonicalJson.Hash(input, target));
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
    private static string Word(JsonElement value, string field, Func<string, BadFileException> bad)
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

    private static string? Optional(Dictionary<string, JsonElement> values, string field, Func<string, BadFileException> bad) =>
        values.TryGetValue(field, out var value) && value.ValueKind != JsonValueKind.Null ? Word(value, field, bad) : null;

    private static string[] ReadTags(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad)
    {
        if (!values.TryGetValue("tags", out var value) || value.ValueKind == JsonValueKind.Null) return [];
        if (value.ValueKind != JsonValueKind.Array) throw bad($"'tags' is {Kind(value)}, not a list. Write [\"enterprise\"].");
        if (value.GetArrayLength() > MostTags) throw bad($"'tags' has {value.GetArrayLength()} entries. Use at most {MostTags}.");
        return [.. value.EnumerateArray().Select(tag => Word(tag, "tags", bad)).Distinct(StringComparer.Ordinal)];
    }

    private static bool ReadCritical(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad) =>
        values.TryGetValue("critical", out var value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw bad($"'critical' is {Kind(value)}. Write true or false."),
        };

    private static bool? ReadSplit(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad) =>
        Optional(values, "split", bad) switch
        {
            null => null,
            "held_out" => true,
            "visible" => false,
            var other => throw bad($"'split' is '{Shown.Word(other)}'. Write held_out or visible, or leave it out to have it chosen."),
        };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static string Explain(JsonException e, ReadOnlySpan<byte> bytes, bool ended)
    {
        var at = (int)Math.Clamp(e.BytePositionInLine ?? 0, 0, bytes.Length);
        var rest = bytes[at..];
        if (rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) || rest.StartsWith("-Infinity"u8) || rest.StartsWith("nan"u8))
            return $"NaN and Infinity are not JSON (byte {at + 1}). Write a number or null, or leave the field out.";
        if (!ended && at >= bytes.Length)
            return "The last line ends in the middle of a sample. Write the file again; a half-written one is never used.";
        if (at >= bytes.Length) return "The line ends in the middle of a sample. Write each sample on one line.";
        var message = e.Message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0];
        return $"The line is not JSON at byte {at + 1}: {message} Correct it; `jq -c . FILE` shows what is left of it.";
    }
}
