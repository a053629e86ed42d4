using System.Text;
using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads the chunks of a streamed chat completion.</summary>
/// <remarks>
/// Parallel tool calls may come mixed, while parts follow one another in other formats. So what comes for the first part that has not ended
/// is passed on at once, and what comes for others waits until it is their turn.
/// </remarks>
internal sealed class ChatStreamReader(Action<Delta> emit) : IStreamReader
{
    private const int MaxCalls = 128; // as many as a request may offer tools

    private readonly List<OpenPart> _open = [];
    private bool _hasBegun;
    private bool _hasCalls;
    private string? _finish;
    private Usage? _usage;

    public void Read(JsonElement data)
    {
        if (data.Member("error") is not null)
        {
            emit(new Failed(ProviderError.Read(null, data)));
            return;
        }
        _usage = ChatAnswerReader.ReadUsage(data) ?? _usage;
        // A chunk may have no choice: the last has only the usage, and some services begin with one about their content filter.
        foreach (var choice in data.Items("choices").Where(choice => choice.Count("index") is null or 0)) ReadChoice(data, choice);
    }

    public void ReadDone()
    {
        var stop = ChatAnswerReader.ReadStop(_finish, _hasCalls);
        while (_open.Count > 0) EndFirst();
        emit(new Ended(stop, _usage));
    }

    private void ReadChoice(JsonElement chunk, JsonElement choice)
    {
        if (!_hasBegun) emit(new Begun(ChatAnswerReader.ReadHead(chunk), null));
        _hasBegun = true;
        var delta = choice.Member("delta") ?? default;
        if (delta.Text("content") is { Length: > 0 } text) Add(Last<Said>() ?? Open(new Said("")), text);
        if (delta.Text("refusal") is { Length: > 0 } refusal) Add(Last<Declined>() ?? Open(new Declined("")), refusal);
        foreach (var call in delta.Items("tool_calls")) ReadCall(call);
        _finish = choice.Text("finish_reason") ?? _finish;
    }

    private void ReadCall(JsonElement delta)
    {
        var function = delta.Member("function") ?? default;
        var id = delta.Text("id") is { Length: > 0 } given ? given : null;
        // Some services leave out the index: then a new id begins a call, and what has none belongs to the call begun last.
        var part = delta.Count("index") is { } index ? _open.Find(part => part.Index == index)
            : id is not null ? _open.Find(part => part.Part is Called call && call.Id == id)
            : _open.FindLast(part => part.Part is Called);
        if (part is null)
        {
            _hasCalls = true;
            if (id is null || function.Text("name") is not { Length: > 0 } name) throw new FormatException("A tool call of the stream begins without its id or its function's name.");
            part = Open(new Called(id, name, ""), delta.Count("index") ?? _open.Count);
        }
        if (function.Text("arguments") is { Length: > 0 } arguments) Add(part, arguments);
    }

    private OpenPart? Last<T>() where T : AnswerPart => _open is [.., { Part: T } last] ? last : null;

    private OpenPart Open(AnswerPart part, long? index = null)
    {
        if (_open.Count >= MaxCalls) throw new FormatException($"The stream has more than {MaxCalls} parts at once.");
        if (_open is [{ Part: not Called }]) EndFirst(); // text that comes later is another text
        var opened = new OpenPart(part, index);
        _open.Add(opened);
        if (_open.Count == 1) emit(new PartBegun(part));
        return opened;
    }

    private void Add(OpenPart part, string text)
    {
        part.HasText = true;
        if (part == _open[0]) emit(new TextAdded(text));
        else part.Waiting.Append(text);
    }

    private void EndFirst()
    {
        if (_open[0] is { Part: Called, HasText: false }) emit(new TextAdded("{}")); // a call without arguments
        emit(new PartEnded());
        _open.RemoveAt(0);
        if (_open.Count == 0) return;
        emit(new PartBegun(_open[0].Part));
        if (_open[0].Waiting.Length > 0) emit(new TextAdded(_open[0].Waiting.ToString()));
    }

    /// <param name="index">Of a tool call, in the provider's count.</param>
    private sealed class OpenPart(AnswerPart part, long? index)
    {
        public AnswerPart Part { get; } = part;

        public long? Index { get; } = index;

        public bool HasText { get; set; }

        public StringBuilder Waiting { get; } = new();
    }
}
