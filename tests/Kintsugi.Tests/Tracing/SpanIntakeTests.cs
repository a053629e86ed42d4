using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Tests.Tracing;

public class SpanIntakeTests
{
    private static readonly SpanRow Span = new(
        new TraceId(1), new SpanId(1), null, new SpanSource("desk", null, "", "{}"), "chat", SpanRole.Model, 10, 5, null, null, SpanFormat.OtlpProtobuf, new byte[1_000]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sender_is_answered_when_its_spans_are_committed()
    {
        var store = new HeldStore();
        await using var intake = new SpanIntake(store);

        var sent = intake.TryWriteAsync([Span], [], Token);
        await store.Begun.Task;
        Assert.False(sent.IsCompleted);
        store.GoOn.SetResult();

        Assert.True(await sent);
    }

    [Fact]
    public async Task Past_its_bound_it_takes_nothing_more_until_what_waits_is_written()
    {
        var store = new HeldStore();
        await using var intake = new SpanIntake(store, mostBytes: 3_000);

        var first = intake.TryWriteAsync([Span], [], Token);
        var second = intake.TryWriteAsync([Span], [], Token);
        Assert.False(await intake.TryWriteAsync([Span], [], Token));
        store.GoOn.SetResult();

        Assert.True(await first && await second);
        Assert.True(await intake.TryWriteAsync([Span], [], Token));
        Assert.Equal(3, store.Written);
    }

    [Fact]
    public async Task A_batch_larger_than_the_bound_is_taken_when_nothing_waits()
    {
        var store = new HeldStore();
        store.GoOn.SetResult();
        await using var intake = new SpanIntake(store, mostBytes: 10);

        Assert.True(await intake.TryWriteAsync([Span], [], Token));
    }

    [Fact]
    public async Task What_has_begun_is_taken_to_its_end_and_waited_for_though_the_sender_hung_up()
    {
        var store = new HeldStore();
        using var hungUp = new CancellationTokenSource();
        await using var intake = new SpanIntake(store, mostBytes: 1_300);

        var first = intake.TryWriteAsync([Span], [], hungUp.Token);
        var second = intake.TryWriteAsync([Span], [], isBegun: true, hungUp.Token);
        await store.Begun.Task;
        await hungUp.CancelAsync();
        Assert.False(first.IsCompleted);
        store.GoOn.SetResult();

        Assert.True(await first && await second);
        await Assert.ThrowsAsync<OperationCanceledException>(() => intake.TryWriteAsync([Span], [], hungUp.Token));
    }

    [Fact]
    public async Task A_database_that_refuses_is_told_to_the_sender_and_the_next_is_taken()
    {
        var store = new HeldStore { Fault = new StorageException("traces.db", new IOException("no space left")) };
        store.GoOn.SetResult();
        await using var intake = new SpanIntake(store);

        await Assert.ThrowsAsync<StorageException>(() => intake.TryWriteAsync([Span], [], Token));
        store.Fault = null;

        Assert.True(await intake.TryWriteAsync([Span], [], Token));
    }
}
