using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>The samples of OpenAI evals: JSON Lines, `{"input": [messages] or text, "ideal": text or several}`.</summary>
public static class OpenAiEvals
{
    /// <exception cref="BadFileException">A line is no such sample.</exception>
    public static IAsyncEnumerable<SampleDraft> ReadAsync(string name, Stream stream, ExchangeLosses losses, CancellationToken cancellationToken)
    {
        return JsonlSamples.ReadLinesAsync(name, stream, "sample", "{\"input\":[…],\"ideal\":\"…\"}", Of, cancellationToken);

        SampleDraft Of(JsonElement line, Func<string, BadFileException> bad)
        {
            if (!line.TryGetProperty("input", out var input)) throw bad("The sample has no 'input'. OpenAI evals have one; for lines of another shape use --from jsonl --input PATH.");
            JsonElement? ideal = line.TryGetProperty("ideal", out var said) ? said : null;
            if (ideal is { ValueKind: JsonValueKind.Array } several)
            {
                if (several.GetArrayLength() > 1) losses.Note("'ideal' names several right answers: the first is the target", LooseSample.Text(line, "id") ?? several.GetRawText());
                ideal = several.GetArrayLength() == 0 ? null : several[0];
            }
            foreach (var other in line.EnumerateObject().Where(p => p.Name is not ("input" or "ideal" or "id" or "tags" or "family" or "critical" or "split"))) losses.Note($"the field '{other.Name}'", LooseSample.Text(line, "id") ?? other.Value.GetRawText());
            return LooseSample.Of(LooseSample.Text(line, "id"), input, ideal, LooseSample.Texts(line, "tags"), LooseSample.Text(line, "family"), LooseSample.Flag(line, "critical"), LooseSample.Text(line, "split"), losses, bad);
        }
    }

    /// <summary>Words and messages as they stand; any other input becomes the user's message, and a target that is no text its JSON.</summary>
    public static string Line(SampleDraft sample, ExchangeLosses losses)
    {
        if (sample.Target is null) losses.Note("samples without a target have no 'ideal'", sample.Id!);
        var line = new JsonObject
        {
            ["id"] = sample.Id,
            ["input"] = sample.Input.ValueKind is JsonValueKind.String or JsonValueKind.Array ? JsonNode.Parse(sample.Input.GetRawText()) : new JsonArray(new JsonObject { ["role"] = "user", ["content"] = sample.Input.GetRawText() }),
            ["ideal"] = sample.Target is not { } target ? null : target.ValueKind == JsonValueKind.String ? target.GetString() : target.GetRawText(),
        };
        if (sample.Input.ValueKind is not (JsonValueKind.String or JsonValueKind.Array)) losses.Note("inputs that are no messages became a user's message that holds their JSON", sample.Id!);
        if (sample.Target is { ValueKind: not JsonValueKind.String }) losses.Note("targets that are no text became their JSON", sample.Id!);
        if (sample.Tags.Count > 0) line["tags"] = new JsonArray([.. sample.Tags.Select(t => JsonValue.Create(t))]);
        if (sample.Family is not null) line["family"] = sample.Family;
        if (sample.Critical) line["critical"] = true;
        if (sample.Split is not null) line["split"] = sample.Split;
        return line.ToJsonString(Readable);
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
