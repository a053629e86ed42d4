using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes a streamed answer as chunks of a chat completion.</summary>
/// <param name="withUsage">Whether the caller asked for a last chunk with the usage.</param>
internal sealed class ChatStreamWriter(EventWriter events, bool withUsage) : IStreamWriter
{
    private AnswerHead _head = new("", "", 0);
    private AnswerPart? _part;
    private int _calls;

    public void Write(Delta delta)
    {
        switch (delta)
        {
            case Begun begun:
                _head = begun.Head;
                WriteChunk(json =>
                {
                    json.WriteString("role", "assistant");
                    json.WriteString("content", "");
                });
                break;
            case PartBegun begun:
                _part = begun.Part;
                if (_part is Called call) WriteChunk(json => WriteCalls(json, () => ChatAnswerWriter.WriteCall(json, call, _calls++)));
                break;
            case TextAdded added:
                WriteChunk(json => WriteText(json, added.Text));
                break;
            case Ended ended:
                WriteChunk(_ => { }, ChatAnswerWriter.Finish(ended.Stop));
                if (withUsage && ended.Usage is { } usage) WriteUsage(usage);
                events.WriteDone();
                break;
            case Failed failed:
                events.Write(null, failed.Error.WriteOpenAi);
                break;
        }
    }

    private void WriteText(Utf8JsonWriter json, string text)
    {
        if (_part is not Called) json.WriteString(_part is Declined ? "refusal" : "content", text);
        else WriteCalls(json, () =>
        {
            json.WriteStartObject();
            json.WriteNumber("index", _calls - 1);
            json.WriteStartObject("function");
            json.WriteString("arguments", text);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static void WriteCalls(Utf8JsonWriter json, Action call)
    {
        json.WriteStartArray("tool_calls");
        call();
        json.WriteEndArray();
    }

    private void WriteChunk(Action<Utf8JsonWriter> delta, string? finish = null) => events.Write(null, json =>
    {
        ChatAnswerWriter.WriteHead(json, "chat.completion.chunk", _head);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        delta(json);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", finish);
        json.WriteEndObject();
        json.WriteEndArray();
        if (withUsage) json.WriteNull("usage");
    });

    private void WriteUsage(Usage usage) => events.Write(null, json =>
    {
        ChatAnswerWriter.WriteHead(json, "chat.completion.chunk", _head);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        ChatAnswerWriter.WriteUsage(json, usage);
    });
}
