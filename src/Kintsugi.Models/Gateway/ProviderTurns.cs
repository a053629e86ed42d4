using Kintsugi.Models.Budgets;

namespace Kintsugi.Models.Gateway;

/// <summary>Who may ask a provider now, under `limits` of kintsugi.yaml. Calls wait their turn, first come first served.</summary>
/// <param name="longestWait">Beyond it another provider may do better.</param>
internal sealed class ProviderTurns(ProviderLimits limits, TimeSpan longestWait, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _places = new(limits.Concurrency);
    private readonly Allowance? _requests = limits.RequestsPerMinute is { } requests ? new Allowance(requests, clock) : null;
    private readonly Allowance? _tokens = limits.TokensPerMinute is { } tokens ? new Allowance(tokens, clock) : null;

    /// <param name="tokens">The most that the call may use.</param>
    /// <returns>Null when the turn did not come in time.</returns>
    /// <exception cref="OperationCanceledException">The caller did not wait; nothing is taken.</exception>
    public ValueTask<ProviderTurn?> WaitAsync(long tokens, CancellationToken cancellationToken) =>
        TryTake(tokens) is { } turn ? ValueTask.FromResult<ProviderTurn?>(turn) : QueueAsync(tokens, cancellationToken);

    public void Dispose()
    {
        _places.Dispose();
        _requests?.Dispose();
        _tokens?.Dispose();
    }

    /// <summary>The common case, without a timer.</summary>
    private ProviderTurn? TryTake(long tokens)
    {
        if (!_places.Wait(0)) return null;
        if (_requests?.TryTake(1) != false)
        {
            if (_tokens?.TryTake(tokens) != false) return Turn(tokens);
            _requests?.GiveBack(1);
        }
        _places.Release();
        return null;
    }

    private async ValueTask<ProviderTurn?> QueueAsync(long tokens, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(longestWait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var (hasPlace, hasRequest) = (false, false);
        try
        {
            await _places.WaitAsync(either.Token);
            hasPlace = true;
            if (_requests is not null) await _requests.TakeAsync(1, either.Token);
            hasRequest = true;
            if (_tokens is not null) await _tokens.TakeAsync(tokens, either.Token);
            return Turn(tokens);
        }
        catch (OperationCanceledException)
        {
            if (hasRequest) _requests?.GiveBack(1);
            if (hasPlace) _places.Release();
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private ProviderTurn Turn(long tokens) => new(_places, _requests, _tokens, tokens);
}

/// <summary>One call's place at a provider, until it is disposed.</summary>
internal sealed class ProviderTurn(SemaphoreSlim places, Allowance? requests, Allowance? tokens, long most) : IDisposable
{
    private bool _isBegun;

    /// <summary>The provider is asked: from here on the turn counts, whatever comes of it.</summary>
    public void Begin() => _isBegun = true;

    /// <summary>Puts right what was taken, once it is known what was used.</summary>
    public void Correct(long used) => tokens?.GiveBack(most - used);

    public void Dispose()
    {
        if (!_isBegun)
        {
            requests?.GiveBack(1);
            tokens?.GiveBack(most);
        }
        places.Release();
    }
}
