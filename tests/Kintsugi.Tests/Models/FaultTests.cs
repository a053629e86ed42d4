using System.Globalization;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

/// <summary>What goes wrong at a provider is the world's; what the provider refuses is the request's.</summary>
public class FaultTests
{
    [Theory]
    [InlineData(401, Faults.RefusedKey, 1)]
    [InlineData(402, Faults.Quota, 1)]
    [InlineData(403, Faults.RefusedKey, 1)]
    [InlineData(408, Faults.Timeout, 4)]
    [InlineData(429, Faults.RateLimit, 4)]
    [InlineData(500, Faults.ProviderError, 4)]
    [InlineData(502, Faults.ProviderError, 4)]
    [InlineData(503, Faults.Overloaded, 4)]
    [InlineData(529, Faults.Overloaded, 4)]
    [InlineData(400, null, 1)]
    [InlineData(404, null, 1)]
    [InlineData(422, null, 1)]
    public async Task A_status_is_classed_and_retried_only_where_that_can_help(int status, string? fault, int asked)
    {
        await using var service = await StubService.StartAsync(StubService.Fails(status));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(status, answer.Status);
        Assert.Equal(fault, Assert.Single(calls.Calls).Fault);
        Assert.Equal(asked, service.Requests.Count(r => r.Method == "POST"));
    }

