using System.Text;
using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads the events of a streamed message.</summary>
/// <param name="answerTool">The tool whose input is the answer's text; null without JSON mode.</param>
/// <remarks>In JSON mode, text beside the answer would spoil it: it waits, and is passed on only if no answer comes.</remarks>
internal sealed class MessagesStreamReader(string? answerTool, Action<Delta> emit) : IStreamReader
{
    private const int MaxBlocks = 1024;

    private readonly StringBuilder _beside = new();
    private int _blocks;
    private long? _index;
    private AnswerPart? _part;
    private bool _isAnswer;
    private bool _hasText;
    private bool _hasAnswer;
    private bool _hasOtherCalls;
    private bool _hasBegun;
    private StopReason? _stop;
    private Usage? _usage;

    public void Read(JsonElement data)
    {
        switch (data.Text("type"))
        {
            case "message_start":
                Begin(data.Member("message") ?? throw new FormatException("The stream's message_start has no message."));
                break;
            case "content_block_start":
                BeginBlock(data);
                break;
            case "content_block_delta":
                AddToBlock(data);
                break;
            case "content_block_stop":
                EndBlock(data);
                break;
            case "message_delta":
                _stop = (data.Member("delta") ?? default).Text("stop_reason") is { } reason ? MessagesAnswerReader.ReadStop(reason) : _stop;
                _usage = MessagesAnswerReader.ReadUsage(data, _usage);
                break;
            case "message_stop":
                End();
                break;
            case "error":
                emit(new Failed(ProviderError.Read(null, data)));
                break;
            case null:
                throw new FormatException("An event of the stream has no type.");
            default:
                break; // ping, and what the vendor may add
        }
    }

    public void ReadDone() => throw new FormatException("The stream ends with [DONE], which is not of its format.");

    private bool WaitsForAnswer => answerTool is not null && _part is Said && !_isAnswer;

    private void Begin(JsonElement message)
    {
        if (_hasBegun) throw new FormatException("The stream begins twice.");
        _hasBegun = true;
        _usage = MessagesAnswerReader.ReadUsage(message, null);
        emit(new Begun(MessagesAnswerReader.ReadHead(message), _usage));
    }

    private void BeginBlock(JsonElement data)
    {
        if (!_hasBegun || _index is not null) throw new FormatException("A block of the stream begins before the message, or within another block.");
        if (++_blocks > MaxBlocks) throw new FormatException($"The stream has more than {MaxBlocks} blocks.");
        _index = data.Count("index") ?? throw new FormatException("A block of the stream has no index.");
        _part = MessagesAnswerReader.ReadPart(data.Member("content_block") ?? default);
        _isAnswer = _part is Called call && call.Name == answerTool;
        _hasAnswer |= _isAnswer;
        _hasOtherCalls |= _part is Called && !_isAnswer;
        _hasText = false;
        if (_part is null || WaitsForAnswer) return;
        emit(new PartBegun(_isAnswer ? new Said("") : _part with { Text = "" }));
        if (_part is Said { Text.Length: > 0 }) Add(_part.Text);
    }

    private void AddToBlock(JsonElement data)
    {
        ExpectOpen(data);
        var delta = data.Member("delta") ?? default;
        if (_part is null) return; // thinking
        if ((_part is Called ? delta.Text("partial_json") : delta.Text("text")) is { Length: > 0 } text) Add(text);
    }

    private void Add(string text)
    {
        _hasText = true;
        if (WaitsForAnswer) _beside.Append(text);
        else emit(new TextAdded(text));
    }

    private void EndBlock(JsonElement data)
    {
        ExpectOpen(data);
        if (_part is Called && !_hasText) emit(new TextAdded(_part.Text)); // no arguments, or all at once
        if (_part is not null && !WaitsForAnswer) emit(new PartEnded());
        _index = null;
    }

    private void ExpectOpen(JsonElement data)
    {
        if (_index is null || data.Count("index") != _index) throw new FormatException("An event of the stream belongs to no open block.");
    }

    private void End()
    {
        if (!_hasBegun || _stop is not { } stop || _index is not null) throw new FormatException("The stream ends without a message_start or a stop_reason, or within a block.");
        if (!_hasAnswer && _beside.Length > 0)
        {
            emit(new PartBegun(new Said("")));
            emit(new TextAdded(_beside.ToString()));
            emit(new PartEnded());
        }
        emit(new Ended(_hasAnswer ? MessagesAnswerReader.Answered(stop, _hasOtherCalls) : stop, _usage));
    }
}
