using Kintsugi.Models.Budgets;

namespace Kintsugi.Tests.Models.Budgets;

public sealed class AllowanceTests : IDisposable
{
    private readonly HandClock _clock = new();
    private readonly Allowance _allowance; // 600 a minute: 10 a second, 60 at once

    public AllowanceTests() => _allowance = new Allowance(600, _clock);

    public void Dispose() => _allowance.Dispose();

    private Task Take(long amount) => _allowance.TakeAsync(amount, TestContext.Current.CancellationToken);

    [Fact]
    public void A_tenth_of_a_minute_may_be_taken_at_once_and_no_more()
    {
        var taken = Enumerable.Range(0, 61).Select(_ => Take(1)).ToList();

        Assert.All(taken[..60], task => Assert.True(task.IsCompletedSuccessfully));
        Assert.False(taken[60].IsCompleted);
    }

    [Fact]
    public async Task Who_waits_is_served_as_soon_as_there_is_enough()
    {
        await Take(60);
        var next = Take(5);

        _clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        await next;
    }

    [Fact]
    public async Task First_come_first_served_also_when_the_second_wants_less()
    {
        await Take(60);
        var much = Take(50);
        var little = Take(1);

        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(little.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await much;
        Assert.False(little.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        await little;
    }

    [Fact]
    public async Task What_is_given_back_serves_who_waits()
    {
        await Take(60);
        var next = Take(20);

        _allowance.GiveBack(20);

        await next;
        Assert.False(Take(1).IsCompleted);
    }

    [Fact]
    public async Task Giving_back_never_fills_it_beyond_a_tenth_of_a_minute()
    {
        _allowance.GiveBack(1_000);

        await Take(60);

        Assert.False(Take(1).IsCompleted);
    }

    [Fact]
    public async Task What_was_used_beyond_what_was_taken_is_owed_by_those_who_come_after()
    {
        await Take(10);

        _allowance.GiveBack(-100); // 50 left, 100 more used

        var next = Take(1);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await next;
    }

    [Fact]
    public async Task Who_wants_more_than_it_ever_holds_gets_it_when_it_is_full_and_the_rate_holds_all_the_same()
    {
        await Take(300);
        var next = Take(1);

        _clock.Advance(TimeSpan.FromSeconds(24));
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        await next;
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_and_lets_the_others_move_up()
    {
        await Take(60);
        using var cancelled = new CancellationTokenSource();
        var first = _allowance.TakeAsync(60, cancelled.Token);
        var second = Take(1);

        await cancelled.CancelAsync();
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await second;
    }

    [Fact]
    public async Task Over_any_time_no_more_is_granted_than_the_rate_and_one_burst()
    {
        var granted = 0;
        async Task Count() { await Take(1); Interlocked.Increment(ref granted); }
        var all = Enumerable.Range(0, 1_000).Select(_ => Count()).ToList();

        for (var second = 0; second <= 60; second++)
        {
            Assert.InRange(all.Count(task => task.IsCompleted), 0, 60 + (10 * second));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        _clock.Advance(TimeSpan.FromMinutes(1));

        await Task.WhenAll(all);
        Assert.Equal(1_000, granted);
    }
}
