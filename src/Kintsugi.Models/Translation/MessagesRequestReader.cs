using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads a request in the format of Anthropic messages.</summary>
internal static class MessagesRequestReader
{
    public static Conversation Read(JsonElement body)
    {
        var request = new Members(body, "");
        request.Ignore("cache_control");
        request.Expect("service_tier", "\"auto\"");
        request.Expect("speed", "\"standard\"");
        request.Expect("thinking", """{"type":"disabled"}""");
        request.Expect("mcp_servers", "[]");
        var (choice, parallel) = ReadChoice(request);
        var conversation = new Conversation(
            request.RequiredText("model"), [.. ReadSystem(request), .. request.Objects("messages").Select((message, i) => ReadTurn(message, $"messages[{i}]"))],
            [.. request.Objects("tools").Select(ReadTool)], choice, parallel, ReadFormat(request),
            new Sampling(
                request.Count("max_tokens") ?? throw Members.Refuse("max_tokens", "is missing."),
                request.Number("temperature"), request.Number("top_p"), Functions.Texts(request, "stop_sequences")),
            request.Flag("stream") ?? false, StreamUsage: true, Effort: null, Verbosity: null, ReadUser(request));
        request.End();
        return conversation;
    }

    private static IEnumerable<Turn> ReadSystem(Members request)
    {
        var texts = ReadContent(request, "system", "text");
        return texts.Count == 0 ? [] : [new Turn(Speaker.System, texts, "system")];
    }

    private static Turn ReadTurn(Members message, string path)
    {
        var turn = message.RequiredText("role") switch
        {
            "system" => new Turn(Speaker.System, ReadContent(message, "content", "text"), path),
            "user" => new Turn(Speaker.User, ReadContent(message, "content", "text", "image", "tool_result"), path),
            "assistant" => new Turn(Speaker.Assistant, ReadContent(message, "content", "text", "tool_use"), path),
            _ => throw Members.Refuse(message.At("role"), "is not user, assistant or system."),
        };
        message.End();
        return turn;
    }

    private static List<Part> ReadContent(Members parent, string member, params ReadOnlySpan<string> kinds)
    {
        if (parent.Take(member) is not { } content) return [];
        if (content.ValueKind == JsonValueKind.String) return [new TextPart(content.GetString()!)];
        var parts = new List<Part>();
        foreach (var block in parent.Objects(member))
        {
            var kind = block.RequiredText("type");
            if (!kinds.Contains(kind)) throw Members.Refuse(block.At("type"), $"is '{kind}', which cannot be translated here. Send {string.Join(" or ", kinds!)}.");
            block.Ignore("cache_control"); // a hint for billing
            parts.Add(kind switch
            {
                "text" => ReadText(block),
                "image" => ReadImage(block),
                "tool_use" => ReadCall(block),
                _ => ReadResult(block),
            });
            block.End();
        }
        return parts;
    }

    private static TextPart ReadText(Members block)
    {
        block.Expect("citations", "[]");
        return new TextPart(block.Text("text") ?? throw Members.Refuse(block.At("text"), "is missing."));
    }

    private static ImagePart ReadImage(Members block)
    {
        block.Expect("transformations", "{}");
        var source = block.Object("source") ?? throw Members.Refuse(block.At("source"), "is missing.");
        var kind = source.RequiredText("type");
        var image = kind switch
        {
            "base64" => ImageReading.OfBase64(source.RequiredText("media_type"), source.RequiredText("data"), null, source.At("data")),
            "url" => ImageReading.OfUrl(source.RequiredText("url"), null, source.At("url")),
            _ => throw Members.Refuse(source.At("type"), $"is '{kind}': a file that one vendor keeps cannot be sent to another. Send base64 or a URL."),
        };
        source.End();
        return image;
    }

    private static CallPart ReadCall(Members block)
    {
        block.Expect("caller", """{"type":"direct"}""");
        if (block.Take("input") is not { ValueKind: JsonValueKind.Object } input) throw Members.Refuse(block.At("input"), "is not an object.");
        return new CallPart(block.RequiredText("id"), block.RequiredText("name"), input.GetRawText(), block.At("input"));
    }

    private static ResultPart ReadResult(Members block) => new(
        block.RequiredText("tool_use_id"), ReadContent(block, "content", "text", "image"), block.Flag("is_error") ?? false);

    private static Tool ReadTool(Members tool)
    {
        if (tool.Text("type") is { } kind and not "custom")
            throw Members.Refuse(tool.At("type"), $"is '{kind}': only custom tools can be translated, all others belong to the vendor.");
        tool.Ignore("cache_control");
        tool.Expect("defer_loading", "false");
        tool.Ignore("eager_input_streaming"); // how finely a call is streamed, not what it says
        tool.Expect("input_examples", "[]");
        tool.Expect("allowed_callers", "[]", """["direct"]""");
        var read = new Tool(tool.RequiredText("name"), tool.Text("description"), tool.Schema("input_schema"), tool.Flag("strict"), tool.At("input_schema"));
        tool.End();
        return read;
    }

    private static (ToolChoice Choice, bool Parallel) ReadChoice(Members request)
    {
        if (request.Object("tool_choice") is not { } choice) return (new ToolChoice(ToolChoiceKind.Auto), true);
        var kind = choice.RequiredText("type");
        var read = kind switch
        {
            "auto" => new ToolChoice(ToolChoiceKind.Auto),
            "none" => new ToolChoice(ToolChoiceKind.None),
            "any" => new ToolChoice(ToolChoiceKind.Required),
            "tool" => new ToolChoice(ToolChoiceKind.Named, choice.RequiredText("name")),
            _ => throw Members.Refuse(choice.At("type"), $"is '{kind}'. Say auto, any, tool or none."),
        };
        var parallel = choice.Flag("disable_parallel_tool_use") is not true;
        choice.End();
        return (read, parallel);
    }

    /// <summary>This vendor's schemas are always enforced, hence strict; they have no name, which the other wants.</summary>
    private static AnswerFormat? ReadFormat(Members request)
    {
        if (request.Object("output_config") is not { } config) return null;
        AnswerFormat? read = null;
        if (config.Object("format") is { } format)
        {
            if (format.RequiredText("type") is var kind and not "json_schema") throw Members.Refuse(format.At("type"), $"is '{kind}'. Say json_schema.");
            var schema = format.Schema("schema") ?? throw Members.Refuse(format.At("schema"), "is missing.");
            read = new AnswerFormat("answer", null, schema, Strict: true, format.At("schema"));
            format.End();
        }
        config.End();
        return read;
    }

    private static string? ReadUser(Members request)
    {
        if (request.Object("metadata") is not { } metadata) return null;
        var user = metadata.Text("user_id");
        metadata.End();
        return user;
    }
}
