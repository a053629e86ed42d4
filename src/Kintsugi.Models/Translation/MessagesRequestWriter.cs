using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes a request in the format of Anthropic messages.</summary>
/// <param name="answerTool">What JSON mode becomes; null without it.</param>
/// <param name="maxTokens">Where the request has no bound: this format demands one.</param>
internal sealed class MessagesRequestWriter(Conversation conversation, string? answerTool, int maxTokens)
{
    private const int MaxUserLength = 256; // of metadata.user_id

    public void Write(Utf8JsonWriter json)
    {
        Check();
        json.WriteString("model", conversation.Model);
        json.WriteNumber("max_tokens", conversation.Sampling.MaxTokens ?? maxTokens);
        WriteSystem(json);
        WriteTurns(json);
        if (conversation.Sampling.Temperature is { } temperature) json.WriteNumber("temperature", temperature);
        if (conversation.Sampling.TopP is { } topP) json.WriteNumber("top_p", topP);
        if (conversation.Sampling.Stop.Count > 0)
        {
            json.WriteStartArray("stop_sequences");
            foreach (var stop in conversation.Sampling.Stop) json.WriteStringValue(stop);
            json.WriteEndArray();
        }
        if (conversation.Stream) json.WriteBoolean("stream", true);
        if (conversation.User is { Length: > 0 and <= MaxUserLength } user)
        {
            json.WriteStartObject("metadata");
            json.WriteString("user_id", user);
            json.WriteEndObject();
        }
        WriteTools(json);
        WriteChoice(json);
    }

    private void Check()
    {
        if (conversation.Sampling.Temperature is > 1)
            throw Members.Refuse("temperature", "is above 1, which is the most that the provider's format knows. Send at most 1.");
        if (conversation.Effort is not (null or "none"))
            throw Members.Refuse("reasoning effort", "has no counterpart in the provider's format, where effort and thinking are set otherwise. Leave it out.");
        if (conversation.Verbosity is not (null or "medium"))
            throw Members.Refuse("verbosity", "has no counterpart in the provider's format. Leave it out.");
    }

    private IEnumerable<Turn> Leading => conversation.Turns.TakeWhile(turn => turn.Speaker == Speaker.System);

    private void WriteSystem(Utf8JsonWriter json)
    {
        var texts = Leading.SelectMany(turn => turn.Parts).Cast<TextPart>().Where(part => part.Text.Length > 0).ToList();
        if (texts.Count == 0) return;
        json.WriteStartArray("system");
        foreach (var text in texts) WritePart(json, text);
        json.WriteEndArray();
    }

