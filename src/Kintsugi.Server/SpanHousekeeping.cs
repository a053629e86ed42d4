using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Server;

/// <summary>Deletes what is not to be kept, every minute.</summary>
/// <param name="failed">Told of a round that the database refused; the next one tries again.</param>
internal sealed class SpanHousekeeping(ISpanStore store, LangSmithApi? langSmith, Retention retention, TimeProvider clock, Action<string> failed)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>A trace whose spans began so long ago is whole.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await RoundAsync(cancellationToken);
            }
            catch (Storage.StorageException e)
            {
                failed(e.Message);
            }
        }
    }

    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (retention.Sampling is { } sampling) await store.ThinAsync(sampling, Ago(Settled), cancellationToken);
        if (retention.Age is null && retention.Bytes is null) return;
        long? before = retention.Age is { } age ? Ago(age) : null;
        langSmith?.Trim(before, retention.Bytes); // first: it may be in the same file, and spans would make room for it
        await store.TrimAsync(before, retention.Bytes, cancellationToken);
    }

    private long Ago(TimeSpan time) => (clock.GetUtcNow() - time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
