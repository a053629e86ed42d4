using Kintsugi.Models.Routing;

namespace Kintsugi.Tests.Models;

public class CooldownTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly SkippingClock _clock = new();
    private readonly Cooldown _cooldown;

    public CooldownTests() => _cooldown = new Cooldown(failuresInARow: 3, _clock);

    [Fact]
    public async Task It_opens_when_enough_calls_in_a_row_have_failed()
    {
        await FailAsync("m", 2);
        Assert.Null((await EnterAsync("m")).Fault);
        await FailAsync("m", 1);

        Assert.Equal(Faults.Overloaded, (await EnterAsync("m")).Fault);
        Assert.Null((await EnterAsync("n")).Fault);
    }

    [Fact]
    public async Task An_answer_between_failures_starts_the_count_anew()
    {
        await FailAsync("m", 2);
        _cooldown.Report("m", await EnterAsync("m"), Judgement.Answered, null);
        await FailAsync("m", 2);

        Assert.Null((await EnterAsync("m")).Fault);
    }

    [Fact]
    public async Task One_call_probes_when_the_time_is_over_and_the_others_wait_for_what_it_finds()
    {
        await FailAsync("m", 3);
        _clock.Advance(Second);

        var probe = await EnterAsync("m");
        Assert.True(probe.ProbesModel);
        Assert.Equal(Faults.Overloaded, (await EnterAsync("m")).Fault);
        var waiting = _cooldown.EnterAsync("m", TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        _cooldown.Report("m", probe, Judgement.Answered, null);

        Assert.Null((await waiting).Fault);
    }

    [Fact]
    public async Task A_probe_that_fails_doubles_the_time()
    {
        await FailAsync("m", 3);
        _clock.Advance(Second);
        await FailAsync("m", 1);

        _clock.Advance(1.5 * Second);
        Assert.NotNull((await EnterAsync("m")).Fault);
        _clock.Advance(0.5 * Second);
        Assert.Null((await EnterAsync("m")).Fault);
    }

    [Fact]
    public async Task A_probe_that_is_abandoned_leaves_the_next_call_to_probe()
    {
        await FailAsync("m", 3);
        _clock.Advance(Second);

        _cooldown.Abandon("m", await EnterAsync("m"));

        Assert.True((await EnterAsync("m")).ProbesModel);
    }

    [Fact]
    public async Task Calls_that_were_on_their_way_when_it_opened_do_not_lengthen_it()
    {
        var onTheWay = new List<Cooldown.Leave>();
        for (var i = 0; i < 10; i++) onTheWay.Add(await EnterAsync("m"));

        foreach (var leave in onTheWay) _cooldown.Report("m", leave, Judgement.Passing(Faults.Overloaded), null);
        _clock.Advance(Second);

        Assert.Null((await EnterAsync("m")).Fault);
    }

    [Fact]
    public async Task A_time_to_come_back_opens_it_at_once_for_that_long_and_a_minute_at_most()
    {
        _cooldown.Report("m", await EnterAsync("m"), Judgement.Passing(Faults.RateLimit), TimeSpan.FromSeconds(5));
        _cooldown.Report("n", await EnterAsync("n"), Judgement.Passing(Faults.RateLimit), TimeSpan.FromDays(1));

        _clock.Advance(5 * Second);
        Assert.Null((await EnterAsync("m")).Fault);
        Assert.Equal(Faults.RateLimit, (await EnterAsync("n")).Fault);
        _clock.Advance(55 * Second);
        Assert.Null((await EnterAsync("n")).Fault);
    }

    [Theory]
    [InlineData(Faults.RefusedKey)]
    [InlineData(Faults.Quota)]
    [InlineData(Faults.NotTheProvider)]
    public async Task A_fault_of_the_account_closes_every_model_at_once(string fault)
    {
        _cooldown.Report("m", await EnterAsync("m"), Judgement.Lasting(fault), null);

        Assert.Equal(fault, (await EnterAsync("n")).Fault);
    }

    private ValueTask<Cooldown.Leave> EnterAsync(string model) => _cooldown.EnterAsync(model, TimeSpan.Zero, TestContext.Current.CancellationToken);

    private async Task FailAsync(string model, int times)
    {
        for (var i = 0; i < times; i++) _cooldown.Report(model, await EnterAsync(model), Judgement.Passing(Faults.Overloaded), null);
    }
}
