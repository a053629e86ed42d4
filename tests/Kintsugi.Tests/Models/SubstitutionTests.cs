using Kintsugi.Models;
using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

public class SubstitutionTests
{
    [Theory]
    [InlineData("claude-3-5-sonnet", "claude-3-5-sonnet-20241022")]
    [InlineData("claude-3-5-sonnet", "anthropic/claude-3.5-sonnet")]
    [InlineData("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-latest")]
    [InlineData("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet")]
    [InlineData("gpt-4o", "openai/gpt-4o-2024-08-06")]
    [InlineData("deepseek-chat", "deepseek/deepseek-chat:free")]
    [InlineData("claude-3-5-sonnet@20241022", "claude-3-5-sonnet")]
    public void Services_spell_one_model_in_many_ways(string one, string other) => Assert.True(ModelNames.AreOne([one], [other]));

    [Theory]
    [InlineData("gpt-4o", "gpt-4o-mini")]
    [InlineData("claude-3-5-sonnet", "claude-3-7-sonnet")]
    [InlineData("claude-3-5-sonnet", "claude-3-5-haiku")]
    [InlineData("o1", "o1-pro")]
    public void Different_models_stay_different(string one, string other) => Assert.False(ModelNames.AreOne([one], [other]));

    [Theory]
    [InlineData("claude-3-5-sonnet", "anthropic")]
    [InlineData("openai/gpt-4o", "openai")]
    [InlineData("o3-mini", "openai")]
    [InlineData("deepseek-v3", "deepseek")]
    [InlineData("meta-llama/llama-3.1-70b", "meta")]
    [InlineData("our-own", null)]
    [InlineData("gptx", null)]
    public void A_name_tells_who_made_the_model(string name, string? vendor) => Assert.Equal(vendor, ModelNames.Vendor(name));

    [Fact]
    public async Task A_fallback_that_serves_the_same_model_is_no_fault()
    {
        await using var first = await StubService.StartAsync(StubService.Fails(401));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(first, second);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(model: "vendor/stub-1-2026"), calls); // the stub says that stub-1-2026 served it

        Assert.Equal(200, answer.Status);
        Assert.Null(Assert.Single(calls.Calls).Fault);
    }

    [Theory]
    [InlineData("agent", "model_substituted: stub-1-2026 answered in place of large, for p0 failed (refused_key)")]
    [InlineData("triage", null)]
    public async Task Another_model_answers_a_role_but_leaves_the_comparison_of_who_measures(string role, string? fault)
    {
        await using var first = await StubService.StartAsync(StubService.Fails(401));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(
            config => config with { Roles = new Dictionary<string, IReadOnlyList<string>>(config.Roles) { ["triage"] = ["p0/large", "p1/stub-1"] } },
            first.Url, second.Url);
        var calls = new SampleCalls("s", 0, Recall.Fresh, role);

        var answer = await rig.AskAsync(GatewayRig.Ask(model: "large"), calls);

        Assert.Equal(200, answer.Status);
        Assert.Equal(fault, Assert.Single(calls.Calls).Fault);
        Assert.Equal("p1", calls.Calls[0].Provider);
    }

    [Fact]
    public async Task A_substituted_answer_is_not_recorded()
    {
        await using var first = await StubService.StartAsync(StubService.Fails(401));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(first, second);
        await rig.AskAsync(GatewayRig.Ask(model: "large"), Fresh());
        var calls = Recorded();

        await rig.AskAsync(GatewayRig.Ask(model: "large"), calls);

        Assert.False(Assert.Single(calls.Calls).Replayed);
    }

    [Fact]
    public async Task What_the_first_of_the_route_said_it_serves_counts_as_the_model_that_was_asked_for()
    {
        await using var first = await StubService.StartAsync(StubService.Says("yes"), StubService.Fails(401));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(first, second);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(model: "our-deployment"), calls);
        await rig.AskAsync(GatewayRig.Ask(model: "our-deployment"), calls);

        Assert.Equal(["p0", "p1"], calls.Calls.Select(call => call.Provider));
        Assert.All(calls.Calls, call => Assert.Null(call.Fault));
    }
}
