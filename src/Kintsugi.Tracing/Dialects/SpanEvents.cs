using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>What was said to a model and by it, where a span's events or log records tell it.</summary>
internal sealed record EventMessages(IReadOnlyList<Message> Messages, IReadOnlyList<Message> Answer, IReadOnlyList<string> FinishReasons);

/// <summary>Events of a span: content that instrumentations send apart from the attributes, and the rest.</summary>
internal static class SpanEvents
{
    private const int MostKept = 100;

    private static readonly HashSet<string> Content =
    [
        "gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.choice",
        "gen_ai.content.prompt", "gen_ai.content.completion", "gen_ai.client.inference.operation.details",
    ];

    /// <summary>Reads `gen_ai.user.message` and its like, from log records (their `body`) and from span events, old and new.</summary>
    public static EventMessages Read(SpanData span)
    {
        List<Message> messages = [];
        List<Message> answer = [];
        List<string> finish = [];
        foreach (var told in span.Events)
        {
            if (!Content.Contains(told.Name)) continue;
            var body = Told(told.Attributes["body"]) as JsonObject ?? told.Attributes;
            switch (told.Name)
            {
                case "gen_ai.content.prompt":
                    messages.AddRange(MessageReader.Read(Told(told.Attributes["gen_ai.prompt"]), "user"));
                    break;
                case "gen_ai.content.completion":
                    answer.AddRange(MessageReader.Read(Told(told.Attributes["gen_ai.completion"]), "assistant"));
                    break;
                case "gen_ai.client.inference.operation.details":
                    messages.AddRange(Instructions(told.Attributes["gen_ai.system_instructions"]));
                    messages.AddRange(MessageReader.Read(Told(told.Attributes["gen_ai.input.messages"]), "user"));
                    var output = Told(told.Attributes["gen_ai.output.messages"]);
                    answer.AddRange(MessageReader.Read(output, "assistant"));
                    finish.AddRange(FinishReasons(output));
                    break;
                case "gen_ai.choice":
                    var message = At(body, "message") is { } inner ? Told(inner) : body;
                    answer.AddRange(MessageReader.Read(message is JsonValue ? message : Unwrapped(message), "assistant"));
                    if (AsWords(At(body, "finish_reason")) is { } reason) finish.Add(reason);
                    break;
                default:
                    messages.AddRange(MessageReader.Read(Unwrapped(body), told.Name["gen_ai.".Length..^".message".Length]));
                    break;
            }
        }
        return new EventMessages(messages, answer, OneSpelling.Finish(finish));
    }

    /// <summary>The system's words, which newer spellings keep apart from the messages.</summary>
    public static IReadOnlyList<Message> Instructions(JsonNode? node) => Told(node) switch
    {
        JsonArray parts when parts.Count > 0 => MessageReader.Read(new JsonObject { ["role"] = "system", ["parts"] = Copy(parts) }, "system"),
        JsonNode other => MessageReader.Read(other, "system"),
        _ => [],
    };

    public static IEnumerable<string> FinishReasons(JsonNode? messages) =>
        messages is JsonArray list ? list.Select(m => AsWords(At(m, "finish_reason"))).OfType<string>() : [];

    /// <summary>Events that no property tells, without what their span's attributes say too.</summary>
    public static JsonArray Rest(SpanData span)
    {
        var rest = new JsonArray();
        foreach (var told in span.Events)
        {
            if (rest.Count == MostKept) break;
            if (Content.Contains(told.Name)) continue;
            var attributes = new JsonObject();
            foreach (var (name, value) in told.Attributes)
            {
                if (told.Name == "exception" && name is "exception.type" or "exception.message" && span.Failed) continue;
                var copy = Copy(value);
                if (!span.Attributes.TryGetPropertyValue(name, out var same) || !JsonNode.DeepEquals(Copy(same), copy)) attributes[name] = copy;
            }
            if (attributes.Count > 0 || told.Attributes.Count == 0) rest.Add(new JsonObject { ["name"] = told.Name, ["attributes"] = attributes });
        }
        return rest;
    }

    // A text attribute may hold the calls as JSON: {"content":"…","tool_calls":"[…]"}
    private static JsonObject Unwrapped(JsonNode? node)
    {
        var message = Copy(node) as JsonObject ?? [];
        if (AsText(message["tool_calls"]) is { } calls) message["tool_calls"] = OfText(calls);
        return message;
    }
}
