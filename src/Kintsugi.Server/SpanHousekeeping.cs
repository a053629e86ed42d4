using System.Data.Common;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Server;

/// <summary>Every minute watches what has arrived, then deletes what is not to be kept.</summary>
/// <param name="alarms">Null watches nothing.</param>
/// <param name="failed">Told of a round that the database refused; the next one tries again.</param>
internal sealed class SpanHousekeeping(ISpanStore store, LangSmithApi? langSmith, AlarmWatch? alarms, Retention retention, TimeProvider clock, Action<string> failed)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>A trace whose spans began so long ago is whole.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await RoundAsync(cancellationToken);
            }
            catch (Exception e) when (e is Storage.StorageException or DbException)
            {
                failed(e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        var whole = clock.GetUtcNow() - Settled;
        if (alarms is not null && await alarms.RoundAsync(cancellationToken) is var counted && counted < whole) whole = counted; // what is sampled away can be counted no more
        if (retention.Sampling is { } sampling) await store.ThinAsync(sampling, Ns(whole), cancellationToken);
        if (retention.Age is null && retention.Bytes is null) return;
        long? before = retention.Age is { } age ? Ago(age) : null;
        langSmith?.Trim(before, retention.Bytes); // first: it may be in the same file, and spans would make room for it
        await store.TrimAsync(before, retention.Bytes, cancellationToken);
    }

    private long Ago(TimeSpan time) => Ns(clock.GetUtcNow() - time);

    private static long Ns(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