    private void WriteTurns(Utf8JsonWriter json)
    {
        json.WriteStartArray("messages");
        foreach (var (speaker, turns) in Joined())
        {
            json.WriteStartObject();
            json.WriteString("role", speaker == Speaker.User ? "user" : "assistant");
            json.WriteStartArray("content");
            // Results come first, or the service refuses; calls come last, as the other formats have them.
            var parts = NotEmpty(turns).OrderBy(part => part switch { ResultPart => 0, CallPart => 2, _ => 1 });
            foreach (var part in parts) WritePart(json, part);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Neighbours with one speaker are one message here: results of parallel calls must stand in the one that follows the calls.</summary>
    private List<(Speaker Speaker, List<Turn> Turns)> Joined()
    {
        var joined = new List<(Speaker Speaker, List<Turn> Turns)>();
        foreach (var turn in conversation.Turns.Skip(Leading.Count()))
        {
            if (turn.Speaker == Speaker.System)
                throw Members.Refuse(turn.Path, "is an instruction after the conversation began; the provider's format takes instructions only before it. Move it to the front.");
            if (joined.Count == 0 || joined[^1].Speaker != turn.Speaker) joined.Add((turn.Speaker, []));
            joined[^1].Turns.Add(turn);
        }
        return joined;
    }

    /// <summary>The service refuses empty texts, which some libraries send before calls.</summary>
    private static List<Part> NotEmpty(List<Turn> turns)
    {
        List<Part> parts = [.. turns.SelectMany(turn => turn.Parts).Where(part => part is not TextPart { Text: "" })];
        return parts.Count > 0 ? parts : throw Members.Refuse(turns[0].Path, "is empty, which the provider's format does not allow. Leave it out.");
    }

    private static void WritePart(Utf8JsonWriter json, Part part)
    {
        json.WriteStartObject();
        switch (part)
        {
            case TextPart text:
                json.WriteString("type", "text");
                json.WriteString("text", text.Text);
                break;
            case ImagePart image:
                WriteImage(json, image);
                break;
            case CallPart call:
                json.WriteString("type", "tool_use");
                json.WriteString("id", call.Id);
                json.WriteString("name", call.Name);
                json.WritePropertyName("input");
                (Json.ObjectOf(call.Arguments.Length == 0 ? "{}" : call.Arguments) ?? throw Members.Refuse(call.Path, "is not a JSON object.")).WriteTo(json);
                break;
            case ResultPart result:
                json.WriteString("type", "tool_result");
                json.WriteString("tool_use_id", result.CallId);
                json.WriteStartArray("content");
                foreach (var inner in result.Content.Where(inner => inner is not TextPart { Text: "" })) WritePart(json, inner);
                json.WriteEndArray();
                if (result.IsError) json.WriteBoolean("is_error", true);
                break;
        }
        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, ImagePart image)
    {
        if (image.Detail is not null) throw Members.Refuse(image.Path, $"asks for detail '{image.Detail}', which the provider's format cannot. Say auto.");
        json.WriteString("type", "image");
        json.WriteStartObject("source");
        json.WriteString("type", image.MediaType is null ? "url" : "base64");
        if (image.MediaType is not null) json.WriteString("media_type", image.MediaType);
        json.WriteString(image.MediaType is null ? "url" : "data", image.Data);
        json.WriteEndObject();
    }

    private void WriteTools(Utf8JsonWriter json)
    {
        if (conversation.Tools.Count == 0 && answerTool is null) return;
        json.WriteStartArray("tools");
        foreach (var tool in conversation.Tools) WriteTool(json, tool);
        if (answerTool is not null && conversation.Format is { } format)
        {
            var description = format.Description is { Length: > 0 } words ? $"{AnswerTool.Description} {words}" : AnswerTool.Description;
            WriteTool(json, new Tool(answerTool, description, format.Schema, Strict: null, format.Path));
        }
        json.WriteEndArray();
    }

    private static void WriteTool(Utf8JsonWriter json, Tool tool)
    {
        json.WriteStartObject();
        json.WriteString("name", tool.Name);
        if (tool.Description is not null) json.WriteString("description", tool.Description);
        json.WritePropertyName("input_schema");
        WriteSchema(json, tool);
        if (tool.Strict is true) json.WriteBoolean("strict", true);
        json.WriteEndObject();
    }

    /// <summary>Here the type must be said, and be an object; elsewhere it may go without saying.</summary>
    private static void WriteSchema(Utf8JsonWriter json, Tool tool)
    {
        json.WriteStartObject();
        if (tool.Parameters?.Member("type") is not { } type) json.WriteString("type", "object");
        else if (type.ValueKind != JsonValueKind.String || !type.ValueEquals("object"))
            throw Members.Refuse(tool.Path, "is not a schema of type 'object', which is all that the provider's format takes.");
        if (tool.Parameters is { } schema)
        {
            foreach (var member in schema.EnumerateObject()) member.WriteTo(json);
        }
        json.WriteEndObject();
    }

    private void WriteChoice(Utf8JsonWriter json)
    {
        if (conversation.Tools.Count == 0 && answerTool is null) return;
        var forced = answerTool is null ? conversation.Choice
            : conversation.Tools.Count == 0 || conversation.Choice.Kind == ToolChoiceKind.None ? new ToolChoice(ToolChoiceKind.Named, answerTool)
            : new ToolChoice(ToolChoiceKind.Required);
        var parallel = conversation.ParallelCalls && forced.Name != (answerTool ?? "");
        if (forced.Kind == ToolChoiceKind.Auto && parallel) return;
        json.WriteStartObject("tool_choice");
        json.WriteString("type", forced.Kind switch
        {
            ToolChoiceKind.Auto => "auto",
            ToolChoiceKind.None => "none",
            ToolChoiceKind.Required => "any",
            _ => "tool",
        });
        if (forced.Name is not null) json.WriteString("name", forced.Name);
        if (!parallel && forced.Kind != ToolChoiceKind.None) json.WriteBoolean("disable_parallel_tool_use", true);
        json.WriteEndObject();
    }
}
