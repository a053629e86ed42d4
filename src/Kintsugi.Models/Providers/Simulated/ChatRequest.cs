using System.Text.Json;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>The parts of a chat completions request that the simulated model heeds. Refers into the document that it was read from.</summary>
internal sealed record ChatRequest(
    string Model, IReadOnlyList<ChatMessage> Messages, IReadOnlyList<OfferedTool> Tools, string? ForcedTool, bool Stream, bool StreamUsage,
    bool JsonObject, JsonElement? JsonSchema)
{
    /// <exception cref="BadRequestException">It is no such request.</exception>
    public static ChatRequest Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw new BadRequestException("The body is not a JSON object.");
        if (Text(body, "model") is not { Length: > 0 } model) throw new BadRequestException("'model' is missing. Name one of those that /v1/models lists.");
        if (!body.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            throw new BadRequestException("'messages' is missing or empty. Send at least one message.");
        if (body.TryGetProperty("n", out var n) && (n.ValueKind != JsonValueKind.Number || !n.TryGetInt32(out var count) || count != 1))
            throw new BadRequestException("'n' is not 1. The simulated model gives one choice; ask again for another.");
        var format = Object(body, "response_format");
        var schema = Object(Object(format, "json_schema"), "schema");
        return new ChatRequest(
            model, [.. messages.EnumerateArray().Select(ReadMessage)], ReadTools(body), Forced(body), True(body, "stream"),
            Object(body, "stream_options") is { } options && True(options, "include_usage"),
            schema is not null || Text(format, "type") == "json_object", schema);
    }

    private static ChatMessage ReadMessage(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object || Text(message, "role") is not { } role)
            throw new BadRequestException("A message is not an object with a 'role'.");
        message.TryGetProperty("content", out var content);
        var text = content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Join("\n", content.EnumerateArray().Select(part => Text(part, "text")).OfType<string>()),
            _ => "",
        };
        var calls = message.TryGetProperty("tool_calls", out var made) && made.ValueKind == JsonValueKind.Array
            ? made.EnumerateArray().Select(call => Text(Object(call, "function"), "name")).OfType<string>().ToList()
            : [];
        return new ChatMessage(role, text, calls);
    }

    private static List<OfferedTool> ReadTools(JsonElement body)
    {
        if (Text(body, "tool_choice") == "none" || !body.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array) return [];
        var offered = new List<OfferedTool>();
        foreach (var tool in tools.EnumerateArray())
        {
            var function = Object(tool, "function");
            if (Text(function, "name") is not { } name) throw new BadRequestException("A tool has no 'function' with a 'name'.");
            var properties = Object(Object(function, "parameters"), "properties");
            offered.Add(new OfferedTool(name, properties is { } all
                ? [.. all.EnumerateObject().Select(p => new ToolParameter(p.Name, Text(p.Value, "description") ?? "", Text(p.Value, "type") ?? "string"))]
                : []));
        }
        return offered;
    }

    private static string? Forced(JsonElement body) => Text(Object(Object(body, "tool_choice"), "function"), "name");

    private static JsonElement? Object(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } p && p.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } p && p.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool True(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}

/// <param name="Calls">Names of the tools that an assistant's message called.</param>
internal sealed record ChatMessage(string Role, string Text, IReadOnlyList<string> Calls);

internal sealed record OfferedTool(string Name, IReadOnlyList<ToolParameter> Parameters);

internal sealed record ToolParameter(string Name, string Description, string Type);

/// <summary>A request that the service refuses with 400: the caller's fault.</summary>
internal sealed class BadRequestException(string message) : Exception(message);
