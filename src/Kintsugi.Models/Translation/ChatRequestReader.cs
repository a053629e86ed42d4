using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads a request in the format of OpenAI chat completions.</summary>
internal static class ChatRequestReader
{
    public static Conversation Read(JsonElement body)
    {
        var request = new Members(body, "");
        request.Ignore("safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "metadata", "store");
        request.Expect("n", "1");
        request.Expect("logprobs", "false");
        request.Expect("top_logprobs", "0");
        request.Expect("frequency_penalty", "0");
        request.Expect("presence_penalty", "0");
        request.Expect("logit_bias", "{}");
        request.Expect("modalities", """["text"]""");
        request.Expect("service_tier", "\"auto\"", "\"default\"");
        var (bound, oldBound) = (request.Count("max_completion_tokens"), request.Count("max_tokens")); // one name for the other
        var conversation = new Conversation(
            request.RequiredText("model"), [.. request.Objects("messages").Select((message, i) => ReadTurn(message, $"messages[{i}]"))],
            [.. request.Objects("tools").Select(ReadTool)], ReadChoice(request), request.Flag("parallel_tool_calls") ?? true, ReadFormat(request),
            new Sampling(bound ?? oldBound, request.Number("temperature"), request.Number("top_p"), ReadStop(request)),
            request.Flag("stream") ?? false, ReadStreamUsage(request), request.Text("reasoning_effort"), request.Text("verbosity"), request.Text("user"));
        request.End();
        return conversation;
    }

    private static Turn ReadTurn(Members message, string path)
    {
        var role = message.RequiredText("role");
        var turn = role switch
        {
            "system" or "developer" => new Turn(Speaker.System, ReadContent(message, "text"), path),
            "user" => new Turn(Speaker.User, ReadContent(message, "text", "image_url"), path),
            "assistant" => new Turn(Speaker.Assistant, ReadAssistant(message), path),
            "tool" => new Turn(Speaker.User, [new ResultPart(message.RequiredText("tool_call_id"), ReadContent(message, "text"), IsError: false)], path),
            _ => throw Members.Refuse(message.At("role"), "is not system, developer, user, assistant or tool."),
        };
        message.End();
        return turn;
    }

    private static List<Part> ReadAssistant(Members message)
    {
        message.Expect("annotations", "[]"); // clients send back the message that they got
        var parts = ReadContent(message, "text", "refusal");
        if (message.Text("refusal") is { } refusal) parts.Add(new TextPart(refusal));
        foreach (var call in message.Objects("tool_calls"))
        {
            Functions.Expect(call);
            call.Ignore("index");
            var function = call.Object("function") ?? throw Members.Refuse(call.At("function"), "is missing.");
            parts.Add(new CallPart(
                call.RequiredText("id"), function.RequiredText("name"), function.Text("arguments") ?? "", function.At("arguments")));
            function.End();
            call.End();
        }
        return parts;
    }

    private static List<Part> ReadContent(Members message, params ReadOnlySpan<string> kinds)
    {
        if (message.Take("content") is not { } content) return [];
        if (content.ValueKind == JsonValueKind.String) return [new TextPart(content.GetString()!)];
        var parts = new List<Part>();
        foreach (var part in message.Objects("content"))
        {
            var kind = part.RequiredText("type");
            if (!kinds.Contains(kind)) throw Members.Refuse(part.At("type"), $"is '{kind}', which cannot be translated here. Send {string.Join(" or ", kinds!)}.");
            part.Ignore("prompt_cache_breakpoint"); // a hint for billing
            parts.Add(kind == "image_url" ? ReadImage(part) : new TextPart(part.Text(kind) ?? throw Members.Refuse(part.At(kind), "is missing.")));
            part.End();
        }
        return parts;
    }

    private static ImagePart ReadImage(Members part)
    {
        var image = part.Object("image_url") ?? throw Members.Refuse(part.At("image_url"), "is missing.");
        var read = ImageReading.OfUrl(image.RequiredText("url"), image.Text("detail") is { } detail and not "auto" ? detail : null, image.At("url"));
        image.End();
        return read;
    }

    private static Tool ReadTool(Members tool)
    {
        Functions.Expect(tool);
        var function = tool.Object("function") ?? throw Members.Refuse(tool.At("function"), "is missing.");
        tool.End();
        return Functions.Read(function);
    }

    private static ToolChoice ReadChoice(Members request)
    {
        if (request.Take("tool_choice") is not { ValueKind: not JsonValueKind.String }) return Functions.ReadChoiceWord(request);
        var choice = request.Object("tool_choice")!;
        Functions.Expect(choice);
        var function = choice.Object("function") ?? throw Members.Refuse(choice.At("function"), "is missing.");
        var name = function.RequiredText("name");
        function.End();
        choice.End();
        return new ToolChoice(ToolChoiceKind.Named, name);
    }

    private static AnswerFormat? ReadFormat(Members request)
    {
        if (request.Object("response_format") is not { } format) return null;
        var kind = format.RequiredText("type");
        var schema = kind == "json_schema" ? format.Object("json_schema") ?? throw Members.Refuse(format.At("json_schema"), "is missing.") : format;
        var read = Formats.Read(kind, format, schema);
        schema.End();
        format.End();
        return read;
    }

    private static IReadOnlyList<string> ReadStop(Members request) =>
        request.Take("stop") is { ValueKind: JsonValueKind.String } word ? [word.GetString()!] : Functions.Texts(request, "stop");

    private static bool ReadStreamUsage(Members request)
    {
        if (request.Object("stream_options") is not { } options) return false;
        options.Expect("include_obfuscation", "false");
        var usage = options.Flag("include_usage") ?? false;
        options.End();
        return usage;
    }
}
