using System.Collections.Concurrent;

namespace Kintsugi.Models.Gateway;

/// <summary>Makes one call to the provider of equal calls that are in flight at the same time, for those who asked for it.</summary>
/// <remarks>
/// Only whole answers at temperature 0 are shared: elsewhere samples that get one draw between them would look steadier than the model is.
/// A failure is shared as well, after all retries of the one call.
/// </remarks>
internal sealed class SharedCalls
{
    private readonly ConcurrentDictionary<string, Task<Attempt?>> _inFlight = new(StringComparer.Ordinal);

    /// <summary>The answer to the call: the one that an equal call is waiting for, or that of <paramref name="ask"/>.</summary>
    /// <exception cref="OperationCanceledException">This call was cancelled; if another was that this one waited for, this one asks.</exception>
    /// <param name="role">Another role's equal question may go to other providers.</param>
    public async Task<Attempt> AskAsync(PendingCall call, string role, Func<PendingCall, CancellationToken, Task<Attempt>> ask, CancellationToken cancellationToken)
    {
        if (!call.Question.IsAtTemperatureZero || call.Question.IsStreamed) return await ask(call, cancellationToken);
        var key = $"{role} {call.Question.Hash}";
        while (true)
        {
            var own = new TaskCompletionSource<Attempt?>(TaskCreationOptions.RunContinuationsAsynchronously);
            var leading = _inFlight.GetOrAdd(key, own.Task);
            if (leading == own.Task) return await LeadAsync(call, key, ask, own, cancellationToken);
            if (await leading.WaitAsync(cancellationToken) is { } attempt) return attempt with { IsShared = true };
        }
    }

    private async Task<Attempt> LeadAsync(
        PendingCall call, string key, Func<PendingCall, CancellationToken, Task<Attempt>> ask, TaskCompletionSource<Attempt?> own, CancellationToken cancellationToken)
    {
        Attempt? attempt = null;
        try
        {
            return attempt = await ask(call, cancellationToken);
        }
        finally
        {
            _inFlight.TryRemove(KeyValuePair.Create(key, own.Task)); // first, or who asks again would wait for what is over
            own.SetResult(attempt);
        }
    }
}
