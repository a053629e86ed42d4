using System.Text.Json;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>An answer of which people have said whether it passes.</summary>
/// <param name="Passed">Of a judge that compares: whether the answer is at least as good as the target.</param>
/// <param name="Line">Where it stands in its file.</param>
/// <param name="Hash">Of input, target and output.</param>
public sealed record LabelledAnswer(int Line, string Id, JsonElement Input, JsonElement Output, JsonElement? Target, bool Passed, IReadOnlyList<string> Tags, string Hash)
{
    /// <summary>More labels than that cost more than they tell.</summary>
    public const int Most = 5_000;
    private const int MostTags = 1_000;

    private static readonly string[] Fields = ["id", "input", "output", "target", "passed", "tags"];

    /// <summary>Reads a file of labels, JSON Lines: `{"id", "input", "output", "target"?, "passed", "tags"?}`.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="BadFileException">A line is no label, an id stands twice, there are none or too many.</exception>
    public static async Task<IReadOnlyList<LabelledAnswer>> ReadAsync(string name, Stream stream, CancellationToken cancellationToken)
    {
        var labels = new List<LabelledAnswer>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var label in JsonLines.ReadAsync(name, stream, Parse, cancellationToken))
        {
            if (!seen.TryAdd(label.Id, label.Line)) throw new BadFileException(name, label.Line, $"The id '{label.Id}' stands already at {name}({seen[label.Id]}). Give each answer its own.");
            if (labels.Count == Most) throw new BadFileException(name, label.Line, $"There are more than {Most} labels. Draw that many at random.");
            labels.Add(label);
        }
        if (labels.Count == 0) throw new BadFileException(name, null, "There are no labels in it. Add one JSON object a line: {\"id\":\"…\",\"input\":…,\"output\":…,\"passed\":true}.");
        return labels.SelectMany(l => l.Tags).Distinct(StringComparer.Ordinal).Count() is > MostTags and var tags
            ? throw new BadFileException(name, null, $"The labels have {tags} different tags. Use at most {MostTags}: a tag says something from 30 labels on.")
            : labels;
    }

    private static LabelledAnswer Parse(string file, int line, ReadOnlySpan<byte> bytes, bool ended)
    {
        BadFileException Bad(string problem) => new(file, line, problem);
        return JsonLine.Parse(bytes, ended, Fields, "label", "{\"id\":\"…\",\"input\":…,\"output\":…,\"passed\":true}", Bad, values => Of(line, values, Bad));
    }

    private static LabelledAnswer Of(int line, Dictionary<string, JsonElement> values, Func<string, BadFileException> bad)
    {
        if (!values.TryGetValue("id", out var idValue)) throw bad("The label has no 'id'. Give it one that no other has.");
        var id = JsonLine.Word(idValue, "id", bad);
        if (!values.TryGetValue("input", out var input)) throw bad($"Label '{id}' has no 'input'. Add what the agent was given.");
        if (!values.TryGetValue("output", out var output)) throw bad($"Label '{id}' has no 'output'. Add what the agent answered.");
        if (!values.TryGetValue("passed", out var passed)) throw bad($"Label '{id}' has no 'passed'. Write true or false, as people decided; leave out what they could not decide.");
        if (passed.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) throw bad($"'passed' is {JsonLine.Kind(passed)}. Write true or false.");
        JsonElement? target = values.TryGetValue("target", out var t) && t.ValueKind != JsonValueKind.Null ? t : null;
        var tags = JsonLine.Tags(values, bad);
        return tags.Any(tag => tag.Contains('\uFFFD', StringComparison.Ordinal))
            ? throw bad("A tag holds the replacement character, which is what is left of a broken text. Write it anew.")
            : new LabelledAnswer(line, id, input, output, target, passed.GetBoolean(), tags, CanonicalJson.Hash(input, target, output));
    }
}