    [Fact]
    public async Task A_rate_limit_that_passes_leaves_no_fault()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(429), StubService.Fails(500), StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(200, answer.Status);
        Assert.Null(Assert.Single(calls.Calls).Fault);
        Assert.Equal(3, service.Requests.Count);
        Assert.Equal(2, rig.Clock.Skipped.Count);
    }

    [Fact]
    public async Task A_provider_that_is_down_for_long_is_not_asked_until_its_time_is_over()
    {
        var limits = new GatewayLimits { DownAfter = 2, TotalRetryTime = TimeSpan.FromSeconds(3) };
        await using var service = await StubService.StartAsync([.. Enumerable.Repeat(StubService.Fails(503), 4), StubService.Says("yes")]);
        await using var rig = GatewayRig.Of(null, limits, service.Url);
        var calls = Fresh();

        while (service.Requests.Count < 4) await rig.AskAsync(GatewayRig.Ask(), calls); // probes after 1, 2 and 4 s
        var shut = await rig.AskAsync(GatewayRig.Ask(), calls);
        rig.Clock.Advance(TimeSpan.FromSeconds(4));
        var open = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(503, shut.Status);
        Assert.Contains("is left alone for a while", shut.Text(), StringComparison.Ordinal);
        Assert.Equal(200, open.Status);
        Assert.Equal(5, service.Requests.Count);
        Assert.All(calls.Calls.SkipLast(1), call => Assert.Equal(Faults.Overloaded, call.Fault));
    }

    [Fact]
    public async Task A_wait_that_the_provider_asks_for_is_kept()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(429, retryAfter: "7"), StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Equal([TimeSpan.FromSeconds(7)], rig.Clock.Skipped);
    }

    [Fact]
    public async Task A_wait_until_a_date_is_measured_by_the_clock()
    {
        var date = new SkippingClock().GetUtcNow().AddSeconds(5).ToString("R", CultureInfo.InvariantCulture);
        await using var service = await StubService.StartAsync(StubService.Fails(503, retryAfter: date), StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Equal([TimeSpan.FromSeconds(5)], rig.Clock.Skipped);
    }

    [Fact]
    public async Task A_wait_beyond_the_bound_is_not_begun_and_the_agent_is_told_of_it()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(429, retryAfter: "30"));
        await using var rig = GatewayRig.Of(service);

        var answer = await rig.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Single(service.Requests);
        Assert.Empty(rig.Clock.Skipped);
        Assert.Equal(TimeSpan.FromSeconds(30), answer.RetryAfter);
    }

    [Fact]
    public async Task Retries_end_when_their_time_is_over_even_if_some_are_left()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(429, retryAfter: "6"));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Equal(2, service.Requests.Count); // 6 s + 6 s would be beyond 10 s
    }

    [Fact]
    public async Task An_account_without_money_is_not_waited_for()
    {
        await using var service = await StubService.StartAsync(StubService.Json(429, """{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"""));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.Quota, Assert.Single(calls.Calls).Fault);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData("text/html", "<html>welcome</html>")]
    [InlineData("application/json", "{\"choices\":[")]
    [InlineData("application/json", "[]")]
    [InlineData("application/json", "{} trailing")]
    [InlineData("application/json", "")]
    [InlineData("image/png", "{}")]
    public async Task A_success_that_is_not_in_the_format_is_garbage_and_never_reaches_the_agent(string contentType, string body)
    {
        await using var service = await StubService.StartAsync(StubService.Raw(200, contentType, System.Text.Encoding.UTF8.GetBytes(body)));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.Garbage, Assert.Single(calls.Calls).Fault);
        Assert.Equal(502, answer.Status);
        Assert.Contains("\"code\":\"garbage\"", answer.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_within_a_success_is_the_providers()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, """{"error":{"code":502,"message":"upstream"}}"""), StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);

        var answer = await rig.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Equal(StubService.Completion("yes"), answer.Text());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_is_a_cut(bool withinBody)
    {
        await using var service = await StubService.StartAsync(StubService.Breaks(withinBody));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.Cut, Assert.Single(calls.Calls).Fault);
    }

    [Fact]
    public async Task An_answer_beyond_the_bound_is_a_fault_and_costs_no_more_memory()
    {
        await using var service = await StubService.StartAsync(StubService.Raw(200, "application/json", new byte[11 * 1024 * 1024]));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.TooLarge, Assert.Single(calls.Calls).Fault);
        Assert.True(answer.Body.Length < 1000);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = await StubService.StartAsync(StubService.Says("caught"));
        await using var service = await StubService.StartAsync(context =>
        {
            context.Response.Redirect(elsewhere.Url.ToString());
            return Task.CompletedTask;
        });
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.NotTheProvider, Assert.Single(calls.Calls).Fault);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_page_in_place_of_an_api_is_not_the_provider()
    {
        await using var service = await StubService.StartAsync(StubService.Raw(404, "text/html", "<h1>Not found</h1>"u8.ToArray()));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.NotTheProvider, Assert.Single(calls.Calls).Fault);
        Assert.Equal("application/json", answer.ContentType);
    }

    [Fact]
    public async Task A_service_that_is_down_is_unreachable()
    {
        Uri url;
        await using (var service = await StubService.StartAsync(StubService.Says("yes"))) url = service.Url;
        await using var rig = GatewayRig.Of(null, new GatewayLimits(), url);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.Unreachable, Assert.Single(calls.Calls).Fault);
        Assert.Equal(502, answer.Status);
        Assert.Equal(3, rig.Clock.Skipped.Count);
    }

    [Fact]
    public async Task A_service_that_never_answers_times_out()
    {
        var asked = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Stalls(asked));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var asking = rig.AskAsync(GatewayRig.Ask(), calls);
        await asked.Task;
        rig.Clock.Advance(TimeSpan.FromSeconds(120));
        var answer = await asking;

        Assert.Equal(504, answer.Status);
        Assert.Equal(Faults.Timeout, Assert.Single(calls.Calls).Fault);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(30, Faults.Timeout)]
    public async Task An_agent_that_hangs_up_was_let_down_only_if_it_had_waited(int seconds, string? fault)
    {
        var asked = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Stalls(asked));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();
        using var hangUp = new CancellationTokenSource();

        var asking = rig.Gateway.AskAsync(GatewayRig.Ask(), calls, hangUp.Token);
        await asked.Task;
        rig.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(fault, Assert.Single(calls.Calls).Fault);
    }

    [Fact]
    public async Task An_agent_that_does_not_wait_for_a_resting_provider_was_let_down_by_it()
    {
        var isProbed = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Fails(401), StubService.Stalls(isProbed));
        await using var rig = GatewayRig.Of(null, new GatewayLimits { TotalRetryTime = TimeSpan.FromMinutes(10) }, service.Url);
        var calls = Fresh();
        using var hangUp = new CancellationTokenSource();
        await rig.AskAsync(GatewayRig.Ask(), Fresh());
        rig.Clock.Advance(TimeSpan.FromSeconds(30));
        var probing = rig.Gateway.AskAsync(GatewayRig.Ask(), Fresh(), hangUp.Token);
        await isProbed.Task;

        var asking = rig.Gateway.AskAsync(GatewayRig.Ask(), calls, hangUp.Token);
        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing);
        Assert.Equal((499, Faults.RefusedKey, "p0"), (Assert.Single(calls.Calls).Answer.Status, calls.Calls[0].Fault, calls.Calls[0].Provider));
    }

    [Fact]
    public async Task An_agent_that_does_not_read_its_stream_is_no_fault_of_the_provider()
    {
        await using var service = await StubService.StartAsync(StubService.Streams(breaks: false, "data: {}\n\n"));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();
        var isHeldUp = new TaskCompletionSource();
        var isRead = new TaskCompletionSource();

        var asking = rig.Gateway.RelayAsync(GatewayRig.Ask(stream: true), calls, async (_, _, token) =>
        {
            isHeldUp.SetResult();
            await isRead.Task.WaitAsync(token);
        }, TestContext.Current.CancellationToken);
        await isHeldUp.Task;
        rig.Clock.Advance(TimeSpan.FromMinutes(10)); // beyond every timeout

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal((499, null), (Assert.Single(calls.Calls).Answer.Status, calls.Calls[0].Fault));
    }

    [Fact]
    public async Task An_agent_that_hangs_up_while_a_rate_limit_is_waited_out_was_rate_limited()
    {
        var asked = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Fails(429), StubService.Stalls(asked));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();
        using var hangUp = new CancellationTokenSource();

        var asking = rig.Gateway.AskAsync(GatewayRig.Ask(), calls, hangUp.Token);
        await asked.Task;
        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(Faults.RateLimit, Assert.Single(calls.Calls).Fault);
    }
}
