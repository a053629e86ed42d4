using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Running.Protocols;
using Kintsugi.Models;
using Kintsugi.Models.Wire;

namespace Kintsugi.Evaluation.Running;

/// <summary>A tool that a model asks for.</summary>
internal sealed record ToolRequest(string Id, string Name, JsonElement Arguments);

/// <summary>Finds the tools that an answer asks for, whole or streamed, in the dialect of the one who asked. What cannot be read asks for none.</summary>
internal static class ToolRequests
{
    private static readonly JsonElement NoArguments = JsonDocument.Parse("{}").RootElement;

    public static IReadOnlyList<ToolRequest> In(ModelAnswer answer, Dialect dialect)
    {
        // Most answers ask for none: those are not parsed a second time.
        if (answer.Status != 200 || answer.Body.Span.IndexOf(Mark(dialect)) < 0) return [];
        if (answer.ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase)) return InStream(answer.Body, dialect);
        using var document = TryParse(answer.Body);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root) return [];
        return dialect switch
        {
            Dialect.Chat => [.. InChoices(root)],
            Dialect.Messages => [.. Objects(root, "content").Where(block => Text(block, "type"u8) == "tool_use").Select(InBlock)],
            _ => [.. Objects(root, "output").Where(IsFunctionCall).Select(InItem)],
        };
    }

    private static ReadOnlySpan<byte> Mark(Dialect dialect) => dialect switch
    {
        Dialect.Chat => "\"tool_calls\""u8,
        Dialect.Messages => "\"tool_use\""u8,
        _ => "\"function_call\""u8,
    };

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

    private static IEnumerable<ToolRequest> InChoices(JsonElement root) =>
        from choice in Objects(root, "choices")
        where choice.TryGetProperty("message"u8, out _)
        from call in Calls(choice.GetProperty("message"u8))
        select Request(Text(call, "id"u8), Function(call, "name"u8), Function(call, "arguments"u8));

    private static ToolRequest InBlock(JsonElement block) =>
        new(Text(block, "id"u8) ?? "", Text(block, "name"u8) ?? "", block.TryGetProperty("input"u8, out var input) && AnswerJson.IsText(input) ? input.Clone() : NoArguments);

    private static bool IsFunctionCall(JsonElement item) => Text(item, "type"u8) == "function_call";

    private static ToolRequest InItem(JsonElement item) => Request(Text(item, "call_id"u8), Text(item, "name"u8), Text(item, "arguments"u8));

    private static IReadOnlyList<ToolRequest> InStream(ReadOnlyMemory<byte> body, Dialect dialect)
    {
        var parts = new SortedDictionary<(int Choice, int Call), Parts>();
        foreach (var range in body.Span.Split((byte)'\n'))
        {
            var line = body[range];
            if (!line.Span.StartsWith("data:"u8)) continue;
            using var document = TryParse(line[5..]);
            if (document?.RootElement is not { ValueKind: JsonValueKind.Object } data) continue;
            if (dialect == Dialect.Chat) GatherChunk(data, parts);
            else if (dialect == Dialect.Messages) GatherEvent(data, parts);
            else if (Text(data, "type"u8) == "response.output_item.done" && data.TryGetProperty("item"u8, out var item) && IsFunctionCall(item))
                Gather(parts, (0, Number(data, "output_index")), Text(item, "call_id"u8), Text(item, "name"u8), Text(item, "arguments"u8));
        }
        return [.. parts.Values.Select(p => Request(p.Id, p.Name, p.Arguments.ToString()))];
    }

    private static void GatherChunk(JsonElement chunk, SortedDictionary<(int Choice, int Call), Parts> parts)
    {
        foreach (var choice in Objects(chunk, "choices"))
        {
            if (!choice.TryGetProperty("delta"u8, out var delta)) continue;
            foreach (var call in Calls(delta))
                Gather(parts, (Number(choice, "index"), Number(call, "index")), Text(call, "id"u8), Function(call, "name"u8), Function(call, "arguments"u8));
        }
    }

    private static void GatherEvent(JsonElement data, SortedDictionary<(int Choice, int Call), Parts> parts)
    {
        if (data.TryGetProperty("content_block"u8, out var block) && Text(block, "type"u8) == "tool_use")
            Gather(parts, (0, Number(data, "index")), Text(block, "id"u8), Text(block, "name"u8), null);
        else if (data.TryGetProperty("delta"u8, out var delta) && Text(delta, "type"u8) == "input_json_delta")
            Gather(parts, (0, Number(data, "index")), null, null, Text(delta, "partial_json"u8));
    }

    private static void Gather(SortedDictionary<(int Choice, int Call), Parts> parts, (int Choice, int Call) key, string? id, string? name, string? arguments)
    {
        if (!parts.TryGetValue(key, out var part)) parts.Add(key, part = new Parts());
        part.Id ??= id;
        part.Name ??= name;
        part.Arguments.Append(arguments);
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

    private static IEnumerable<JsonElement> Calls(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object ? Objects(message, "tool_calls") : [];

    /// <summary>The objects in a property that is an array.</summary>
    public static IEnumerable<JsonElement> Objects(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object)
            : [];

    private static int Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) ? value : 0;

    private static string? Function(JsonElement call, ReadOnlySpan<byte> name) =>
        call.TryGetProperty("function"u8, out var function) ? Text(function, name) : null;

    private sealed class Parts
    {
        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();
    }
}
