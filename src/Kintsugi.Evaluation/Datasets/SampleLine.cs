using System.Text.Json;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>One line of a dataset file, checked by itself.</summary>
/// <param name="Split">True for `held_out`, false for `visible`, null when the line leaves it to the split.</param>
internal sealed record SampleLine(
    string File, int Line, string Id, JsonElement Input, JsonElement? Target, IReadOnlyList<string> Tags, string? Family,
    bool Critical, bool? Split, string Hash)
{
    private static readonly string[] Fields = ["id", "input", "target", "tags", "family", "critical", "split"];

    /// <exception cref="BadFileException">The line is no sample.</exception>
    public static SampleLine Parse(string file, int line, ReadOnlySpan<byte> bytes, bool ended)
    {
        BadFileException Bad(string problem) => new(file, line, problem);
        return JsonLine.Parse(bytes, ended, Fields, "sample", "{\"id\":\"…\",\"input\":…,\"target\":…}", Bad, values => Of(file, line, values, Bad));
    }

    /// <summary>The sample without its place.</summary>
    public SampleDraft Draft() => new(Id, Input, Target, Tags, Family, Critical, Split switch { true => "held_out", false => "visible", null => null });

    private static SampleLine Of(string file, int line, Dictionary<string, JsonElement> values, Func<string, BadFileException> bad)
    {
        if (!values.TryGetValue("id", out var idValue)) throw bad("The sample has no 'id'. Give it one that no other sample has.");
        var id = JsonLine.Word(idValue, "id", bad);
        if (!values.TryGetValue("input", out var input)) throw bad($"Sample '{id}' has no 'input'. Add what the agent is to be given.");
        JsonElement? target = values.TryGetValue("target", out var t) && t.ValueKind != JsonValueKind.Null ? t : null;
        return new SampleLine(
            file, line, id, input, target, JsonLine.Tags(values, bad), Optional(values, "family", bad), ReadCritical(values, bad),
            ReadSplit(values, bad), CanonicalJson.Hash(input, target));
    }

    private static string? Optional(Dictionary<string, JsonElement> values, string field, Func<string, BadFileException> bad) =>
        values.TryGetValue(field, out var value) && value.ValueKind != JsonValueKind.Null ? JsonLine.Word(value, field, bad) : null;

    private static bool ReadCritical(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad) =>
        values.TryGetValue("critical", out var value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw bad($"'critical' is {JsonLine.Kind(value)}. Write true or false."),
        };

    private static bool? ReadSplit(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad) =>
        Optional(values, "split", bad) switch
        {
            null => null,
            "held_out" => true,
            "visible" => false,
            var other => throw bad($"'split' is '{Shown.Word(other)}'. Write held_out or visible, or leave it out to have it chosen."),
        };
}
