using Kintsugi.Models.Budgets;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

public class BudgetTests
{
    private static readonly PriceList Prices = PriceList.Parse("""{"host":{"m":{"input":2.5,"output":10},"m-2024-08-06":{"input":1,"output":1}}}""");

    [Theory]
    [InlineData("m", 3.5)] // 1,000,000 x 2.5 + 100,000 x 10, by the million
    [InlineData("m-2025-01-31", 3.5)]
    [InlineData("m-2024-08-06", 1.1)]
    public void A_price_is_by_the_million_tokens_and_a_snapshot_costs_what_its_model_does(string model, double expected) =>
        Assert.Equal((decimal)expected, Prices.Cost("host", model, 1_000_000, 100_000));

    [Theory]
    [InlineData("host", "n")]
    [InlineData("elsewhere", "m")]
    public void An_unknown_price_is_not_zero(string host, string model) => Assert.Null(Prices.Cost(host, model, 1, 1));

    [Fact]
    public void The_embedded_list_can_be_read() => Assert.Equal(12.5m, PriceList.Embedded().Cost("api.openai.com", "gpt-4o-2024-08-06", 1_000_000, 1_000_000));

    [Fact]
    public async Task A_spent_budget_asks_nobody_and_is_named()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, StubService.Completion("yes").Replace("stub-1-2026", "stub-1", StringComparison.Ordinal)));
        await using var rig = GatewayRig.Of(0.03m, new GatewayLimits(), service.Url);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask("a"), calls); // 1,000 x 10 + 100 x 100 by the million: 0.02
        await rig.AskAsync(GatewayRig.Ask("b"), calls);
        var refused = await rig.AskAsync(GatewayRig.Ask("c"), calls);

        Assert.Equal(0.04m, rig.Gateway.SpentUsd);
        Assert.Equal(402, refused.Status);
        Assert.Equal([null, null, Faults.Budget], calls.Calls.Select(call => call.Fault));
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task A_call_of_unknown_price_has_no_cost_and_is_not_held_against_the_budget()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(0.01m, new GatewayLimits(), service.Url);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask("a"), calls);
        var second = await rig.AskAsync(GatewayRig.Ask("b"), calls);

        Assert.Equal(200, second.Status);
        Assert.All(calls.Calls, call => Assert.Null(call.CostUsd));
    }
}
