using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

/// <summary>A status of 200 with nothing behind it.</summary>
public class NoAnswerTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"id":"c1","object":"chat.completion"}""")]
    [InlineData("""{"choices":"no"}""")]
    public async Task Json_that_answers_nothing_is_asked_for_again_and_then_elsewhere(string body)
    {
        await using var first = await StubService.StartAsync(StubService.Json(200, body));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(first, second);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal("p1", Assert.Single(calls.Calls).Provider);
    }

    [Fact]
    public async Task A_whole_answer_to_who_asked_for_a_stream_is_none()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(stream: true), calls);

        Assert.Equal(Faults.Garbage, Assert.Single(calls.Calls).Fault);
    }

    [Fact]
    public async Task A_stream_that_only_ends_is_cut()
    {
        await using var service = await StubService.StartAsync(StubService.Streams(breaks: false, "data: [DONE]\n\n"));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        await rig.Gateway.RelayAsync(GatewayRig.Ask(stream: true), calls, (_, _, _) => ValueTask.CompletedTask, TestContext.Current.CancellationToken);

        Assert.Equal(Faults.Cut, Assert.Single(calls.Calls).Fault);
    }

    [Fact]
    public async Task Calls_under_way_are_waited_for_but_not_for_ever()
    {
        var clock = new HandClock();
        var calls = Fresh();
        Assert.True(calls.SettledAsync(TimeSpan.FromSeconds(2), clock, TestContext.Current.CancellationToken).IsCompletedSuccessfully);

        var underWay = calls.Begin();
        var settled = calls.SettledAsync(TimeSpan.FromSeconds(2), clock, TestContext.Current.CancellationToken);
        Assert.False(settled.IsCompleted);
        underWay.Dispose();
        await settled;

        using var another = calls.Begin();
        var late = calls.SettledAsync(TimeSpan.FromSeconds(2), clock, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(2));
        await late;
    }
}
