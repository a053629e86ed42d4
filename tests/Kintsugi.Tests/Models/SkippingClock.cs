namespace Kintsugi.Tests.Models;

/// <summary>A clock on which short waits are over at once and are remembered, and long ones end only by <see cref="Advance"/>.</summary>
internal sealed class SkippingClock : TimeProvider
{
    private static readonly TimeSpan LongestSkipped = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _skipped = [];
    private readonly List<HeldTimer> _held = [];
    private TimeSpan _now;

    /// <summary>Waits that were skipped, in order.</summary>
    public IReadOnlyList<TimeSpan> Skipped
    {
        get { lock (_lock) return [.. _skipped]; }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock) return _now.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(GetTimestamp());

    public void Advance(TimeSpan by)
    {
        List<HeldTimer> due;
        lock (_lock)
        {
            _now += by;
            due = [.. _held.Where(timer => timer.Due <= _now)];
            _held.RemoveAll(due.Contains);
        }
        foreach (var timer in due) timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HeldTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class HeldTimer(SkippingClock clock, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public void Fire() => ThreadPool.QueueUserWorkItem(_ => callback(state));

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._held.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                if (dueTime > LongestSkipped)
                {
                    Due = clock._now + dueTime;
                    clock._held.Add(this);
                    return true;
                }
                clock._now += dueTime;
                clock._skipped.Add(dueTime);
            }
            Fire();
            return true;
        }

        public void Dispose()
        {
            lock (clock._lock) clock._held.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
