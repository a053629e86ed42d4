namespace Kintsugi.Models.Routing;

/// <summary>Keeps calls from a provider that has just failed, by key and by model, and lets one of them probe when the time is over.</summary>
/// <remarks>
/// Polly's circuit breaker needs a sample of calls before it opens and knows no time at which the provider said to come back, so the states are kept here:
/// closed; open until a time; half open, while one call probes. A refused key, an empty account and an unreachable address close the provider to every model.
/// Safe to use from many threads.
/// </remarks>
/// <param name="failuresInARow">Passing faults in a row that open it; a time to come back, and a refused key, open it at once.</param>
public sealed class Cooldown(int failuresInARow, TimeProvider clock)
{
    private const int MostModels = 256;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Cell _provider = new();
    private readonly Dictionary<string, Cell> _models = new(StringComparer.Ordinal);

    /// <summary>Waits for leave to call.</summary>
    /// <param name="patience">How long it may wait; zero asks only.</param>
    /// <returns>With a fault, there is none. Without, it must be given to <see cref="Report"/> or <see cref="Abandon"/>.</returns>
    public async ValueTask<Leave> EnterAsync(string model, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            if (TryEnter(model, out var leave, out var shut)) return leave;
            var left = patience - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || shut.For > left) return leave;
            await shut.Changed.WaitAsync(shut.IsProbed ? left : shut.For, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it looks again in any case
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Says how a call that had leave ended.</summary>
    /// <param name="retryAfter">When the provider said to come back.</param>
    public void Report(string model, Leave leave, Judgement judgement, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            var one = CellOf(model);
            var isOfTheAccount = judgement.Fault is Faults.RefusedKey or Faults.Quota or Faults.NotTheProvider;
            if (judgement.Fault is not { } fault)
            {
                _provider.Close();
                one.Close();
            }
            else if (isOfTheAccount || fault == Faults.Unreachable) Fail(_provider, leave.ProbesProvider, fault, isOfTheAccount ? Lasting : retryAfter);
            else if (judgement.Retry) Fail(one, leave.ProbesModel, fault, retryAfter);
            End(one, leave);
        }
    }

    /// <summary>The call ended without saying anything of the provider.</summary>
    public void Abandon(string model, Leave leave)
    {
        lock (_lock) End(CellOf(model), leave);
    }

    /// <summary>Calls that were on their way when it opened say nothing new.</summary>
    private void Fail(Cell cell, bool isProbe, string fault, TimeSpan? pause)
    {
        if (cell.IsOpen && !isProbe) return;
        cell.Failed(fault);
        var beyond = cell.FailedInARow - failuresInARow;
        if (pause is null && beyond >= 0) pause = First * Math.Pow(2, Math.Min(beyond, 6));
        if (pause > TimeSpan.Zero) cell.Open(clock.GetTimestamp(), pause.Value < Longest ? pause.Value : Longest);
    }

    private void End(Cell one, Leave leave)
    {
        if (leave.ProbesProvider) _provider.EndProbe();
        if (leave.ProbesModel) one.EndProbe();
    }

    private bool TryEnter(string model, out Leave leave, out Shut shut)
    {
        lock (_lock)
        {
            var one = CellOf(model);
            shut = _provider.ShutFor(clock);
            if (shut.Fault is null) shut = one.ShutFor(clock);
            if (shut.Fault is not null)
            {
                leave = new Leave(shut.Fault, false, false);
                return false;
            }
            leave = new Leave(null, _provider.BeginProbe(), one.BeginProbe());
            return true;
        }
    }

    /// <summary>An agent may name any number of models: beyond a bound they share a cell.</summary>
    private Cell CellOf(string model)
    {
        if (_models.TryGetValue(model, out var cell)) return cell;
        if (_models.Count >= MostModels) model = "";
        if (!_models.TryGetValue(model, out cell)) _models.Add(model, cell = new Cell());
        return cell;
    }

    /// <summary>Leave to call, or the fault that keeps the provider closed.</summary>
    public readonly record struct Leave(string? Fault, bool ProbesProvider, bool ProbesModel);

    /// <param name="Fault">Null when it is not shut.</param>
    /// <param name="IsProbed">Another call is finding out.</param>
    private readonly record struct Shut(string? Fault, TimeSpan For, bool IsProbed, Task Changed);

    private sealed class Cell
    {
        private TaskCompletionSource _changed = NewSource();
        private string _fault = "";
        private bool _isProbed;
        private long _openedAt;
        private TimeSpan _pause;

        public bool IsOpen { get; private set; }

        public int FailedInARow { get; private set; }

        public Shut ShutFor(TimeProvider clock)
        {
            if (!IsOpen) return default;
            var left = _pause - clock.GetElapsedTime(_openedAt);
            return left > TimeSpan.Zero ? new Shut(_fault, left, IsProbed: false, _changed.Task)
                : _isProbed ? new Shut(_fault, TimeSpan.Zero, IsProbed: true, _changed.Task)
                : default;
        }

        /// <returns>Whether this call finds out if it can be closed.</returns>
        public bool BeginProbe()
        {
            if (IsOpen) _isProbed = true;
            return IsOpen;
        }

        public void Failed(string fault)
        {
            _fault = fault;
            FailedInARow++;
        }

        public void Open(long now, TimeSpan pause) => (IsOpen, _openedAt, _pause) = (true, now, pause);

        public void Close()
        {
            FailedInARow = 0;
            if (!IsOpen) return;
            IsOpen = false;
            Wake();
        }

        public void EndProbe()
        {
            _isProbed = false;
            Wake();
        }

        private void Wake()
        {
            var changed = _changed;
            _changed = NewSource();
            changed.SetResult();
        }

        private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
