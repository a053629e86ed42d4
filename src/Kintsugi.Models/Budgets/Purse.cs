using System.Globalization;

namespace Kintsugi.Models.Budgets;

/// <summary>What may still be spent: holds every call against every budget before it is made, by the most that it can use.</summary>
/// <remarks>
/// A call that would fit if nothing were in flight waits until enough has settled, first come first served; one that would not is refused.
/// Calls in flight in other processes are not known here: a day's budget may be overdrawn by theirs.
/// </remarks>
/// <param name="book">Null when nothing outlives the process; a day is then this process.</param>
public sealed class Purse(IReadOnlyList<BudgetConfig> budgets, SpendBook? book, TimeProvider clock)
{
    private const int MostNamed = 5;

    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly SortedSet<string> _assumed = new(StringComparer.Ordinal);
    private string? _incident;
    private Spending _own;
    private Spending _reserved;

    /// <summary>By this process.</summary>
    public Spending Spent
    {
        get { lock (_lock) return _own; }
    }

    /// <summary>Of calls in flight, at most.</summary>
    public Spending Reserved
    {
        get { lock (_lock) return _reserved; }
    }

    /// <summary>Why a call was refused, the last time one was; null when none was.</summary>
    public string? Refusal { get; private set; }

    /// <summary>From now on what is spent belongs to this incident, and counts with what was spent on it before.</summary>
    public void OpenIncident(string incident)
    {
        _incident = $"incident:{incident}";
        book?.Refresh(_incident);
    }

    /// <summary>Sets <paramref name="most"/> aside, when there is room for it.</summary>
    /// <param name="assumed">Model and host whose price is not known, for the words of a refusal; null when it is.</param>
    /// <returns>Null when it is set aside, else which budget it does not fit into and what to do.</returns>
    public ValueTask<string?> ReserveAsync(Spending most, string? assumed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (budgets.Any(budget => budget.Per == BudgetPeriod.Day)) book?.Refresh(Today());
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (assumed is not null && _assumed.Count < MostNamed) _assumed.Add(assumed);
            var refusal = RefusalOf(most);
            if (refusal is not null || (_waiting.Count == 0 && Short(most, _reserved) is null))
            {
                Decide(most, refusal);
                return ValueTask.FromResult(refusal);
            }
            node = _waiting.AddLast(new Waiter(most));
        }
        return new ValueTask<string?>(WaitAsync(node, cancellationToken));
    }

    /// <summary>Ends a call that was set aside.</summary>
    public void Settle(Spending most, Spending spent)
    {
        lock (_lock)
        {
            _reserved -= most;
            _own += spent;
            book?.Add(Today(), spent);
            if (_incident is not null) book?.Add(_incident, spent);
            MoveUp();
        }
    }

    private async Task<string?> WaitAsync(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(() => Leave(node, cancellationToken));
        return await node.Value.Decided.Task;
    }

    private void Leave(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (node.List is null) return; // decided already
            _waiting.Remove(node);
            node.Value.Decided.SetCanceled(cancellationToken);
            MoveUp();
        }
    }

    private void MoveUp()
    {
        while (_waiting.First is { } first)
        {
            var refusal = RefusalOf(first.Value.Most);
            if (refusal is null && Short(first.Value.Most, _reserved) is not null) return;
            _waiting.RemoveFirst();
            Decide(first.Value.Most, refusal);
            first.Value.Decided.SetResult(refusal);
        }
    }

    private void Decide(Spending most, string? refusal)
    {
        if (refusal is null) _reserved += most;
        else Refusal = refusal;
    }

    /// <returns>The first bound that <paramref name="most"/> does not fit under beside what is spent and <paramref name="beside"/>; null when it fits.</returns>
    private (BudgetConfig Budget, Bound Bound)? Short(Spending most, Spending beside)
    {
        foreach (var budget in budgets)
        {
            var all = SpentOf(budget) + beside + most;
            if (most.Usd > 0 && all.AllUsd > budget.Usd) return (budget, Bound.Usd); // what costs nothing may be had when nothing is left
            if (most.Tokens > 0 && all.Tokens > budget.Tokens) return (budget, Bound.Tokens);
            if (all.Calls > budget.Calls) return (budget, Bound.Calls);
        }
        return null;
    }

    private string? RefusalOf(Spending most) => Short(most, beside: default) is { } found ? Words(found.Budget, found.Bound, most) : null;

    private string Words(BudgetConfig budget, Bound bound, Spending most)
    {
        var spent = SpentOf(budget);
        var key = $"{budget.Key}.{bound.ToString().ToLowerInvariant()}";
        var per = budget.Per.ToString().ToLowerInvariant();
        var account = bound switch
        {
            Bound.Usd => string.Create(CultureInfo.InvariantCulture,
                $"of {budget.Usd:0.00####} USD per {per} does not reach for a call that may cost {most.Usd:0.0000##}: {spent.Usd:0.0000##} are spent, {spent.HeldUsd:0.0000##} held for calls whose cost is not known, {_reserved.Usd:0.0000##} reserved by calls in flight"),
            Bound.Tokens => string.Create(CultureInfo.InvariantCulture,
                $"of {budget.Tokens} tokens per {per} does not reach for a call that may use {most.Tokens}: {spent.Tokens} are spent, {_reserved.Tokens} reserved by calls in flight"),
            _ => string.Create(CultureInfo.InvariantCulture,
                $"of {budget.Calls} calls per {per} is spent: {spent.Calls} were made, {_reserved.Calls} are in flight"),
        };
        var assumed = bound == Bound.Usd && _assumed.Count > 0
            ? $" Prices are assumed in it, the dearest known, because there is none for {string.Join(", ", _assumed)}: add them to the file that models.prices names."
            : "";
        return $"The budget {key} {account}.{assumed} Raise {key} in kintsugi.yaml and run again.";
    }

    private Spending SpentOf(BudgetConfig budget) => (book, budget.Per) switch
    {
        ({ } kept, BudgetPeriod.Day) => kept.Of(Today()),
        ({ } kept, BudgetPeriod.Incident) when _incident is not null => kept.Of(_incident),
        _ => _own,
    };

    private string Today() => string.Create(CultureInfo.InvariantCulture, $"day:{clock.GetUtcNow():yyyy-MM-dd}");

    private enum Bound
    {
        Usd, Tokens, Calls,
    }

    private sealed class Waiter(Spending most)
    {
        public Spending Most { get; } = most;

        public TaskCompletionSource<string?> Decided { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
