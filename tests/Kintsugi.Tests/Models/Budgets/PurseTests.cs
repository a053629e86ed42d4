using CsCheck;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;

namespace Kintsugi.Tests.Models.Budgets;

public class PurseTests
{
    private static Purse Of(decimal? usd = null, long? tokens = null, long? calls = null) =>
        new([new BudgetConfig("models.budget", usd, tokens, calls, BudgetPeriod.Run)], null, TimeProvider.System);

    private static Spending Most(decimal usd) => new(usd, 0, 100, 1);

    private static Spending Cost(decimal usd) => new(usd, 0, 10, 1);

    private static Task<string?> Reserve(Purse purse, decimal usd) => purse.ReserveAsync(Most(usd), null, TestContext.Current.CancellationToken).AsTask();

    [Fact]
    public async Task A_call_that_does_not_fit_even_alone_is_refused_with_the_account_and_the_key_to_raise()
    {
        var purse = Of(usd: 1);
        Assert.Null(await Reserve(purse, 0.5m));
        purse.Settle(Most(0.5m), new Spending(0.25m, 0.125m, 10, 1));
        Assert.Null(await Reserve(purse, 0.1m));

        var refusal = await Reserve(purse, 0.7m);

        Assert.Equal(
            "The budget models.budget.usd of 1.00 USD per run does not reach for a call that may cost 0.7000: 0.2500 are spent, 0.1250 held for calls whose cost is not known, "
            + "0.1000 reserved by calls in flight. Raise models.budget.usd in kintsugi.yaml and run again.", refusal);
        Assert.Equal(refusal, purse.Refusal);
    }

    [Fact]
    public async Task A_refusal_says_when_prices_are_assumed_in_it()
    {
        var refusal = await Of(usd: 1).ReserveAsync(Most(2), "gpt-9 at api.example.com", TestContext.Current.CancellationToken);

        Assert.Contains("there is none for gpt-9 at api.example.com: add them to the file that models.prices names.", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(99L, null, "The budget models.budget.tokens of 99 tokens per run does not reach for a call that may use 100: 0 are spent, 0 reserved by calls in flight. Raise models.budget.tokens")]
    [InlineData(null, 0L, "The budget models.budget.calls of 0 calls per run is spent: 0 were made, 0 are in flight. Raise models.budget.calls")]
    public async Task Tokens_and_calls_are_bounds_of_their_own(long? tokens, long? calls, string expected) =>
        Assert.StartsWith(expected, await Reserve(Of(tokens: tokens, calls: calls), 0), StringComparison.Ordinal);

    [Fact]
    public async Task The_last_cent_may_be_spent() => Assert.Null(await Reserve(Of(usd: 0.1m), 0.1m));

    [Fact]
    public async Task What_costs_nothing_may_be_had_when_nothing_is_left()
    {
        var purse = Of(usd: 1);
        await Reserve(purse, 1);
        purse.Settle(Most(1), Cost(1.5m)); // the provider took more than it could

        Assert.Null(await Reserve(purse, 0));
    }

    [Fact]
    public async Task A_call_that_would_fit_but_for_those_in_flight_waits_for_them()
    {
        var purse = Of(usd: 1);
        Assert.Null(await Reserve(purse, 0.9m));
        var waits = Reserve(purse, 0.9m);
        Assert.False(waits.IsCompleted);

        purse.Settle(Most(0.9m), Cost(0.05m));

        Assert.Null(await waits);
    }

    [Fact]
    public async Task A_call_that_waited_in_vain_is_refused()
    {
        var purse = Of(usd: 1);
        await Reserve(purse, 0.9m);
        var waits = Reserve(purse, 0.9m);

        purse.Settle(Most(0.9m), Cost(0.5m));

        Assert.NotNull(await waits);
    }

    [Fact]
    public async Task Who_wants_little_does_not_overtake_who_wants_much()
    {
        var purse = Of(usd: 1);
        await Reserve(purse, 0.5m);
        var much = Reserve(purse, 0.9m);
        var little = Reserve(purse, 0.1m);
        Assert.False(little.IsCompleted);

        purse.Settle(Most(0.5m), Cost(0));

        Assert.Null(await much);
        Assert.Null(await little);
    }

    [Fact]
    public async Task Who_gives_up_waiting_reserves_nothing_and_lets_the_others_move_up()
    {
        var purse = Of(usd: 1);
        await Reserve(purse, 0.5m);
        using var cancelled = new CancellationTokenSource();
        var much = purse.ReserveAsync(Most(0.9m), null, cancelled.Token).AsTask();
        var little = Reserve(purse, 0.1m);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => much);
        Assert.Null(await little);
        Assert.Equal(0.6m, purse.Reserved.Usd);
    }

