using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>Blots texts of a request in OTLP's JSON.</summary>
internal static class JsonRedaction
{
    public static void Apply(JsonNode node, SpanRedaction redaction)
    {
        switch (node)
        {
            case JsonObject pair when pair["key"] is JsonValue key && key.TryGetValue<string>(out var name) && redaction.Names(name):
                pair["value"] = new JsonObject { ["stringValue"] = "********" };
                break;
            case JsonObject map:
                foreach (var (name, value) in map.ToList())
                {
                    if (Text(value) is { } text) map[name] = redaction.Apply(text);
                    else if (value is not null) Apply(value, redaction);
                }
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (Text(list[i]) is { } text) list[i] = redaction.Apply(text);
                    else if (list[i] is { } value) Apply(value, redaction);
                }
                break;
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
