using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kintsugi.Models.Translation;

/// <summary>Writes a request in the format of OpenAI chat completions.</summary>
internal static partial class ChatRequestWriter
{
    public static void Write(Utf8JsonWriter json, Conversation conversation)
    {
        json.WriteString("model", conversation.Model);
        json.WriteStartArray("messages");
        foreach (var (speaker, parts) in Joined(conversation.Turns)) WriteTurn(json, speaker, parts);
        json.WriteEndArray();
        WriteSampling(json, conversation);
        if (conversation.Stream)
        {
            json.WriteBoolean("stream", true);
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true); // the formats that are translated into this one always end with the usage
            json.WriteEndObject();
        }
        WriteTools(json, conversation);
        if (conversation.Format is { } format) WriteFormat(json, format);
        if (conversation.Effort is not null) json.WriteString("reasoning_effort", conversation.Effort);
        if (conversation.Verbosity is not null) json.WriteString("verbosity", conversation.Verbosity);
        if (conversation.User is { Length: > 0 } user) json.WriteString("user", user);
    }

    /// <summary>Neighbouring turns of the assistant are one message here: all calls that are answered next must stand in one.</summary>
    private static List<(Speaker Speaker, List<Part> Parts)> Joined(IReadOnlyList<Turn> turns)
    {
        var joined = new List<(Speaker Speaker, List<Part> Parts)>();
        foreach (var turn in turns)
        {
            if (turn.Speaker != Speaker.Assistant || joined.Count == 0 || joined[^1].Speaker != Speaker.Assistant) joined.Add((turn.Speaker, []));
            joined[^1].Parts.AddRange(turn.Parts);
        }
        return joined;
    }

    /// <summary>A turn of the user may hold results of tools, each a message of its own here; they come first, to follow the calls.</summary>
    private static void WriteTurn(Utf8JsonWriter json, Speaker speaker, List<Part> parts)
    {
        foreach (var result in parts.OfType<ResultPart>())
        {
            json.WriteStartObject();
            json.WriteString("role", "tool");
            json.WriteString("tool_call_id", result.CallId);
            WriteContent(json, ResultTexts(result));
            json.WriteEndObject();
        }
        List<Part> said = [.. parts.Where(part => part is TextPart or ImagePart)];
        List<CallPart> calls = [.. parts.OfType<CallPart>()];
        if (said.Count == 0 && calls.Count == 0 && parts.Count > 0) return;
        json.WriteStartObject();
        json.WriteString("role", speaker switch { Speaker.System => "system", Speaker.User => "user", _ => "assistant" });
        if (said.Count == 0 && calls.Count > 0) json.WriteNull("content");
        else WriteContent(json, said);
        if (calls.Count > 0) WriteCalls(json, calls);
        json.WriteEndObject();
    }

    /// <summary>Here a result cannot be marked as an error, so it is said in words.</summary>
    private static List<Part> ResultTexts(ResultPart result)
    {
        if (result.Content.OfType<ImagePart>().FirstOrDefault() is { } image)
            throw Members.Refuse(image.Path, "is an image within the result of a tool; the provider's format takes only text there. Send it in a message of the user.");
        var text = result.Content is [TextPart first, ..] ? first.Text : "";
        var isSaid = !result.IsError || text.StartsWith("error", StringComparison.OrdinalIgnoreCase);
        return isSaid ? [.. result.Content] : [new TextPart($"Error: {text}"), .. result.Content.Skip(1)];
    }

    /// <summary>One text is written as a string: not every service takes a list from everyone.</summary>
    private static void WriteContent(Utf8JsonWriter json, IReadOnlyList<Part> parts)
    {
        if (parts is [] or [TextPart])
        {
            json.WriteString("content", parts is [TextPart only] ? only.Text : "");
            return;
        }
        json.WriteStartArray("content");
        foreach (var part in parts)
        {
            json.WriteStartObject();
            if (part is TextPart text)
            {
                json.WriteString("type", "text");
                json.WriteString("text", text.Text);
            }
            else WriteImage(json, (ImagePart)part);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteImage(Utf8JsonWriter json, ImagePart image)
    {
        json.WriteString("type", "image_url");
        json.WriteStartObject("image_url");
        json.WriteString("url", image.MediaType is null ? image.Data : $"data:{image.MediaType};base64,{image.Data}");
        if (image.Detail is not null) json.WriteString("detail", image.Detail);
        json.WriteEndObject();
    }

    private static void WriteCalls(Utf8JsonWriter json, List<CallPart> calls)
    {
        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", call.Id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteString("arguments", call.Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSampling(Utf8JsonWriter json, Conversation conversation)
    {
        var sampling = conversation.Sampling;
        if (sampling.MaxTokens is { } bound) json.WriteNumber(OpenAiModel().IsMatch(conversation.Model) ? "max_completion_tokens" : "max_tokens", bound);
        if (sampling.Temperature is { } temperature) json.WriteNumber("temperature", temperature);
        if (sampling.TopP is { } topP) json.WriteNumber("top_p", topP);
        if (sampling.Stop.Count == 0) return;
        json.WriteStartArray("stop");
        foreach (var stop in sampling.Stop) json.WriteStringValue(stop);
        json.WriteEndArray();
    }

    private static void WriteTools(Utf8JsonWriter json, Conversation conversation)
    {
        if (conversation.Tools.Count == 0) return;
        json.WriteStartArray("tools");
        foreach (var tool in conversation.Tools)
        {
            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", tool.Name);
            if (tool.Description is not null) json.WriteString("description", tool.Description);
            WriteSchema(json, "parameters", tool.Parameters);
            if (tool.Strict is { } strict) json.WriteBoolean("strict", strict);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteChoice(json, conversation.Choice);
        if (!conversation.ParallelCalls) json.WriteBoolean("parallel_tool_calls", false);
    }

    private static void WriteChoice(Utf8JsonWriter json, ToolChoice choice)
    {
        if (choice.Kind == ToolChoiceKind.None) json.WriteString("tool_choice", "none");
        if (choice.Kind == ToolChoiceKind.Required) json.WriteString("tool_choice", "required");
        if (choice.Kind != ToolChoiceKind.Named) return;
        json.WriteStartObject("tool_choice");
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", choice.Name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteFormat(Utf8JsonWriter json, AnswerFormat format)
    {
        json.WriteStartObject("response_format");
        json.WriteString("type", format.Schema is null ? "json_object" : "json_schema");
        if (format.Schema is not null)
        {
            json.WriteStartObject("json_schema");
            json.WriteString("name", format.Name);
            if (format.Description is not null) json.WriteString("description", format.Description);
            WriteSchema(json, "schema", format.Schema);
            if (format.Strict is { } strict) json.WriteBoolean("strict", strict);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteSchema(Utf8JsonWriter json, string name, JsonElement? schema)
    {
        if (schema is null) return;
        json.WritePropertyName(name);
        schema.Value.WriteTo(json);
    }

    /// <summary>OpenAI's own models refuse `max_tokens` from o1 on, and all take the newer name; many other services know only the older one.</summary>
    [GeneratedRegex("^(.*/)?(gpt-|chatgpt-|o[1-9])")]
    private static partial Regex OpenAiModel();
}
