using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Evaluation.Agents;

/// <summary>What the agent itself tells of one sample x epoch, in spans: up to a size, and nothing that began before the sample or comes after its end. All of it is a stranger's word.</summary>
/// <remarks>
/// SDKs send in batches, so the last spans come when the answer is here already: they are waited for, but only for as long as such an SDK takes, and not at all once
/// an agent of the same evaluation was seen to send none.
/// </remarks>
public sealed class SampleSpans : ISpanSink
{
    public const int MostSpans = 5_000;
    public const long MostBytes = 4L << 20;

    /// <summary>LangSmith's SDK gathers for 250 ms, and asks for `/info` before it first sends.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);

    /// <summary>When all that has come is whole: an SDK would have sent what it still holds.</summary>
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(300);

    /// <summary>After what has come since the answer: more than <see cref="AgentSeat.SpanDelay"/>, by which the agent sends.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(60);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestUnderWay = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly long _beganNs;
    private readonly Dictionary<(TraceId, SpanId), SpanRow> _spans = [];
    private readonly List<SpanNote> _notes = [];
    private SpanHabit? _habit;
    private TaskCompletionSource? _changed;
    private long? _answered;
    private long? _arrived;
    private long _bytes;
    private int _underWay, _before, _tooMany;
    private bool _isClosed;

    /// <summary>Of a sample that begins now.</summary>
    public SampleSpans(TimeProvider clock)
    {
        _clock = clock;
        _beganNs = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000; // agents' clocks tell whole milliseconds, cut off
    }

    /// <summary>Whether anything that comes would be thrown away.</summary>
    public bool IsClosed
    {
        get { lock (_lock) return _isClosed; }
    }

    /// <summary>Never: what is too much is left out, since an agent that is told to send it again would wait for that.</summary>
    public bool IsFull => false;

    /// <summary>Whether a request is worth reading.</summary>
    internal bool Takes
    {
        get { lock (_lock) return !_isClosed && _tooMany == 0; }
    }

    public Task<bool> TryWriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, bool isBegun, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isClosed) return Task.FromResult(true);
            foreach (var span in spans) Add(span);
            foreach (var note in notes) Add(note);
        }
        return Task.FromResult(true);
    }

    /// <summary>Says what is known of the agent's way to send.</summary>
    internal void SentAs(SpanHabit habit)
    {
        lock (_lock) _habit = habit;
    }

    /// <summary>The agent has answered, and its process goes on: more may come.</summary>
    internal void Answered()
    {
        lock (_lock) _answered = _clock.GetTimestamp();
    }

    /// <summary>A request is under way until what is returned is disposed.</summary>
    internal IDisposable Begin()
    {
        lock (_lock) _underWay++;
        return new UnderWay(this);
    }

    /// <summary>Waits for the spans that an SDK still holds when the agent has answered.</summary>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        var since = _clock.GetTimestamp();
        while (true)
        {
            Task changed;
            TimeSpan wait;
            lock (_lock)
            {
                wait = Left(since);
                if (wait <= TimeSpan.Zero) return;
                _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }
            await changed.WaitAsync(wait, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the time may be over first
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Ends the sample: what comes later goes nowhere.</summary>
    /// <returns>What came, in traces.</returns>
    public ToldSpans Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_answered is not null && _spans.Count == 0) _habit?.Sent(nothing: true);
        }
        List<string> notes = [];
        if (_before > 0) notes.Add($"{_before} span(s) of its own began before the sample, and are left out.");
        if (_tooMany > 0) notes.Add($"Its own spans are more than {MostSpans} or {MostBytes >> 20} MiB; the rest is left out.");
        if (_spans.Count == 0) return new ToldSpans([], notes);
        try
        {
            return new ToldSpans([.. Traces()], notes);
        }
        catch (Exception e) // a flaw in reading a stranger's bytes must not end the run of the sample, let alone of all
        {
            return new ToldSpans([], [.. notes, $"Its own spans cannot be read: {Storage.Shown.Word(e.Message, 200)}"]);
        }
    }

    private IEnumerable<Trace> Traces()
    {
        var notes = _notes.ToLookup(n => n.Trace);
        return from span in _spans.Values
               group span by span.Trace into trace
               orderby trace.Min(s => s.StartNs)
               select SpanBodies.Read(new StoredTrace(trace.Key, [.. trace.OrderBy(s => s.StartNs)], [.. notes[trace.Key]]));
    }

    private void Add(SpanRow span)
    {
        if (span.StartNs < _beganNs)
        {
            _before++;
            return;
        }
        var known = _spans.GetValueOrDefault((span.Trace, span.Id));
        var together = known is not null && span.Format == SpanFormat.LangSmith ? LangSmithRun.Merge(known, span) : span;
        var more = together.SizeBytes - (known?.SizeBytes ?? 0);
        if (_bytes + more > MostBytes || (known is null && _spans.Count == MostSpans))
        {
            _tooMany++;
            return;
        }
        _bytes += more;
        _spans[(span.Trace, span.Id)] = together with { Body = together.Body.ToArray() };
    }

    private void Add(SpanNote note)
    {
        if (note.TimeNs < _beganNs) return;
        var more = 200L + (2 * note.Body.Length);
        if (_bytes + more > MostBytes)
        {
            _tooMany++;
            return;
        }
        _bytes += more;
        _notes.Add(note);
    }

    private TimeSpan Left(long since)
    {
        if (_underWay > 0) return LongestUnderWay - _clock.GetElapsedTime(since);
        if (_answered is not { } answered || _habit is not { IsAwaited: true } habit) return TimeSpan.Zero;
        if (_spans.Count == 0 && !habit.HasSent) return First - _clock.GetElapsedTime(answered);
        if (!IsWhole()) return Longest - _clock.GetElapsedTime(answered);
        return _arrived > answered ? Quiet - _clock.GetElapsedTime(_arrived.Value) : Flush - _clock.GetElapsedTime(answered);
    }

    private bool IsWhole() =>
        _spans.Count > 0 && _spans.Values.All(s => s.DurationNs is not null && (s.Parent is not { } parent || _spans.ContainsKey((s.Trace, parent))));

    private void End()
    {
        TaskCompletionSource? changed;
        lock (_lock)
        {
            _underWay--;
            _arrived = _clock.GetTimestamp();
            (changed, _changed) = (_changed, null);
        }
        changed?.SetResult();
    }

    private sealed class UnderWay(SampleSpans spans) : IDisposable
    {
        public void Dispose() => spans.End();
    }
}

/// <summary>What came of an agent's own spans in one sample.</summary>
/// <param name="Notes">What was left out of them.</param>
public sealed record ToldSpans(IReadOnlyList<Trace> Traces, IReadOnlyList<string> Notes)
{
    public static readonly ToldSpans None = new([], []);
}

/// <summary>Whether the agents of an evaluation send spans at all, as far as is known.</summary>
internal sealed class SpanHabit
{
    private volatile bool _hasSent;
    private volatile bool _sentNothing;

    public bool HasSent => _hasSent;

    /// <summary>Whether spans are worth waiting for.</summary>
    public bool IsAwaited => _hasSent || !_sentNothing;

    public void Sent(bool nothing)
    {
        if (nothing) _sentNothing = true;
        else _hasSent = true;
    }
}
