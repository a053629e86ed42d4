using System.Text.Json;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Translation;

/// <summary>Asks a provider in its own dialect what an agent asked in another, and turns the answer back.</summary>
/// <remarks>
/// What the provider's dialect has no words for is refused with a reason, never dropped; only labels that no model sees are left out.
/// Each dialect is read into one form and written from it, so that a new one costs a reader and a writer and not one of each per pair.
/// </remarks>
public sealed class Translation
{
    /// <summary>Content type of a translated stream.</summary>
    public const string EventStream = "text/event-stream; charset=utf-8";

    private readonly Dialect _asked;
    private readonly Dialect _spoken;
    private readonly Conversation _conversation;
    private readonly JsonElement _original;
    private readonly string? _answerTool;

    private Translation(Dialect asked, Dialect spoken, Conversation conversation, JsonElement original, int maxTokens)
    {
        (_asked, _spoken, _conversation, _original) = (asked, spoken, conversation, original);
        _answerTool = spoken == Dialect.Messages ? AnswerTool.NameFor(conversation) : null;
        Request = spoken == Dialect.Messages
            ? new ModelRequest("/v1/messages", Json.Write(new MessagesRequestWriter(conversation, _answerTool, maxTokens).Write))
            : new ModelRequest("/v1/chat/completions", Json.Write(json => ChatRequestWriter.Write(json, conversation)));
    }

    /// <summary>In the spoken dialect.</summary>
    public ModelRequest Request { get; }

    /// <param name="request">In the asked dialect, with the provider's name of the model: some of them want another field for the same.</param>
    /// <param name="spoken">Chat or Messages, and another than the asked one: what need not be translated should pass as it is.</param>
    /// <param name="maxTokens">Bound of the answer where the spoken dialect demands one and the request has none.</param>
    /// <exception cref="UntranslatableException">The request holds what cannot be carried, or is malformed.</exception>
    public static Translation Of(ModelRequest request, Dialect asked, Dialect spoken, int maxTokens)
    {
        if (spoken == Dialect.Responses || spoken == asked) throw new ArgumentOutOfRangeException(nameof(spoken), spoken, "Chat or Messages, and not the asked dialect.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        try
        {
            var body = JsonElement.Parse(request.Body.Span, Json.Bounds);
            var conversation = asked switch
            {
                Dialect.Chat => ChatRequestReader.Read(body),
                Dialect.Responses => ResponsesRequestReader.Read(body),
                _ => MessagesRequestReader.Read(body),
            };
            Check(conversation);
            return new Translation(asked, spoken, conversation, body, maxTokens);
        }
        catch (JsonException e)
        {
            throw new UntranslatableException($"The body is not JSON that can be read: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            throw new UntranslatableException("A string of the body is not valid Unicode: an escape names half a letter. Send both halves.");
        }
    }

    /// <summary>Turns a whole answer, or an error, into the asked dialect. An event stream is translated as one.</summary>
    /// <exception cref="FormatException">A 2xx is not in the spoken dialect.</exception>
    public ModelAnswer Back(ModelAnswer answer)
    {
        if (answer.Status is < 200 or > 299)
        {
            if (_asked == Dialect.Responses && _spoken == Dialect.Chat) return answer; // one vendor's: errors look the same in both
            var error = ProviderError.Read(answer.Status, answer.Body);
            return answer with { ContentType = "application/json", Body = Json.Write(_asked == Dialect.Messages ? error.WriteAnthropic : error.WriteOpenAi) };
        }
        if (answer.ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            var stream = OpenStream();
            return answer with { ContentType = EventStream, Body = (byte[])[.. stream.Next(answer.Body.Span).Span, .. stream.End().Span] };
        }
        return answer with { ContentType = "application/json", Body = Write(ReadWhole(answer.Body.Span)) };
    }

    /// <summary>For one streamed answer.</summary>
    public StreamTranslation OpenStream() => new(
        emit => _spoken == Dialect.Messages ? new MessagesStreamReader(_answerTool, emit) : new ChatStreamReader(emit),
        events => _asked switch
        {
            Dialect.Chat => new ChatStreamWriter(events, _conversation.StreamUsage),
            Dialect.Responses => new ResponsesStreamWriter(events, new ResponsesEcho(_original), _conversation.Model),
            _ => new MessagesStreamWriter(events),
        });

    private static void Check(Conversation conversation)
    {
        if (!conversation.Turns.Any(turn => turn.Speaker == Speaker.User)) throw new UntranslatableException("The request holds no message of the user. Send at least one.");
        if (conversation.Turns[^1] is { Speaker: Speaker.Assistant } last)
            throw Members.Refuse(last.Path, "is the assistant's and comes last: one format continues it and the other answers it. End with a message of the user or the result of a tool.");
        if (conversation.Tools.Count == 0 && conversation.Choice.Kind is ToolChoiceKind.Required or ToolChoiceKind.Named)
            throw Members.Refuse("tool_choice", "asks for a call, and there are no tools. Offer some.");
    }

    private Answer ReadWhole(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = JsonElement.Parse(body, Json.Bounds);
            return _spoken == Dialect.Messages ? MessagesAnswerReader.Read(json, _answerTool) : ChatAnswerReader.Read(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a string that is not valid Unicode
        {
            throw new FormatException("The answer is not JSON that can be read.", e);
        }
    }

    private byte[] Write(Answer answer) => Json.Write(json =>
    {
        if (_asked == Dialect.Chat) ChatAnswerWriter.Write(json, answer);
        else if (_asked == Dialect.Messages) MessagesAnswerWriter.Write(json, answer);
        else ResponsesAnswerWriter.Write(json, new ResponsesEcho(_original), answer);
    });
}
