using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

/// <summary>What calls through the gateway cost, and what holds them back. A call of the stub is 1,000 tokens in and 100 out: 0.02 USD at 10 and 100 a million.</summary>
public class BudgetTests
{
    private static readonly string Priced = StubService.Completion("yes").Replace("stub-1-2026", "stub-1", StringComparison.Ordinal);

    private static readonly string Unsaid = Priced[..Priced.IndexOf(",\"usage\"", StringComparison.Ordinal)] + "}";

    private static decimal Most(ModelRequest request, int output) => ((request.Body.Length * 10m) + (output * 100m)) / 1_000_000;

    [Fact]
    public async Task A_call_that_no_budget_reaches_for_asks_nobody_and_is_told_why()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(0.05m, new GatewayLimits(), service.Url);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask("a", most: 100), calls); // may cost 0.0108, and costs 0.02
        await rig.AskAsync(GatewayRig.Ask("b", most: 100), calls);
        var refused = await rig.AskAsync(GatewayRig.Ask("c", most: 100), calls);

        Assert.Equal(0.04m, rig.Gateway.SpentUsd);
        Assert.Equal(402, refused.Status);
        Assert.Equal([null, null, Faults.Budget], calls.Calls.Select(call => call.Fault));
        Assert.Equal([0.02m, 0.02m, 0m], calls.Calls.Select(call => call.CostUsd));
        Assert.Equal(2, service.Requests.Count);
        Assert.Contains("The budget models.budget.usd of 0.05 USD per run does not reach", refused.Text(), StringComparison.Ordinal);
        Assert.NotNull(rig.Gateway.BudgetRefusal);
    }

    [Fact]
    public async Task A_request_that_bounds_no_output_is_held_at_what_a_model_may_write()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(1.6m, new GatewayLimits(), service.Url); // 16,384 x 100 by the million is 1.6384

        Assert.Equal(402, (await rig.AskAsync(GatewayRig.Ask(), Fresh())).Status);
        Assert.Equal(200, (await rig.AskAsync(GatewayRig.Ask(most: 10_000), Fresh())).Status);
    }

    [Fact]
    public async Task A_call_that_would_fit_but_for_those_in_flight_waits_and_is_answered()
    {
        var asked = new TaskCompletionSource();
        var answers = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(
            async context =>
            {
                asked.SetResult();
                await answers.Task;
                await StubService.Json(200, Priced)(context);
            },
            StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(0.15m, new GatewayLimits(), service.Url);

        var first = rig.AskAsync(GatewayRig.Ask("a", most: 1_000), Fresh()); // may cost 0.1
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        var second = rig.AskAsync(GatewayRig.Ask("b", most: 1_000), Fresh());
        Assert.False(second.IsCompleted);
        answers.SetResult();

        Assert.Equal((200, 200), ((await first).Status, (await second).Status));
        Assert.Equal(0.04m, rig.Gateway.SpentUsd);
    }

    [Fact]
    public async Task A_call_of_unknown_price_has_no_cost_and_is_held_at_the_price_it_was_reserved_at()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes")); // by stub-1-2026, which the list does not know
        await using var rig = GatewayRig.Of(0.05m, new GatewayLimits(), service.Url);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask("a", model: "unheard-of", most: 100), calls);
        await rig.AskAsync(GatewayRig.Ask("b", most: 100), calls);
        var third = await rig.AskAsync(GatewayRig.Ask("c", model: "unheard-of", most: 100), calls);

        Assert.Equal([null, null, 0m], calls.Calls.Select(call => call.CostUsd));
        Assert.Equal((0m, 0.04m), (rig.Gateway.SpentUsd, rig.Gateway.HeldUsd));
        Assert.Equal(402, third.Status);
        Assert.Contains("there is none for unheard-of at 127.0.0.1: add them to the file that models.prices names", third.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_costs_nothing_and_each_attempt_is_paid_for()
    {
        await using var service = await StubService.StartAsync(
            StubService.Fails(500), StubService.Raw(503, "text/html", "<p>later</p>"u8.ToArray()), StubService.Fails(429), StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(1m, new GatewayLimits(), service.Url);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(most: 100), calls);

        Assert.Equal(0.02m, Assert.Single(calls.Calls).CostUsd);
        Assert.Equal((0.02m, 0m), (rig.Gateway.SpentUsd, rig.Gateway.HeldUsd));
        Assert.Equal(4, rig.Spent.Of("day:2026-01-01").Calls);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("garbage")]
    [InlineData("stream")]
    public async Task A_call_whose_usage_nobody_will_ever_say_stays_held_at_its_most(string how)
    {
        await using var service = await StubService.StartAsync(
            how switch
            {
                "cut" => StubService.Breaks(withinBody: true),
                "garbage" => StubService.Raw(200, "text/html", "<p>hello</p>"u8.ToArray()),
                _ => StubService.Streams(breaks: false, "data: {\"model\":\"stub-1\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"),
            },
            StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(1m, new GatewayLimits(), service.Url);
        var request = GatewayRig.Ask(most: 100, stream: how == "stream");
        var calls = Fresh();

        await rig.Gateway.RelayAsync(request, calls, (_, _, _) => ValueTask.CompletedTask, TestContext.Current.CancellationToken);

        Assert.Null(Assert.Single(calls.Calls).CostUsd);
        Assert.Equal(Most(request, 100), rig.Gateway.HeldUsd);
        Assert.Equal(how == "stream" ? 0 : 0.02m, rig.Gateway.SpentUsd); // the others were asked again
    }

    [Fact]
    public async Task A_call_that_the_agent_did_not_wait_for_stays_held_at_its_most()
    {
        var asked = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Stalls(asked));
        await using var rig = GatewayRig.Of(1m, new GatewayLimits(), service.Url);
        using var hangsUp = new CancellationTokenSource();
        var (request, calls) = (GatewayRig.Ask(most: 100), Fresh());

        var asking = rig.Gateway.AskAsync(request, calls, hangsUp.Token);
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        await hangsUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        Assert.Equal(Most(request, 100), rig.Gateway.HeldUsd);
        Assert.Null(Assert.Single(calls.Calls).CostUsd);
    }

    [Fact]
    public async Task An_answer_that_does_not_say_what_it_used_is_held_at_no_more_than_its_bytes()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, Unsaid));
        await using var rig = GatewayRig.Of(10m, new GatewayLimits(), service.Url);
        var (request, calls) = (GatewayRig.Ask(most: 10_000), Fresh());

        var answer = await rig.AskAsync(request, calls);

        Assert.Equal(Most(request, answer.Body.Length), rig.Gateway.HeldUsd);
        Assert.Null(Assert.Single(calls.Calls).CostUsd);
    }

    [Fact]
    public async Task A_stream_that_does_not_say_what_it_used_is_held_at_no_more_than_its_bytes_and_one_that_does_is_paid()
    {
        const string said = "data: {\"model\":\"stub-1\",\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n";
        const string end = "data: [DONE]\n\n";
        const string usage = "data: {\"model\":\"stub-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100}}\n\n";
        await using var service = await StubService.StartAsync(StubService.Streams(false, said, end), StubService.Streams(false, said, usage, end));
        await using var rig = GatewayRig.Of(10m, new GatewayLimits(), service.Url);
        var request = GatewayRig.Ask(most: 10_000, stream: true);
        var calls = Fresh();

        for (var n = 0; n < 2; n++) await rig.Gateway.RelayAsync(request, calls, (_, _, _) => ValueTask.CompletedTask, TestContext.Current.CancellationToken);

        Assert.Equal(Most(request, said.Length + end.Length), rig.Gateway.HeldUsd);
        Assert.Equal([null, 0.02m], calls.Calls.Select(call => call.CostUsd));
    }

    [Fact]
    public async Task What_is_cached_is_paid_for_as_such()
    {
        var cached = Priced.Replace("\"total_tokens\":1100", "\"prompt_tokens_details\":{\"cached_tokens\":500}", StringComparison.Ordinal);
        await using var service = await StubService.StartAsync(StubService.Json(200, cached.Replace("stub-1", "claude-stub", StringComparison.Ordinal)));
        var prices = PriceList.Parse("""{"127.0.0.1":{"claude-stub":{"input":10,"output":100}}}"""u8);
        await using var rig = GatewayRig.Of(null, new GatewayLimits(), service.Url);
        await using var gateway = rig.With(prices);
        var calls = Fresh();

        await gateway.AskAsync(GatewayRig.Ask(model: "claude-stub"), calls, TestContext.Current.CancellationToken);

        Assert.Equal(0.0155m, Assert.Single(calls.Calls).CostUsd); // 500 x 10 + 500 x 1 + 100 x 100, by the million
    }

    [Fact]
    public async Task A_provider_whose_limit_is_reached_is_passed_over_for_the_next()
    {
        var asked = new TaskCompletionSource();
        await using var busy = await StubService.StartAsync(StubService.Stalls(asked));
        await using var idle = await StubService.StartAsync(StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(null, new ProviderLimits { Concurrency = 1 }, new GatewayLimits(), busy.Url, idle.Url);
        using var hangsUp = new CancellationTokenSource();
        var calls = Fresh();

        var first = rig.Gateway.AskAsync(GatewayRig.Ask("a"), Fresh(), hangsUp.Token);
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        var second = await rig.AskAsync(GatewayRig.Ask("b"), calls);

        Assert.Equal((200, "p1"), (second.Status, Assert.Single(calls.Calls).Provider));
        Assert.Single(busy.Requests);
        await hangsUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task A_limit_with_nobody_else_to_ask_is_told_as_ours()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(null, new ProviderLimits(TokensPerMinute: 100), new GatewayLimits { LongestWait = TimeSpan.FromSeconds(30) }, service.Url);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask("a"), calls); // 1,100 tokens, of which eleven minutes are owed
        var late = await rig.AskAsync(GatewayRig.Ask("b"), calls);

        Assert.Equal((429, Faults.RateLimit), (late.Status, calls.Calls[1].Fault));
        Assert.Contains("our limit of the provider 'p0'. Raise models.providers.p0.limits", late.Text(), StringComparison.Ordinal);
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task An_agent_that_hangs_up_while_it_waits_for_its_turn_was_let_down_by_us_and_has_spent_nothing()
    {
        var asked = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Stalls(asked));
        await using var rig = GatewayRig.Of(null, new ProviderLimits { Concurrency = 1 }, new GatewayLimits { LongestWait = TimeSpan.FromSeconds(90) }, service.Url);
        using var hangsUp = new CancellationTokenSource();
        var calls = Fresh();
        var first = rig.Gateway.AskAsync(GatewayRig.Ask("a"), Fresh(), hangsUp.Token);
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);

        var second = rig.Gateway.AskAsync(GatewayRig.Ask("b"), calls, hangsUp.Token);
        await hangsUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal((Faults.RateLimit, 0m), (Assert.Single(calls.Calls).Fault, calls.Calls[0].CostUsd));
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task Tokens_that_were_not_used_are_given_back()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, Priced));
        await using var rig = GatewayRig.Of(null, new ProviderLimits(TokensPerMinute: 100_000), new GatewayLimits { LongestWait = TimeSpan.FromSeconds(30) }, service.Url);

        for (var n = 0; n < 8; n++) Assert.Equal(200, (await rig.AskAsync(GatewayRig.Ask($"{n}", most: 2_000), Fresh())).Status); // 1,100 each of 10,000 at once, where 2,000 and more are taken first

        Assert.Equal(8, service.Requests.Count);
    }

    [Fact]
    public async Task The_timeout_is_the_providers_own()
    {
        var asked = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Stalls(asked));
        await using var rig = GatewayRig.Of(null, new ProviderLimits { Timeout = TimeSpan.FromSeconds(90) }, new GatewayLimits { MaxAttempts = 1 }, service.Url);

        var asking = rig.AskAsync(GatewayRig.Ask(), Fresh());
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        rig.Clock.Advance(TimeSpan.FromSeconds(91));

        Assert.Contains("did not answer within 90 s", (await asking).Text(), StringComparison.Ordinal);
    }
}
