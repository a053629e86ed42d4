using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>Writes the answer that a prompt wants as JSON.</summary>
internal static class FinalAnswer
{
    /// <summary>
    /// The fields that the prompt names, else those of the response's schema. A field is the score, a label that a rule set, the reason, or a fact of that name.
    /// </summary>
    public static string Json(ChatRequest request, Instructions instructions, Facts facts, Judgement judged)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, ChatReply.Relaxed))
        {
            json.WriteStartObject();
            foreach (var (field, type) in Fields(request, instructions, judged)) Write(json, field, type, request, facts, judged);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static IEnumerable<(string Field, string Type)> Fields(ChatRequest request, Instructions instructions, Judgement judged)
    {
        if (instructions.AnswerFields.Count > 0) return instructions.AnswerFields.Select(f => (f, ""));
        if (request.JsonSchema is { } schema && schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object)
            return properties.EnumerateObject().Select(p => (p.Name, Type(p.Value)));
        IEnumerable<string> known = [.. judged.Score is null ? [] : (string[])["score", "reason"], .. judged.Labels.Keys];
        return known.DefaultIfEmpty("answer").Select(f => (f, ""));
    }

    private static string Type(JsonElement property) =>
        property.ValueKind == JsonValueKind.Object && property.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";

    private static void Write(Utf8JsonWriter json, string field, string type, ChatRequest request, Facts facts, Judgement judged)
    {
        json.WritePropertyName(field);
        if (judged.Labels.TryGetValue(field, out var label)) WriteFact(json, label, type);
        else if (field is "score" or "points" or "rating" && judged.Score is { } score) WriteNumber(json, score);
        else if (field is "reason" or "explanation" or "rationale") json.WriteStringValue(judged.Reason);
        else if (facts.Find(field) is { } fact) WriteFact(json, fact, type);
        else if (field is "answer" or "text") json.WriteStringValue("Simulated answer, no language model: " + Interpreter.Echo(request));
        else WriteNothing(json, type);
    }

    /// <summary>As a number or a truth value where it reads as one and nothing says it is a string.</summary>
    public static void WriteFact(Utf8JsonWriter json, string value, string type)
    {
        if (type != "string" && value is "true" or "false") json.WriteBooleanValue(value == "true");
        else if (type != "string" && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            WriteNumber(json, number);
        else json.WriteStringValue(value);
    }

    private static void WriteNumber(Utf8JsonWriter json, double number)
    {
        if (number == Math.Floor(number) && Math.Abs(number) < 1e15) json.WriteNumberValue((long)number);
        else json.WriteNumberValue(number);
    }

    private static void WriteNothing(Utf8JsonWriter json, string type)
    {
        switch (type)
        {
            case "string": json.WriteStringValue(""); break;
            case "number" or "integer": json.WriteNumberValue(0); break;
            case "boolean": json.WriteBooleanValue(false); break;
            case "array": json.WriteStartArray(); json.WriteEndArray(); break;
            case "object": json.WriteStartObject(); json.WriteEndObject(); break;
            default: json.WriteNullValue(); break;
        }
    }
}
