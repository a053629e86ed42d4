using System.Threading.Channels;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>What stands between many senders and one writer: batches wait here, bounded by their bytes, and all that wait are committed together.</summary>
/// <remarks>A sender is answered after the commit, so what was acknowledged is never lost to the end of the process.</remarks>
public sealed class SpanIntake : ISpanSink, IAsyncDisposable
{
    /// <summary>What a sender is told that has to come again.</summary>
    public const string Full = "More arrives than can be written. Send it again in a moment.";

    /// <summary>A commit takes a thousand spans as easily as one, and no more: what comes later is not held up by what came before.</summary>
    private const int MostSpansACommit = 5_000;

    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ISpanStore _store;
    private readonly long _mostBytes;
    private readonly Task _writing;
    private long _bytes;

    /// <param name="mostBytes">What may wait; beyond it senders are told to come again.</param>
    public SpanIntake(ISpanStore store, long mostBytes = 16L << 20)
    {
        (_store, _mostBytes) = (store, mostBytes);
        _writing = Task.Factory.StartNew(WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public bool IsFull => Interlocked.Read(ref _bytes) >= _mostBytes;

    /// <summary>In which hours what was written began.</summary>
    public ArrivedHours Arrived { get; } = new();

    /// <inheritdoc cref="TryWriteAsync(IReadOnlyList{SpanRow}, IReadOnlyList{SpanNote}, bool, CancellationToken)"/>
    public Task<bool> TryWriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, CancellationToken cancellationToken) => TryWriteAsync(spans, notes, isBegun: false, cancellationToken);

    /// <summary>Waits until all is committed, or the database refuses, whether the sender still listens or not.</summary>
    /// <inheritdoc/>
    public async Task<bool> TryWriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, bool isBegun, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (spans.Count == 0 && notes.Count == 0) return true;
        var size = spans.Sum(s => s.SizeBytes) + notes.Sum(n => 200L + (2 * n.Body.Length));
        if (!TryReserve(size, isBegun)) return false;
        var waiting = new Waiting(spans, notes, size, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_waiting.Writer.TryWrite(waiting))
        {
            Interlocked.Add(ref _bytes, -size);
            return false; // it is being closed
        }
        await waiting.Written.Task;
        return true;
    }

    /// <summary>Takes nothing more, and writes what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing;
    }

    // One batch larger than the bound is taken when nothing waits, or it could never be.
    private bool TryReserve(long size, bool isBegun)
    {
        var after = Interlocked.Add(ref _bytes, size);
        if (after <= _mostBytes || after == size || isBegun) return true;
        Interlocked.Add(ref _bytes, -size);
        return false;
    }

    // On a thread of its own: glibc has a heap for each thread, and SQLite's pages, taken on one and given back on another, filled a dozen of them.
    private void WriteAll()
    {
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            List<Waiting> batches = [];
            var spans = 0;
            while (spans < MostSpansACommit && _waiting.Reader.TryRead(out var batch))
            {
                batches.Add(batch);
                spans += batch.Spans.Count + batch.Notes.Count;
            }
            WriteAsync(batches).GetAwaiter().GetResult();
        }
    }

    private async Task WriteAsync(List<Waiting> batches)
    {
        try
        {
            if (batches is [var only]) await _store.WriteAsync(only.Spans, only.Notes, CancellationToken.None);
            else await _store.WriteAsync([.. batches.SelectMany(b => b.Spans)], [.. batches.SelectMany(b => b.Notes)], CancellationToken.None);
            foreach (var batch in batches)
            {
                Arrived.Note(batch.Spans);
                batch.Written.SetResult();
            }
        }
        catch (Exception e) // whoever waits is told; the writer goes on with the next
        {
            foreach (var batch in batches) batch.Written.SetException(e);
        }
        finally
        {
            Interlocked.Add(ref _bytes, -batches.Sum(b => b.Bytes));
        }
    }

    private sealed record Waiting(IReadOnlyList<SpanRow> Spans, IReadOnlyList<SpanNote> Notes, long Bytes, TaskCompletionSource Written);
}
