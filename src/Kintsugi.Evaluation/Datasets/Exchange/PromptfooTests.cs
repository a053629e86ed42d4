using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>The tests of promptfoo: YAML with `tests:`, or a file of tests alone; inline, or in a file beside it (YAML, JSON, JSON Lines, CSV).</summary>
/// <remarks>`vars` are the input. `equals` gives the target, else `contains`; what else is asserted has no place in a dataset and is counted. Anchors and files of `vars` are not read.</remarks>
public static class PromptfooTests
{
    private const int LongestFile = 64 * 1024 * 1024;

    /// <param name="beside">Opens a file that the tests name; null when there is none, or it is not to be read.</param>
    /// <exception cref="BadFileException">The file, or one that it names, is no such file.</exception>
    public static async IAsyncEnumerable<SampleDraft> ReadAsync(
        string name, Stream stream, Func<string, Stream?> beside, ExchangeLosses losses, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var root = await TreeAsync(name, stream, cancellationToken);
        var tests = root is AgentFileMap file ? file["tests"] ?? throw new BadFileException(name, 1, "There is no `tests:` here. Give the file that has them.") : root;
        if (root is AgentFileMap map && map["defaultTest"] is { } common) losses.Note("`defaultTest`: what it asserts holds for every sample; write a scorer instead", Excerpt(common));
        if (root is AgentFileMap { } config && config["scenarios"] is { } scenarios) losses.Note("`scenarios`", Excerpt(scenarios));
        foreach (var test in tests is AgentFileList list ? list.Items : [tests])
        {
            if (test is AgentFileScalar { IsText: true } path)
            {
                await foreach (var sample in NamedAsync(name, path, beside, losses, cancellationToken)) yield return sample;
            }
            else
            {
                yield return Of(name, test, losses);
            }
        }
    }

    private static async IAsyncEnumerable<SampleDraft> NamedAsync(
        string name, AgentFileScalar path, Func<string, Stream?> beside, ExchangeLosses losses, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var file = path.Text.StartsWith("file://", StringComparison.Ordinal) ? path.Text["file://".Length..] : path.Text;
        if (beside(file) is not { } opened)
            throw new BadFileException(name, path.Line, $"'{Shown.Word(path.Text)}' is no file beside this one. Generated tests and addresses are not read: write them into a file, and import that.");
        await using var stream = opened;
        switch (Path.GetExtension(file).ToLowerInvariant())
        {
            case ".csv":
                await foreach (var sample in CsvSamples.ReadAsync(file, stream, new CsvShape("__expected", null, AsText: true), losses, cancellationToken))
                    yield return Expected(sample, losses);
                break;
            case ".jsonl":
                await foreach (var test in JsonLines.ReadAsync(file, stream, (at, line, bytes, _) => Line(at, line, bytes), LooseSample.LongestLineBytes, cancellationToken)) yield return Of(file, test, losses);
                break;
            default:
                var tree = await TreeAsync(file, stream, cancellationToken);
                foreach (var test in tree is AgentFileList list ? list.Items : [tree]) yield return Of(file, test, losses);
                break;
        }

        static AgentFileNode Line(string file, int line, ReadOnlySpan<byte> bytes) =>
            AgentFileReader.ReadNode(Encoding.UTF8.GetString(bytes), $"{file}({line})", LooseSample.LongestLineBytes, "Write a test.");
    }

    private static SampleDraft Of(string name, AgentFileNode test, ExchangeLosses losses)
    {
        BadFileException Bad(string problem) => new(name, test.Line, problem);
        if (test is not AgentFileMap map) throw Bad($"A test is {test.Kind}, not a map. Write `vars:` and `assert:`.");
        var vars = map["vars"] switch
        {
            null => throw Bad("The test has no `vars:`, so nothing to ask. Add them, or remove the test."),
            AgentFileMap given => given,
            var other => throw Bad($"`vars` is {other.Kind}; vars in files of their own are not read. Write them here."),
        };
        foreach (var (key, _, value) in vars.Entries)
        {
            if (value is AgentFileList) losses.Note("a list among the vars is one value here; promptfoo runs each of its items", key);
            if (value is AgentFileScalar { Text: var text } && text.StartsWith("file://", StringComparison.Ordinal)) losses.Note("a var that names a file is carried as its name", text);
        }
        foreach (var (key, _, value) in map.Entries.Where(e => e.Key is not ("vars" or "assert" or "description" or "metadata"))) losses.Note($"`{key}` of a test", Excerpt(value));

        JsonNode? target = null;
        var contained = false;
        foreach (var assertion in map["assert"] is AgentFileList list ? list.Items : [])
        {
            var (type, value) = assertion is AgentFileMap said ? ((said["type"] as AgentFileScalar)?.Text ?? "", said["value"]) : ("", null);
            if (type == "equals" && value is not null && (target is null || contained)) (target, contained) = (Value(value), false);
            else if (type is "contains" or "icontains" && value is not null && target is null) (target, contained) = (value.ToJson(), true);
            else losses.Note($"the assertion `{type}`: write a scorer for it", Excerpt(assertion));
        }
        if (contained) losses.Note("targets that `contains` asserted: score them with `- contains: { path: $ }`, not with `exact`", Excerpt(vars));
        var description = (map["description"] as AgentFileScalar)?.Text;
        return LooseSample.Of(
            description, JsonSerializer.SerializeToElement(vars.ToJson()), target is null ? null : JsonSerializer.SerializeToElement(target), [], null, false, null, losses, Bad);
    }

    /// <summary>promptfoo's tables say in `__expected` what is asserted: words, or `contains:words`.</summary>
    private static SampleDraft Expected(SampleDraft sample, ExchangeLosses losses)
    {
        if (sample.Target?.GetString() is not { } said) return sample;
        var kind = said.Split(':', 2) is [var type, _] && type.Length is > 2 and < 30 && type.All(c => char.IsAsciiLetterLower(c) || c == '-') ? type : "equals";
        var words = kind == "equals" && !said.StartsWith("equals:", StringComparison.Ordinal) ? said : said[(kind.Length + 1)..].Trim();
        if (kind is "equals" or "contains" or "icontains")
        {
            if (kind != "equals") losses.Note("targets that `contains` asserted: score them with `- contains: { path: $ }`, not with `exact`", words);
            return sample with { Target = JsonSerializer.SerializeToElement(words) };
        }
        losses.Note($"the assertion `{kind}`: write a scorer for it", words);
        return sample with { Target = null };
    }

    /// <summary>What `equals` holds: a text that is a JSON object or list is compared as one.</summary>
    private static JsonNode? Value(AgentFileNode value)
    {
        if (value is not AgentFileScalar { Text: var text } || text.TrimStart() is not ['{' or '[', ..]) return value.ToJson();
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return value.ToJson();
        }
    }

    private static async Task<AgentFileNode> TreeAsync(string name, Stream stream, CancellationToken cancellationToken)
    {
        if (stream.CanSeek && stream.Length > LongestFile) throw new BadFileException(name, null, $"The file is larger than {LongestFile >> 20} MiB, and YAML is read whole. Write the tests as CSV or JSON Lines.");
        using var buffer = new MemoryStream();
        await stream.CopyToAsync(buffer, cancellationToken);
        return AgentFileReader.ReadNode(AgentFile.Decode(buffer.ToArray(), name), name, LongestFile, "Write `tests:`.");
    }

    private static string Excerpt(AgentFileNode node) => node.ToJson()?.ToJsonString() ?? "";
}
