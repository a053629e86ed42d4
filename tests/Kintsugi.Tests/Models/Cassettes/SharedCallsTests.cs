using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models.Cassettes;

/// <summary>`models.share_equal_calls`.</summary>
public class SharedCallsTests
{
    /// <summary>Of a model whose price is known: 0.02 USD.</summary>
    private static readonly string Shared = StubService.Completion("shared").Replace("stub-1-2026", "stub-1", StringComparison.Ordinal);

    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Equal_calls_in_flight_are_one_and_each_sample_has_its_own_recording()
    {
        await using var service = await StubService.StartAsync(SaysWhenTold, StubService.Says("another"));
        await using var rig = GatewayRig.Sharing(service);
        SampleCalls[] calls = [Fresh("a"), Fresh("b"), Fresh("c")];

        var leader = rig.AskAsync(Ask("0"), calls[0]);
        await _asked.Task;
        Task<ModelAnswer>[] followers = [rig.AskAsync(Ask("0"), calls[1]), rig.AskAsync(Ask("0"), calls[2])];
        _answers.SetResult();
        var answers = await Task.WhenAll([leader, .. followers]);

        Assert.Single(service.Requests);
        Assert.All(answers, a => Assert.Equal(Shared, a.Text()));
        Assert.Equal([(false, 0.02m), (true, 0m), (true, 0m)], calls.Select(c => Assert.Single(c.Calls)).Select(c => (c.Shared, c.CostUsd!.Value)));
        Assert.Equal(0.02m, rig.Gateway.SpentUsd);
        await using var again = await rig.AgainAsync(CassetteMode.Replay);
        foreach (var sample in (string[])["a", "b", "c"]) Assert.Equal(200, (await again.AskAsync(Ask("0"), Fresh(sample))).Status);
    }

    [Fact]
    public async Task A_follower_whose_leader_is_cancelled_asks_itself()
    {
        await using var service = await StubService.StartAsync(StubService.Stalls(_asked), StubService.Says("own"));
        await using var rig = GatewayRig.Sharing(service);
        using var hungUp = new CancellationTokenSource();
        var (first, second) = (Fresh("a"), Fresh("b"));

        var leader = rig.Gateway.AskAsync(Ask("0"), first, hungUp.Token);
        await _asked.Task;
        var follower = rig.AskAsync(Ask("0"), second);
        await hungUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        Assert.Equal(StubService.Completion("own"), (await follower).Text());
        Assert.False(Assert.Single(second.Calls).Shared);
        Assert.Equal(499, Assert.Single(first.Calls).Answer.Status);
    }

    [Theory]
    [InlineData("0.7", "")]
    [InlineData("null", "")]
    [InlineData("\"0\"", "")]
    public async Task Calls_that_may_be_answered_otherwise_are_not_shared(string temperature, string more)
    {
        await using var service = await StubService.StartAsync(SaysWhenTold, StubService.Says("another"));
        await using var rig = GatewayRig.Sharing(service);

        var first = rig.AskAsync(Ask(temperature, more), Fresh("a"));
        await _asked.Task;
        var second = await rig.AskAsync(Ask(temperature, more), Fresh("b"));
        _answers.SetResult();
        await first;

        Assert.Equal(StubService.Completion("another"), second.Text());
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task Nothing_is_shared_unless_it_is_asked_for()
    {
        await using var service = await StubService.StartAsync(SaysWhenTold, StubService.Says("another"));
        await using var rig = GatewayRig.Of(service);

        var first = rig.AskAsync(Ask("0"), Fresh("a"));
        await _asked.Task;
        await rig.AskAsync(Ask("0"), Fresh("b"));
        _answers.SetResult();
        await first;

        Assert.Equal(2, service.Requests.Count);
    }

    private static ModelRequest Ask(string temperature, string more = "") =>
        new("/v1/chat/completions", Encoding.UTF8.GetBytes($$"""{"model":"stub-1","temperature":{{temperature}}{{more}}}"""));

    private async Task SaysWhenTold(Microsoft.AspNetCore.Http.HttpContext context)
    {
        _asked.SetResult();
        await _answers.Task;
        await StubService.Json(200, Shared)(context);
    }
}
