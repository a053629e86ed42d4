using System.Threading.Channels;
using Kintsugi.Cli.Output;
using Kintsugi.Cli.Verbs;

namespace Kintsugi.Cli;

/// <summary>Goes on with an agent's conversations while the server runs: when the forge says that something happened, and now and then by itself.</summary>
/// <param name="directory">The agent's.</param>
/// <param name="failed">Told of a round that could not be finished; the next one tries again.</param>
internal sealed class ServedReviews(string directory, TimeProvider clock, Action<string> failed)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1); // a delivery may be lost

    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Something happened. However often it is said while a round is under way, one more follows.</summary>
    public void Wake() => _woken.Writer.TryWrite(true);

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var screen = new HealScreen(Console.Error, quiet: false);
        while (true)
        {
            try
            {
                await new WatchRound(directory, allowUnsandboxed: false, screen).RunAsync(heals: false, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                failed($"a pull request could not be gone on with: {Edge.Answer(e).Words} It is tried again within a minute.");
            }
            await NextAsync(cancellationToken);
        }
    }

    private async Task NextAsync(CancellationToken cancellationToken)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var woken = _woken.Reader.ReadAsync(pause.Token).AsTask();
        await Task.WhenAny(woken, Task.Delay(Every, clock, pause.Token));
        await pause.CancelAsync();
        await ((Task)woken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
