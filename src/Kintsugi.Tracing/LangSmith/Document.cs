using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>JSON documents of the API that are kept as they came: datasets, examples, projects, feedback.</summary>
internal static class Document
{
    /// <summary>Of one request, names among them.</summary>
    public const int MostValues = 200_000;

    /// <summary>In place of a value whose name the owner gave.</summary>
    private const string Blotted = "********";

    private static readonly JsonDocumentOptions Arriving = new() { MaxDepth = 128, AllowDuplicateProperties = false };

    private static readonly JsonDocumentOptions Taken = new() { MaxDepth = 256 };

    /// <param name="json">It is written over where it looks like a key.</param>
    /// <param name="left">How many values this request may still hold.</param>
    /// <exception cref="RefusedException">400: no such JSON; 413: too many values.</exception>
    public static JsonNode? Parse(Span<byte> json, string what, ref int left)
    {
        if (!Utf8.IsValid(json)) throw Refused($"{what} is no UTF-8.");
        JsonBytes.MendSurrogates(json);
        KeyShapes.Blot(json);
        try
        {
            if ((left -= JsonBytes.Values(json, left)) < 0) throw new RefusedException(StatusCodes.Status413PayloadTooLarge, $"{what} brings the request past {MostValues} values. Send less at once.");
            return JsonNode.Parse(json, documentOptions: Arriving);
        }
        catch (JsonException e)
        {
            throw Refused($"{what} is no valid JSON: {e.Message}");
        }
    }

    /// <inheritdoc cref="Parse"/>
    public static JsonObject Object(Span<byte> json, string what, ref int left) => Parse(json, what, ref left) as JsonObject ?? throw Refused($"{what} is no JSON object.");

    /// <summary>The whole body of a request.</summary>
    /// <inheritdoc cref="Parse"/>
    public static JsonNode? Body(RequestBytes body)
    {
        var left = MostValues;
        return Parse(body.Bytes.Span, "The body", ref left);
    }

    /// <summary>What was stored.</summary>
    public static JsonObject Read(string json) => JsonNode.Parse(json, documentOptions: Taken)!.AsObject();

    /// <summary>Blots what the owner does not want kept. What the API itself goes by stays: ids, keys and splits.</summary>
    /// <returns>The same object.</returns>
    public static JsonObject Redacted(JsonObject document, SpanRedaction redaction)
    {
        if (redaction.HasRules)
            foreach (var (name, value) in document.ToList())
                if (!IsPlace(name)) document[name] = Redacted(name, value?.DeepClone(), redaction);
        return document;
    }

    private static JsonNode? Redacted(string name, JsonNode? value, SpanRedaction redaction)
    {
        if (value is not null && redaction.Names(name)) return Blotted;
        switch (value)
        {
            case JsonObject map: return Redacted(map, redaction);
            case JsonArray list: return new JsonArray([.. list.Select(each => Redacted("", each?.DeepClone(), redaction))]);
            case JsonValue text when text.TryGetValue<string>(out var said): return redaction.Apply(said);
            default: return value;
        }
    }

    private static bool IsPlace(string name) => name is "id" or "key" or "dataset_split" || name.EndsWith("_id", StringComparison.Ordinal);

    /// <exception cref="RefusedException">422: something else stands there.</exception>
    public static string? Text(JsonObject from, string name) =>
        from[name] switch { null => null, JsonValue value when value.TryGetValue<string>(out var text) => text, _ => throw Unprocessable($"`{name}` must be a string.") };

    /// <inheritdoc cref="Text"/>
    public static Guid? Id(JsonObject from, string name) => Text(from, name) is not { } text ? null : Guid.TryParse(text, out var id) ? id : throw Unprocessable($"`{name}` must be a UUID.");

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public static RefusedException NotFound(string what, object id) => new(StatusCodes.Status404NotFound, $"{what} {Shown.Word(id.ToString()!)} not found.");

    public static RefusedException Unprocessable(string message) => new(StatusCodes.Status422UnprocessableEntity, message);

    private static RefusedException Refused(string message) => new(StatusCodes.Status400BadRequest, message);
}
