using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Running.Protocols;
using Kintsugi.Models;

namespace Kintsugi.Evaluation.Running;

/// <summary>A tool that a model asks for.</summary>
internal sealed record ToolRequest(string Id, string Name, JsonElement Arguments);

/// <summary>Finds the tools that an answer in the chat format asks for, whole or streamed. What cannot be read asks for none.</summary>
internal static class ToolRequests
{
    private static readonly JsonElement NoArguments = JsonDocument.Parse("{}").RootElement;

    public static IReadOnlyList<ToolRequest> In(ModelAnswer answer)
    {
        // Most answers ask for none: those are not parsed a second time.
        if (answer.Status != 200 || answer.Body.Span.IndexOf("\"tool_calls\""u8) < 0) return [];
        return answer.ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ? InStream(answer.Body) : InWhole(answer.Body);
    }

    /// <returns>Null when it is no JSON.</returns>
    public static JsonDocument? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A property that is a string.</summary>
    public static string? Text(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? TextOf(value) : null;

    /// <summary>A string as it is, anything else as JSON.</summary>
    public static string TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
        catch (InvalidOperationException)
        {
            return value.GetRawText(); // escapes that make no character
        }
    }

    private static List<ToolRequest> InWhole(ReadOnlyMemory<byte> body)
    {
        using var document = TryParse(body);
        var found = new List<ToolRequest>();
        foreach (var choice in Choices(document))
        {
            if (!choice.TryGetProperty("message"u8, out var message)) continue;
            foreach (var call in Calls(message))
                found.Add(Request(Text(call, "id"u8), Function(call, "name"u8), Function(call, "arguments"u8)));
        }
        return found;
    }

    private static List<ToolRequest> InStream(ReadOnlyMemory<byte> body)
    {
        var parts = new SortedDictionary<(int Choice, int Call), Parts>();
        foreach (var range in body.Span.Split((byte)'\n'))
        {
            var line = body[range];
            if (!line.Span.StartsWith("data:"u8)) continue;
            using var document = TryParse(line[5..]);
            foreach (var choice in Choices(document))
            {
                if (!choice.TryGetProperty("delta"u8, out var delta)) continue;
                foreach (var call in Calls(delta))
                {
                    var key = (Index(choice), Index(call));
                    if (!parts.TryGetValue(key, out var part)) parts.Add(key, part = new Parts());
                    part.Id ??= Text(call, "id"u8);
                    part.Name ??= Function(call, "name"u8);
                    part.Arguments.Append(Function(call, "arguments"u8));
                }
            }
        }
        return [.. parts.Values.Select(p => Request(p.Id, p.Name, p.Arguments.ToString()))];
    }

    private static ToolRequest Request(string? id, string? name, string? arguments) => new(id ?? "", name ?? "", ArgumentsOf(arguments));

    private static JsonElement ArgumentsOf(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return NoArguments;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (AnswerJson.IsText(document.RootElement)) return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return OwnWords(text);
        }
        return OwnWords(text);
    }

    private static JsonElement OwnWords(string text) => JsonSerializer.SerializeToElement(text, StoredResultJson.Default.String);

    private static IEnumerable<JsonElement> Choices(JsonDocument? document) =>
        document is not null && document.RootElement.ValueKind == JsonValueKind.Object ? Objects(document.RootElement, "choices") : [];

    private static IEnumerable<JsonElement> Calls(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object ? Objects(message, "tool_calls") : [];

    private static IEnumerable<JsonElement> Objects(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object)
            : [];

    private static int Index(JsonElement element) =>
        element.TryGetProperty("index"u8, out var index) && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out var value) ? value : 0;

    private static string? Function(JsonElement call, ReadOnlySpan<byte> name) =>
        call.TryGetProperty("function"u8, out var function) ? Text(function, name) : null;

    private sealed class Parts
    {
        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();
    }
}
