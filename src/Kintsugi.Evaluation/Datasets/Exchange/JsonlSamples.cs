using System.Runtime.CompilerServices;
using System.Text.Json;
using Kintsugi.Evaluation.Scorers;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>Where the parts of a sample stand in a line of another's JSON Lines.</summary>
/// <param name="Input">A path, `$.messages[0].content` or `question`; null for the first of `input`, `inputs`, `question`, `query`, `prompt` that is there.</param>
/// <param name="Target">The same; null for the first of `target`, `expected`, `expected_output`, `reference`, `outputs`, `output`, `answer`, `ideal`, if any is there.</param>
/// <param name="Id">The same; null for `id`.</param>
public sealed record JsonlShape(string? Input, string? Target, string? Id);

/// <summary>JSON Lines of any shape, a sample a line. `tags`, `family`, `critical` and `split` are taken where they stand as a dataset has them.</summary>
public static class JsonlSamples
{
    private static readonly string[] Inputs = ["input", "inputs", "question", "query", "prompt"];
    private static readonly string[] Targets = ["target", "expected", "expected_output", "reference", "outputs", "output", "answer", "ideal"];

    /// <exception cref="BadFileException">A line is no JSON object, or has nothing where the input is to be.</exception>
    /// <exception cref="FormatException">A path of the shape is none; the message ends a sentence that begins with it.</exception>
    public static IAsyncEnumerable<SampleDraft> ReadAsync(string name, Stream stream, JsonlShape shape, ExchangeLosses losses, CancellationToken cancellationToken)
    {
        var (input, target, id) = (Path(shape.Input), Path(shape.Target), Path(shape.Id ?? "id")!);
        return ReadLinesAsync(name, stream, "sample", "{\"input\":…,\"target\":…}", Of, cancellationToken);

        SampleDraft Of(JsonElement line, Func<string, BadFileException> bad)
        {
            var asked = input is null ? First(line, Inputs) : input.First(line);
            if (asked is not { } found)
                throw bad(input is null ? $"There is none of {string.Join(", ", Inputs.Select(i => $"'{i}'"))} here. Say where the input stands: --input PATH." : $"There is nothing at {input}. Correct --input, or the line.");
            return LooseSample.Of(
                id.First(line) is { } at ? at.ValueKind == JsonValueKind.String ? LooseSample.Said(at) : at.GetRawText() : null,
                found, target is null ? First(line, Targets) : target.First(line), LooseSample.Texts(line, "tags"), LooseSample.Text(line, "family"), LooseSample.Flag(line, "critical"), LooseSample.Text(line, "split"), losses, bad);
        }
    }

    /// <summary>Objects of a file of JSON Lines with any fields.</summary>
    internal static async IAsyncEnumerable<SampleDraft> ReadLinesAsync(
        string name, Stream stream, string what, string example, Func<JsonElement, Func<string, BadFileException>, SampleDraft> make, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var sample in JsonLines.ReadAsync(name, stream, Parse, LooseSample.LongestLineBytes, cancellationToken)) yield return sample;

        SampleDraft Parse(string file, int number, ReadOnlySpan<byte> bytes, bool ended)
        {
            BadFileException Bad(string problem) => new(file, number, problem);
            return JsonLine.ParseLoosely(bytes, ended, what, example, Bad, values => make(LooseSample.Object(values), Bad));
        }
    }

    private static JsonElement? First(JsonElement line, string[] names) => names.Select(n => line.TryGetProperty(n, out var value) ? value : (JsonElement?)null).FirstOrDefault(v => v is not null);

    private static JsonPath? Path(string? text) => text is null ? null : JsonPath.Parse(text.StartsWith('$') ? text : "$." + text);
}
