namespace Kintsugi.Models.Wire;

/// <summary>What an answer in the OpenAI or Anthropic format says of itself.</summary>
/// <param name="InputTokens">All of them, cached ones included, whichever way the vendor counts; null when it does not say.</param>
/// <param name="FinishReason">Of the first choice, the status of a response (`completed`, `incomplete`), or the stop reason of a message.</param>
/// <param name="Fingerprint">`system_fingerprint`: changes when the provider changes what serves the model.</param>
/// <param name="IsError">Whether it carries an error in spite of its status.</param>
/// <param name="IsComplete">For a stream: whether its end was sent, after something. Another answer is complete when it holds what an answer is made of.</param>
public sealed record AnswerFacts(
    string? ServedModel, long? InputTokens, long? OutputTokens, string? FinishReason, string? Fingerprint, bool IsError, bool IsComplete)
{
    public static readonly AnswerFacts None = new(null, null, null, null, null, IsError: false, IsComplete: true);

    /// <summary>Of the input, what the provider had cached.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Of the input, what it cached.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>Of what it cached, what it keeps for an hour.</summary>
    public long LongCacheWriteTokens { get; init; }

    /// <summary>How many of a stream's last events are read: usage, finish reasons and the end come last.</summary>
    private const int LastEvents = 8;

    /// <summary>By its content type.</summary>
    /// <returns>Null when it is neither an event stream nor one JSON object.</returns>
    public static AnswerFacts? Of(ModelAnswer answer) =>
        answer.ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ? OfStream(answer.Body.Span) : OfJson(answer.Body.Span);

    /// <returns>Null when the answer is not one JSON object.</returns>
    public static AnswerFacts? OfJson(ReadOnlySpan<byte> answer)
    {
        var facts = new FactReader();
        return facts.TryRead(answer) ? facts.ToFacts(isComplete: facts is { IsAnswer: true, HasNoChoice: false }) : null;
    }

    /// <param name="answer">Server-sent events, whole or broken off.</param>
    public static AnswerFacts OfStream(ReadOnlySpan<byte> answer)
    {
        var facts = new FactReader();
        var (isDone, isEmpty) = (false, true);
        var rest = answer;
        for (var n = 0; n < LastEvents && LastData(ref rest, out var data); n++)
        {
            if (data.SequenceEqual("[DONE]"u8)) isDone = true;
            else isEmpty &= !facts.TryRead(data);
        }
        if (facts.ServedModel is null && FirstData(answer, out var first)) facts.TryRead(first);
        return facts.ToFacts((isDone && !isEmpty) || facts.IsEnd || facts is { FinishReason: not null, HasEndEvent: false });
    }

    /// <summary>These facts with the tokens that another form of the same answer tells.</summary>
    public AnswerFacts WithUsageOf(AnswerFacts other) => other.InputTokens is null ? this : this with
    {
        InputTokens = other.InputTokens,
        OutputTokens = other.OutputTokens,
        CachedTokens = other.CachedTokens,
        CacheWriteTokens = other.CacheWriteTokens,
        LongCacheWriteTokens = other.LongCacheWriteTokens,
    };

    private static bool LastData(ref ReadOnlySpan<byte> events, out ReadOnlySpan<byte> data)
    {
        var at = events.LastIndexOf("\ndata:"u8);
        var start = at + 1;
        data = default;
        if (at < 0 && !events.StartsWith("data:"u8)) return false;
        data = Line(events[(start + "data:".Length)..]);
        events = events[..start];
        return true;
    }

    private static bool FirstData(ReadOnlySpan<byte> events, out ReadOnlySpan<byte> data)
    {
        var at = events.StartsWith("data:"u8) ? 0 : events.IndexOf("\ndata:"u8) + 1;
        data = at > 0 || events.StartsWith("data:"u8) ? Line(events[(at + "data:".Length)..]) : default;
        return !data.IsEmpty;
    }

    private static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n');
        return (end < 0 ? text : text[..end]).Trim(" \r"u8);
    }
}
