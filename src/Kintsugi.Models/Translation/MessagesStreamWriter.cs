using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes a streamed answer as the events of a message.</summary>
internal sealed class MessagesStreamWriter(EventWriter events) : IStreamWriter
{
    private int _index = -1;
    private AnswerPart? _part;
    private bool _isDeclined;

    public void Write(Delta delta)
    {
        switch (delta)
        {
            case Begun begun:
                WriteEvent("message_start", json =>
                {
                    json.WriteStartObject("message");
                    MessagesAnswerWriter.WriteEmpty(json, begun.Head, begun.Usage);
                    json.WriteEndObject();
                });
                break;
            case PartBegun begun:
                Begin(begun.Part);
                break;
            case TextAdded added:
                WriteBlockEvent("content_block_delta", json => WriteText(json, added.Text));
                break;
            case PartEnded:
                WriteBlockEvent("content_block_stop", _ => { });
                break;
            case Ended ended:
                End(ended);
                break;
            case Failed failed:
                events.Write("error", failed.Error.WriteAnthropic);
                break;
        }
    }

    private void Begin(AnswerPart part)
    {
        _index++;
        _part = part;
        _isDeclined |= part is Declined;
        WriteBlockEvent("content_block_start", json =>
        {
            json.WritePropertyName("content_block");
            MessagesAnswerWriter.WriteBlock(json, part);
        });
    }

    private void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject("delta");
        json.WriteString("type", _part is Called ? "input_json_delta" : "text_delta");
        json.WriteString(_part is Called ? "partial_json" : "text", text);
        json.WriteEndObject();
    }

    private void End(Ended ended)
    {
        WriteEvent("message_delta", json =>
        {
            json.WriteStartObject("delta");
            json.WriteString("stop_reason", MessagesAnswerWriter.Reason(ended.Stop, _isDeclined));
            json.WriteNull("stop_sequence");
            json.WriteNull("stop_details");
            json.WriteNull("container");
            json.WriteEndObject();
            MessagesAnswerWriter.WriteUsage(json, ended.Usage);
        });
        WriteEvent("message_stop", _ => { });
    }

    private void WriteBlockEvent(string type, Action<Utf8JsonWriter> members) => WriteEvent(type, json =>
    {
        json.WriteNumber("index", _index);
        members(json);
    });

    private void WriteEvent(string type, Action<Utf8JsonWriter> members) => events.Write(type, json =>
    {
        json.WriteString("type", type);
        members(json);
    });
}
