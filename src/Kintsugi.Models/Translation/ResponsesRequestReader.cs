using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads a request in the format of OpenAI responses.</summary>
internal static class ResponsesRequestReader
{
    public static Conversation Read(JsonElement body)
    {
        var request = new Members(body, "");
        request.Ignore("safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "metadata", "store");
        request.Expect("background", "false");
        request.Expect("include", "[]");
        request.Expect("top_logprobs", "0");
        request.Expect("truncation", "\"disabled\"");
        request.Expect("service_tier", "\"auto\"", "\"default\"");
        ExpectNoStreamOptions(request);
        var (format, verbosity) = ReadText(request);
        var conversation = new Conversation(
            request.RequiredText("model"), [.. ReadInstructions(request), .. ReadInput(request)], [.. request.Objects("tools").Select(ReadTool)],
            ReadChoice(request), request.Flag("parallel_tool_calls") ?? true, format,
            new Sampling(request.Count("max_output_tokens"), request.Number("temperature"), request.Number("top_p"), []),
            request.Flag("stream") ?? false, StreamUsage: true, ReadEffort(request), verbosity, request.Text("user"));
        request.End();
        return conversation;
    }

    private static void ExpectNoStreamOptions(Members request)
    {
        if (request.Object("stream_options") is not { } options) return;
        options.Expect("include_obfuscation", "false");
        options.End();
    }

    private static IEnumerable<Turn> ReadInstructions(Members request) =>
        request.Text("instructions") is { Length: > 0 } text ? [new Turn(Speaker.System, [new TextPart(text)], "instructions")] : [];

    private static IEnumerable<Turn> ReadInput(Members request) => request.Take("input") is { ValueKind: JsonValueKind.String } text
        ? [new Turn(Speaker.User, [new TextPart(text.GetString()!)], "input")]
        : request.Objects("input").Select((item, i) => ReadItem(item, $"input[{i}]"));

    private static Turn ReadItem(Members item, string path)
    {
        item.Ignore("id", "status"); // labels of what an earlier answer said
        var kind = item.Text("type") ?? "message";
        var turn = kind switch
        {
            "message" => ReadMessage(item, path),
            "function_call" => new Turn(Speaker.Assistant, [ReadCall(item)], path),
            "function_call_output" => new Turn(Speaker.User, [ReadResult(item)], path),
            _ => throw Members.Refuse(item.At("type"), $"is '{kind}': only messages, function calls and their outputs can be translated, all others live at one vendor."),
        };
        item.End();
        return turn;
    }

    private static Turn ReadMessage(Members item, string path) => item.RequiredText("role") switch
    {
        "system" or "developer" => new Turn(Speaker.System, ReadContent(item, "content", "input_text"), path),
        "user" => new Turn(Speaker.User, ReadContent(item, "content", "input_text", "input_image"), path),
        "assistant" => new Turn(Speaker.Assistant, ReadContent(item, "content", "output_text", "refusal", "input_text"), path),
        _ => throw Members.Refuse(item.At("role"), "is not system, developer, user or assistant."),
    };

    private static CallPart ReadCall(Members item) =>
        new(item.RequiredText("call_id"), item.RequiredText("name"), item.Text("arguments") ?? "", item.At("arguments"));

    private static ResultPart ReadResult(Members item) =>
        new(item.RequiredText("call_id"), ReadContent(item, "output", "input_text", "input_image"), IsError: false);

    private static List<Part> ReadContent(Members item, string member, params ReadOnlySpan<string> kinds)
    {
        if (item.Take(member) is not { } content) throw Members.Refuse(item.At(member), "is missing.");
        if (content.ValueKind == JsonValueKind.String) return [new TextPart(content.GetString()!)];
        var parts = new List<Part>();
        foreach (var part in item.Objects(member))
        {
            var kind = part.RequiredText("type");
            if (!kinds.Contains(kind)) throw Members.Refuse(part.At("type"), $"is '{kind}', which cannot be translated here. Send {string.Join(" or ", kinds!)}.");
            part.Ignore("prompt_cache_breakpoint"); // a hint for billing
            part.Expect("annotations", "[]");
            part.Expect("logprobs", "[]");
            parts.Add(kind == "input_image" ? ReadImage(part) : ReadPartText(part, kind == "refusal" ? kind : "text"));
            part.End();
        }
        return parts;
    }

    private static TextPart ReadPartText(Members part, string member) =>
        new(part.Text(member) ?? throw Members.Refuse(part.At(member), "is missing."));

    private static ImagePart ReadImage(Members part) => ImageReading.OfUrl(
        part.RequiredText("image_url"), part.Text("detail") is { } detail and not "auto" ? detail : null, part.At("image_url"));

    private static Tool ReadTool(Members tool)
    {
        Functions.Expect(tool);
        return Functions.Read(tool);
    }

    private static ToolChoice ReadChoice(Members request)
    {
        if (request.Take("tool_choice") is not { ValueKind: not JsonValueKind.String }) return Functions.ReadChoiceWord(request);
        var choice = request.Object("tool_choice")!;
        Functions.Expect(choice);
        var name = choice.RequiredText("name");
        choice.End();
        return new ToolChoice(ToolChoiceKind.Named, name);
    }

    private static (AnswerFormat? Format, string? Verbosity) ReadText(Members request)
    {
        if (request.Object("text") is not { } text) return default;
        AnswerFormat? read = null;
        if (text.Object("format") is { } format)
        {
            read = Formats.Read(format.RequiredText("type"), format, format);
            format.End();
        }
        var verbosity = text.Text("verbosity");
        text.End();
        return (read, verbosity);
    }

    private static string? ReadEffort(Members request)
    {
        if (request.Object("reasoning") is not { } reasoning) return null;
        var effort = reasoning.Text("effort");
        reasoning.End();
        return effort;
    }
}
