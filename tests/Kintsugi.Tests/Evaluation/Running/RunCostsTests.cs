using Kintsugi.Evaluation.Running;
using Kintsugi.Models;

namespace Kintsugi.Tests.Evaluation.Running;

public class RunCostsTests
{
    private static readonly RecordedCall Live = new(
        "p", "m", "m", new ModelRequest("/v1/responses", default), new ModelAnswer(200, "application/json", default), Replayed: false, TimeSpan.Zero, 10, 5, 0.02m, "stop", Fault: null);

    [Fact]
    public void A_call_is_live_when_a_provider_was_asked_for_it_alone()
    {
        OutsideCall[] calls = [Live, Live with { Replayed = true, CostUsd = 0m }, Live with { Shared = true, CostUsd = 0m }];

        Assert.Equal(new RunCost(AgentRuns: 1, ModelCalls: 3, LiveModelCalls: 1, Tokens: 45, Usd: 0.02m), RunCosts.Of(calls));
    }
}
