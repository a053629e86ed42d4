using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Tests.Tracing;

/// <summary>A store whose disk waits for the test.</summary>
internal sealed class HeldStore : ISpanStore
{
    public TaskCompletionSource Begun { get; } = new();

    public TaskCompletionSource GoOn { get; } = new();

    public Exception? Fault { get; set; }

    public int Written { get; private set; }

    public async Task WriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, CancellationToken cancellationToken)
    {
        Begun.TrySetResult();
        await GoOn.Task;
        if (Fault is not null) throw Fault;
        Written += spans.Count;
    }

    public Task<StoredTrace?> ReadAsync(TraceId trace, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<SpanRow>> FindAsync(SpanQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> TrimAsync(long? beforeNs, long? mostBytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Traffic>> CountAsync(long fromNs, long toNs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> ThinAsync(Sampling sampling, long settledNs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
