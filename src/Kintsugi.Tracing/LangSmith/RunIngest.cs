using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Takes runs as spans and nothing else: no projects, no datasets, no feedback, and no database.</summary>
public sealed class RunIngest(ISpanSink sink, IngestMemory memory, SpanRedaction redaction, TimeProvider clock)
{
    /// <summary>Of these alone a later part needs not say its trace; the SDK says it every time.</summary>
    private const int MostKnown = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, TraceId> _traces = [];

    internal IngestMemory Memory => memory;

    /// <exception cref="RefusedException">422 for what cannot be placed, 429 when too much waits.</exception>
    /// <param name="sizeBytes">Of the body that it was read from.</param>
    internal async Task TakeAsync(RunBatch batch, int sizeBytes, CancellationToken cancellationToken)
    {
        using var room = new RunRoom(memory, sizeBytes);
        var isBegun = false;
        foreach (var (rows, notes) in batch.ToParts(TraceOf, _ => null, redaction, JsonBytes.Ns(clock.GetUtcNow()) ?? 0, room))
        {
            if (!await sink.TryWriteAsync(rows, [], isBegun, cancellationToken)) throw new RefusedException(StatusCodes.Status429TooManyRequests, SpanIntake.Full);
            isBegun = true;
            lock (_lock)
                foreach (var note in notes)
                    if (_traces.Count < MostKnown) _traces[note.Id] = note.Trace;
        }
    }

    private TraceId? TraceOf(Guid run)
    {
        lock (_lock) return _traces.TryGetValue(run, out var trace) ? trace : null;
    }
}
