using System.Text;
using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Writes a streamed answer as the events of a response; the last one repeats the answer whole, so it is kept.</summary>
/// <param name="model">Named where the provider failed before it said what serves.</param>
internal sealed class ResponsesStreamWriter(EventWriter events, ResponsesEcho echo, string model) : IStreamWriter
{
    private readonly List<AnswerPart> _parts = [];
    private readonly StringBuilder _text = new();
    private AnswerHead? _head;
    private AnswerPart? _part;
    private int _sequence;

    public void Write(Delta delta)
    {
        switch (delta)
        {
            case Begun begun:
                Begin(begun.Head);
                break;
            case PartBegun begun:
                BeginPart(begun.Part);
                break;
            case TextAdded added:
                _text.Append(added.Text);
                WritePartEvent(_part is Called ? "response.function_call_arguments.delta" : $"{TextKind}.delta", json =>
                {
                    json.WriteString("delta", added.Text);
                    if (_part is Said) ResponsesAnswerWriter.WriteNone(json, "logprobs");
                });
                break;
            case PartEnded:
                EndPart();
                break;
            case Ended ended:
                WriteResponse($"response.{ResponsesAnswerWriter.Status(ended.Stop)}", ResponsesAnswerWriter.Status(ended.Stop), ended.Stop, ended.Usage);
                break;
            case Failed failed:
                if (_head is null) Begin(new AnswerHead("", model, 0));
                if (_part is not null) _parts.Add(WithText(_part));
                WriteResponse("response.failed", "failed", error: failed.Error);
                break;
        }
    }

    private AnswerHead Head => _head ?? throw new InvalidOperationException("A part was begun before its answer.");

    private string TextKind => _part is Declined ? "response.refusal" : "response.output_text";

    private void Begin(AnswerHead head)
    {
        _head = head;
        WriteResponse("response.created", ResponsesAnswerWriter.InProgress);
        WriteResponse("response.in_progress", ResponsesAnswerWriter.InProgress);
    }

    private void BeginPart(AnswerPart part)
    {
        _part = part;
        _text.Clear();
        WriteItem("response.output_item.added", part, ResponsesAnswerWriter.InProgress);
        if (part is not Called) WriteContent("response.content_part.added", part);
    }

    private void EndPart()
    {
        var part = WithText(_part!);
        if (part is Called call)
        {
            WritePartEvent("response.function_call_arguments.done", json =>
            {
                json.WriteString("name", call.Name);
                json.WriteString("arguments", call.Text);
            });
        }
        else
        {
            WritePartEvent($"{TextKind}.done", json =>
            {
                json.WriteString(part is Declined ? "refusal" : "text", part.Text);
                if (part is Said) ResponsesAnswerWriter.WriteNone(json, "logprobs");
            });
            WriteContent("response.content_part.done", part);
        }
        WriteItem("response.output_item.done", part, ResponsesAnswerWriter.Completed);
        _parts.Add(part);
        _part = null;
    }

    private AnswerPart WithText(AnswerPart part) => part with { Text = _text.ToString() };

    private void WriteItem(string type, AnswerPart part, string status) => WriteEvent(type, json =>
    {
        json.WriteNumber("output_index", _parts.Count);
        json.WritePropertyName("item");
        ResponsesAnswerWriter.WriteItem(json, Head, part, _parts.Count, status);
    });

    private void WriteContent(string type, AnswerPart part) => WritePartEvent(type, json =>
    {
        json.WritePropertyName("part");
        ResponsesAnswerWriter.WriteContent(json, part);
    });

    private void WritePartEvent(string type, Action<Utf8JsonWriter> members) => WriteEvent(type, json =>
    {
        json.WriteString("item_id", ResponsesAnswerWriter.ItemId(Head, _part!, _parts.Count));
        json.WriteNumber("output_index", _parts.Count);
        if (_part is not Called) json.WriteNumber("content_index", 0);
        members(json);
    });

    private void WriteResponse(string type, string status, StopReason? stop = null, Usage? usage = null, ProviderError? error = null) => WriteEvent(type, json =>
    {
        json.WriteStartObject("response");
        ResponsesAnswerWriter.Write(json, echo, Head, _parts, status, stop, usage, error);
        json.WriteEndObject();
    });

    private void WriteEvent(string type, Action<Utf8JsonWriter> members) => events.Write(type, json =>
    {
        json.WriteString("type", type);
        json.WriteNumber("sequence_number", _sequence++);
        members(json);
    });
}
