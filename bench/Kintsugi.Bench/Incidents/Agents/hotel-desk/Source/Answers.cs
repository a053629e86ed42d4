// Holds what the model answers to what it should.
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HotelDesk;

public static class Answers
{
    /// <summary>The first fault of an answer; null when it has none.</summary>
    public static string? Fault(JsonNode answer, JsonNode schema)
    {
        foreach (var (name, rule) in schema["fields"]!.AsObject())
        {
            var value = answer[name];
            var kind = value?.GetValueKind();
            if ((string?)rule!["type"] == "number" && kind != JsonValueKind.Number) return name + " is no number";
            if ((string?)rule["type"] == "text" && kind != JsonValueKind.String) return name + " is no text";
            if (rule["least"] is { } least && (double)value! < (double)least) return name + " is too small";
            if (rule["most"] is { } most && (double)value! > (double)most) return name + " is too large";
            if (rule["words"] is JsonArray words && !words.Any(w => (string?)w == (string?)value)) return name + " is no known word";
        }
        return null;
    }
}
