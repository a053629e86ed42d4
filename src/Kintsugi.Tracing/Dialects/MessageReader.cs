using System.Text.Json.Nodes;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Reads messages in whatever shape they come: OpenTelemetry's parts, OpenAI's chat and responses, Anthropic's blocks, the AI SDK's, LangChain's, OpenInference's.</summary>
/// <remarks>The shapes' names do not collide, so one tolerant reader serves all: a framework passes on what its provider's body held.</remarks>
internal static class MessageReader
{
    /// <summary>LangChain nests lists in lists, once.</summary>
    private const int DeepestLists = 3;

    /// <param name="node">A list of messages, one message, or a text.</param>
    /// <param name="role">Of what does not say whose it is.</param>
    public static IReadOnlyList<Message> Read(JsonNode? node, string role)
    {
        var messages = new List<Message>();
        Add(node, role, messages, 0);
        return messages;
    }

    /// <summary>A tool that a model asks for.</summary>
    public static ToolRequestPart RequestOf(JsonObject request)
    {
        var call = At(request, "tool_call") as JsonObject ?? request;
        var function = At(call, "function") as JsonObject ?? call;
        return new ToolRequestPart(
            AsWords(At(call, "toolCallId", "call_id", "id")), AsText(At(function, "name")) ?? AsText(At(call, "toolName", "name")) ?? "",
            Told(At(function, "arguments", "input", "args", "parameters")));
    }

    /// <summary>Names of the tools in a list of definitions.</summary>
    public static IReadOnlyList<string> ToolNames(JsonNode? definitions) =>
        definitions is not JsonArray list ? [] : [.. list.Select(ToolName).OfType<string>()];

    private static string? ToolName(JsonNode? definition)
    {
        var told = AsText(definition) is { } text ? OfText(text) : definition;
        if (At(told, "tool") is { } wrapped) told = At(wrapped, "json_schema") is { } schema ? Told(schema) : wrapped;
        return AsWords(At(told, "name")) ?? AsWords(At(At(told, "function"), "name"));
    }

    private static void Add(JsonNode? node, string role, List<Message> messages, int depth)
    {
        if (AsWords(node) is { } text) messages.Add(new Message(role, [new TextPart(text)]));
        else if (node is JsonObject message) messages.Add(MessageOf(message, role));
        else if (node is JsonArray list && depth < DeepestLists)
            foreach (var item in list) Add(item, role, messages, depth + 1);
    }

    private static Message MessageOf(JsonObject node, string role)
    {
        var message = node;
        var said = AsWords(At(node, "role"));
        if (At(node, "message") is JsonObject wrapped) message = wrapped; // OpenInference
        else if (At(node, "kwargs") is JsonObject arguments) // LangChain: {"lc":1,"id":["langchain_core","messages","HumanMessage"],"kwargs":{…}}
        {
            message = arguments;
            said = At(node, "id") is JsonArray { Count: > 0 } path ? AsWords(path[^1]) : null;
        }
        else if (At(node, "data") is JsonObject data) // LangChain, older
        {
            message = data;
            said = AsWords(At(node, "type"));
        }
        said ??= AsWords(At(message, "role")) ?? RoleOfType(AsText(At(message, "type")));
        var whose = OneSpelling.Role(said ?? role);
        return new Message(whose, PartsOf(message, whose));
    }

    private static string? RoleOfType(string? type) => type switch
    {
        "human" or "ai" or "system" or "tool" or "developer" => type,
        "function_call" or "reasoning" => "assistant", // items of OpenAI's responses
        "function_call_output" => "tool",
        _ => null,
    };

    private static List<MessagePart> PartsOf(JsonObject message, string role)
    {
        var parts = new List<MessagePart>();
        if (AsText(At(message, "type")) is "function_call" or "function_call_output" or "reasoning") return [PartOf(message)];
        if (AsWords(At(message, "reasoning_content")) is { } reasoning) parts.Add(new OtherPart(new JsonObject { ["type"] = "reasoning", ["content"] = reasoning }));
        if (At(message, "parts") is JsonArray told) parts.AddRange(told.Select(PartOf));
        if (At(message, "contents") is JsonArray contents) parts.AddRange(contents.Select(c => PartOf(At(c, "message_content") ?? c)));
        if (At(message, "content") is { } content) parts.AddRange(content is JsonArray list ? list.Select(PartOf) : AsText(content) is "" ? [] : [PartOf(content)]);
        if (AsWords(At(message, "refusal")) is { } refusal) parts.Add(new OtherPart(new JsonObject { ["type"] = "refusal", ["refusal"] = refusal }));
        if (role == "tool" && !parts.Exists(p => p is ToolResultPart))
            return [new ToolResultPart(AsWords(At(message, "tool_call_id", "toolCallId", "id")), Result(parts))];

        // LangChain tells calls twice: as the provider's blocks and in a list of its own.
        var asked = parts.OfType<ToolRequestPart>().Select(p => p.Id).OfType<string>().ToHashSet();
        if (At(message, "tool_calls") is JsonArray calls)
            parts.AddRange(calls.OfType<JsonObject>().Select(RequestOf).Where(c => c.Id is null || asked.Add(c.Id)));
        if (At(message, "function_call") is JsonObject call) parts.Add(RequestOf(call));
        return parts;
    }

    private static MessagePart PartOf(JsonNode? node)
    {
        if (AsText(node) is { } plain) return new TextPart(plain);
        if (node is not JsonObject part) return new OtherPart(Copy(node));
        switch (AsText(At(part, "type"))?.Replace('-', '_'))
        {
            case null or "text" or "input_text" or "output_text" when AsText(At(part, "text", "content")) is { } text:
                return new TextPart(text);
            case "tool_call" or "tool_use" or "function_call" or "function":
                return RequestOf(part);
            case "tool_call_response" or "tool_result" or "function_call_output":
                return new ToolResultPart(AsWords(At(part, "toolCallId", "tool_use_id", "call_id", "tool_call_id", "id")), ResultOf(At(part, "response", "result", "output", "content")));
            default:
                return new OtherPart(Copy(part));
        }
    }

    // The AI SDK wraps a result: {"type":"json","value":…}; Anthropic's is text or blocks of it.
    private static JsonNode? ResultOf(JsonNode? node) =>
        node is JsonObject wrapped && At(wrapped, "type") is not null && wrapped.TryGetPropertyValue("value", out var value) ? Told(value)
        : node is JsonArray blocks && blocks.Count > 0 && blocks.All(b => AsText(At(b, "text")) is not null) ? Result([.. blocks.Select(PartOf)])
        : Told(node);

    private static JsonNode? Result(List<MessagePart> parts) =>
        parts.Count == 0 ? null
        : parts.TrueForAll(p => p is TextPart) ? OfText(string.Join('\n', parts.Cast<TextPart>().Select(p => p.Text)))
        : new JsonArray([.. parts.Select(p => p is TextPart text ? JsonValue.Create(text.Text) : p is OtherPart other ? other.Content?.DeepClone() : null)]);
}
