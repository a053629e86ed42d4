using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kintsugi.Evaluation.Agents;

/// <summary>The JSON Schema of kintsugi.yaml, for editors: made from the table that the loader checks with, so the two cannot part.</summary>
public static class AgentFileSchema
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>The schema (draft 7) as published in docs/kintsugi.schema.json.</summary>
    public static string Text() => Text(AgentFileKeys.Root, AgentFile.FileName);

    /// <summary>The schema of a file of that shape.</summary>
    internal static string Text(ObjectShape root, string title)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = title,
        };
        foreach (var (key, value) in Of(root)) schema[key] = value?.DeepClone();
        return schema.ToJsonString(Readable) + "\n";
    }

    private static JsonObject Of(AgentFileShape shape)
    {
        var schema = shape switch
        {
            ObjectShape s => Object(s),
            NamedShape s => new JsonObject
            {
                ["type"] = "object",
                ["patternProperties"] = new JsonObject { [s.KeyPattern] = Of(s.Value) },
                ["additionalProperties"] = false,
            },
            ListShape { OrOne: true } s => new JsonObject { ["anyOf"] = new JsonArray(Of(s.Item), List(s)) },
            ListShape s => List(s),
            TextOrMapShape s => new JsonObject { ["anyOf"] = new JsonArray(Of(s.Text), Of(s.Map)) },
            WordShape s => new JsonObject { ["type"] = "string", ["enum"] = Words(s.Words) },
            TextShape s => Text(s),
            NumberShape s => Number(s),
            FlagShape => new JsonObject { ["type"] = "boolean" },
            _ => [],
        };
        if (shape.About.Length > 0) schema.Insert(0, "description", shape.About);
        return schema;
    }

    private static JsonObject Object(ObjectShape shape)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(shape.Keys.Select(k => KeyValuePair.Create(k.Name, (JsonNode?)Of(k.Shape)))),
            ["additionalProperties"] = false,
        };
        if (shape.Keys.Any(k => k.Required)) schema["required"] = Words(shape.Keys.Where(k => k.Required).Select(k => k.Name));
        if (shape.OneOf is not null) schema["oneOf"] = new JsonArray([.. shape.OneOf.Select(k => new JsonObject { ["required"] = Words([k]) })]);
        return schema;
    }

    private static JsonObject List(ListShape shape)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Of(shape.Item) };
        if (shape.Least > 0) schema["minItems"] = shape.Least;
        return schema;
    }

    private static JsonObject Text(TextShape shape)
    {
        var schema = new JsonObject
        {
            ["type"] = shape.Loose ? Words(["string", "number", "boolean"]) : JsonValue.Create("string"),
            ["maxLength"] = TextShape.Longest,
        };
        if (shape.Pattern is not null) schema["pattern"] = shape.Pattern;
        return schema;
    }

    private static JsonObject Number(NumberShape shape)
    {
        var schema = new JsonObject { ["type"] = shape.Whole ? "integer" : "number", [shape.Above ? "exclusiveMinimum" : "minimum"] = shape.Least };
        if (shape.Most < NumberShape.Unbounded) schema[shape.Below ? "exclusiveMaximum" : "maximum"] = shape.Most;
        return schema;
    }

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(w => JsonValue.Create(w))]);
}
