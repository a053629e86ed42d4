using System.Text.Json;
using Kintsugi.Storage;
using Newtonsoft.Json;
using NJsonSchema;
using NJsonSchema.References;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>The answer's value fits a JSON Schema (draft 4 to 7, as NJsonSchema reads it).</summary>
internal sealed class JsonSchemaScorer(string name, string hash, JsonPath path, JsonSchema schema) : AnswerScorer(name, hash)
{
    /// <summary>Reads a schema. References to other files and to addresses are refused, never followed.</summary>
    /// <exception cref="BadFileException">It is no schema.</exception>
    public static JsonSchema Read(string text, string file)
    {
        try
        {
            using (JsonDocument.Parse(text)) { } // NJsonSchema also reads what is only nearly JSON
            // Nothing is awaited inside: the only reads would be of references, which are refused.
            return JsonSchema.FromJsonAsync(text, null, s => new LocalReferences(s), CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is JsonReaderException or JsonSerializationException or System.Text.Json.JsonException or InvalidOperationException
            or NotSupportedException or ArgumentException or FormatException or InvalidCastException)
        {
            throw new BadFileException(file, null, $"The file is no JSON Schema that can be used: {Shown.Word(e.Message, 200)} Correct it; references may only lead inside the file (#/…).");
        }
    }

    protected override Score Judge(Answer answer)
    {
        if (path.First(answer.Output) is not { } place) return Fail($"{path} is missing from the answer; it should fit the schema.");
        try
        {
            var errors = schema.Validate(place.GetRawText());
            return errors.Count == 0
                ? Pass($"{path} fits the schema.")
                : Fail($"{path} does not fit the schema: {Shown.Word(string.Join("; ", errors.Take(3).Select(e => $"{e.Path} {e.Kind}")), 200)}.");
        }
        catch (JsonReaderException e)
        {
            return Fail($"{path} cannot be held against the schema: {Shown.Word(e.Message)}");
        }
    }

    private sealed class LocalReferences(JsonSchema root) : JsonReferenceResolver(new JsonSchemaAppender(root, new DefaultTypeNameGenerator()))
    {
        public override Task<IJsonReference> ResolveFileReferenceAsync(string filePath, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException($"It refers to the file '{Shown.Word(filePath)}'.");

        public override Task<IJsonReference> ResolveUrlReferenceAsync(string url, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException($"It refers to the address '{Shown.Word(url)}'.");
    }
}
