using System.Threading.Channels;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Healing.Notices;

/// <summary>Tells people while an incident is driven, beside whoever shows its progress: what takes an hour to mend is heard of at once.</summary>
/// <remarks>Disposing it sends what is left.</remarks>
public sealed class NoticesUnderWay : IProgress<LoggedEvent>, IAsyncDisposable
{
    private readonly Channel<bool> _pulse = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IProgress<LoggedEvent>? _shown;
    private readonly Task _telling;

    public NoticesUnderWay(Notifier notifier, string incident, IProgress<LoggedEvent>? shown, CancellationToken cancellationToken)
    {
        _shown = shown;
        _telling = TellAsync(notifier, incident, cancellationToken);
        _pulse.Writer.TryWrite(true); // what an earlier drive left unsent
    }

    public void Report(LoggedEvent value)
    {
        _shown?.Report(value);
        _pulse.Writer.TryWrite(true);
    }

    public async ValueTask DisposeAsync()
    {
        _pulse.Writer.TryComplete();
        await _telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_telling.IsFaulted) await _telling;
    }

    private async Task TellAsync(Notifier notifier, string incident, CancellationToken cancellationToken)
    {
        await foreach (var _ in _pulse.Reader.ReadAllAsync(cancellationToken)) await notifier.TellAsync(incident, cancellationToken);
    }
}
