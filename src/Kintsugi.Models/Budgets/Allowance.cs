namespace Kintsugi.Models.Budgets;

/// <summary>So much a minute: a bucket that refills steadily. Who finds too little in it waits, first come first served.</summary>
/// <remarks>
/// It holds a tenth of a minute's allowance, so no more than that is taken at once: providers say that they may hold a minute's limit over shorter times (OpenAI), or refill a bucket
/// as steadily as this one (Anthropic), and a burst of the whole minute is what they refuse. Who takes more than it ever holds waits until it is full and leaves it in debt, so the rate holds all the same.
/// System.Threading.RateLimiting is not taken: its limiters take nothing back, and know no TimeProvider.
/// </remarks>
public sealed class Allowance : IDisposable
{
    private const double BurstShare = 0.1;
    private const double Rounding = 1e-6;

    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly double _perSecond;
    private readonly double _capacity;
    private double _level;
    private long _refilled;

    /// <param name="perMinute">At least 1.</param>
    public Allowance(int perMinute, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perMinute, 1);
        _clock = clock;
        _perSecond = perMinute / 60.0;
        _level = _capacity = Math.Max(1, BurstShare * perMinute);
        _refilled = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => Advance(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <returns>Whether <paramref name="amount"/> was there, with nobody waiting for it, and is taken.</returns>
    public bool TryTake(long amount)
    {
        lock (_lock)
        {
            Refill();
            if (_waiting.Count > 0 || Lacks(amount) > 0) return false;
            _level -= amount;
            return true;
        }
    }

    /// <summary>Ends when <paramref name="amount"/> is taken.</summary>
    /// <exception cref="OperationCanceledException">Nothing was taken, and those behind move up.</exception>
    public Task TakeAsync(long amount, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (TryTake(amount)) return Task.CompletedTask;
            node = _waiting.AddLast(new Waiter(amount));
            if (_waiting.Count == 1) Arm();
        }
        return WaitAsync(node, cancellationToken);
    }

    /// <summary>Puts back what was taken and not used. Less than nothing takes more, at once.</summary>
    public void GiveBack(long amount)
    {
        lock (_lock)
        {
            Refill();
            _level = Math.Min(_capacity, _level + amount);
            Grant();
        }
    }

    public void Dispose() => _timer.Dispose();

    private async Task WaitAsync(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(() => Leave(node, cancellationToken));
        await node.Value.Granted.Task;
    }

    private void Leave(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (node.List is null) return; // granted already: the caller gives it back
            _waiting.Remove(node);
            node.Value.Granted.SetCanceled(cancellationToken);
            Refill();
            Grant();
        }
    }

    private void Advance()
    {
        lock (_lock)
        {
            Refill();
            Grant();
        }
    }

    private void Refill()
    {
        var now = _clock.GetTimestamp();
        _level = Math.Min(_capacity, _level + _clock.GetElapsedTime(_refilled, now).TotalSeconds * _perSecond);
        _refilled = now;
    }

    private double Lacks(long amount) => Math.Min(amount, _capacity) - _level - Rounding;

    private void Grant()
    {
        while (_waiting.First is { } first && Lacks(first.Value.Amount) <= 0)
        {
            _level -= first.Value.Amount;
            _waiting.RemoveFirst();
            first.Value.Granted.SetResult();
        }
        Arm();
    }

    private void Arm()
    {
        if (_waiting.First is { } first)
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(1000 * Math.Max(0, Lacks(first.Value.Amount)) / _perSecond)), Timeout.InfiniteTimeSpan);
    }

    private sealed class Waiter(long amount)
    {
        public long Amount { get; } = amount;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