    [Fact]
    public async Task Every_budget_holds_and_the_one_that_does_not_reach_is_named()
    {
        var purse = new Purse(
            [new BudgetConfig("models.budget[0]", 5, null, null, BudgetPeriod.Run), new BudgetConfig("models.budget[1]", null, 150, null, BudgetPeriod.Run)],
            null, TimeProvider.System);
        await Reserve(purse, 0.1m);
        purse.Settle(Most(0.1m), Most(0.1m));

        Assert.StartsWith("The budget models.budget[1].tokens", await Reserve(purse, 0.1m), StringComparison.Ordinal);
    }

    /// <summary>How a call ends: it may cost anything up to its most, be refused by the provider, or be lost.</summary>
    private enum End
    {
        Answered, Refused, Lost,
    }

    [Fact]
    public Task Whatever_happens_the_budget_is_never_exceeded_and_what_is_accounted_for_is_what_happened() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 100], Gen.Enum<End>()).Array[1, 200].Select(Gen.Int[10, 400], Gen.Int[0, 1_000])
            .SampleAsync(async (calls, cents, seed) => await new Trial(cents / 100m, new Random(seed)).RunAsync(calls));

    /// <summary>Calls come and settle in any order; at every moment the budget holds.</summary>
    private sealed class Trial(decimal limit, Random random)
    {
        private const int MostCalls = 150;

        private readonly Purse _purse = Of(usd: limit, calls: MostCalls);
        private readonly List<Call> _inFlight = [];
        private readonly List<(Task<string?> Decision, Call Call)> _waiting = [];
        private Spending _happened;

        private bool Holds => _purse.Spent.AllUsd + _purse.Reserved.Usd <= limit && _purse.Spent.Calls + _purse.Reserved.Calls <= MostCalls;

        public async Task<bool> RunAsync(IEnumerable<(int WorstCents, int Share, End End)> calls)
        {
            foreach (var (worst, share, end) in calls)
            {
                var most = Most(worst / 100m);
                _waiting.Add((_purse.ReserveAsync(most, null, CancellationToken.None).AsTask(), new Call(most, end switch
                {
                    End.Answered => new Spending(most.Usd * share / 100, 0, share, 1),
                    End.Refused => new Spending(0, 0, 0, 1),
                    _ => new Spending(0, most.Usd, most.Tokens, 1),
                })));
                await TakeUpAsync();
                if (!Holds) return false;
                while (_inFlight.Count > 0 && random.Next(3) == 0) await SettleOneAsync();
            }
            while (_inFlight.Count > 0) await SettleOneAsync();
            await Task.WhenAll(_waiting.Select(w => w.Decision)); // nothing is in flight: each of them is decided
            return Holds && _purse.Reserved == default && _happened == _purse.Spent;
        }

        private async Task SettleOneAsync()
        {
            var call = _inFlight[random.Next(_inFlight.Count)];
            _inFlight.Remove(call);
            _happened += call.End;
            _purse.Settle(call.Most, call.End);
            await TakeUpAsync();
        }

        /// <summary>Who waited hears of it on a thread of its own.</summary>
        private async Task TakeUpAsync()
        {
            while (true)
            {
                var decided = _waiting.Where(w => w.Decision.IsCompleted).ToList();
                _inFlight.AddRange(decided.Where(w => w.Decision.Result is null).Select(w => w.Call));
                _waiting.RemoveAll(decided.Contains);
                if (_inFlight.Count == _purse.Reserved.Calls) return;
                await Task.Yield();
            }
        }

        private sealed record Call(Spending Most, Spending End);
    }

    [Fact]
    public async Task Many_threads_at_once_never_exceed_the_budget()
    {
        var purse = Of(usd: 1);
        var over = 0;
        var made = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, token) =>
        {
            if (await purse.ReserveAsync(Most(0.1m), null, token) is not null) return;
            if (purse.Spent.AllUsd + purse.Reserved.Usd > 1) Interlocked.Increment(ref over);
            await Task.Yield();
            Interlocked.Increment(ref made);
            purse.Settle(Most(0.1m), n % 3 == 0 ? Cost(0.0125m) : new Spending(0, n % 3 == 1 ? 0.003m : 0, 10, 1));
        });

        Assert.Equal(0, over);
        Assert.Equal(default, purse.Reserved);
        Assert.Equal(made, purse.Spent.Calls);
        Assert.InRange(purse.Spent.AllUsd, 0.9m, 1);
    }
}
