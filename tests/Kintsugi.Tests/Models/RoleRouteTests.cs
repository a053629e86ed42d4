using Kintsugi.Models;
using Kintsugi.Models.Routing;

namespace Kintsugi.Tests.Models;

public class RoleRouteTests
{
    private static readonly string[] Providers = ["n1n", "anthropic"];

    [Fact]
    public void A_role_of_our_own_names_provider_and_model_in_order() => Assert.Equal(
        [new RouteStep("n1n", "claude-3-5-sonnet"), new RouteStep("anthropic", "claude-3-5-sonnet")],
        Routes.Of(Config(("triage", ["n1n/claude-3-5-sonnet", "anthropic/claude-3-5-sonnet"])), Role.Triage, Providers));

    [Fact]
    public void A_models_name_may_hold_slashes() => Assert.Equal(
        [new RouteStep("n1n", "meta-llama/llama-3.1-70b")], Routes.Of(Config(("repair", ["n1n/meta-llama/llama-3.1-70b"])), Role.Repair, Providers));

    [Theory]
    [InlineData("triage", "n1n", "models.roles.triage: 'n1n' names no model. Write `n1n/MODEL`.")]
    [InlineData("judge", "n1n/", "models.roles.judge: 'n1n/' names no model.")]
    [InlineData("judge", "openai/gpt-4o", "models.roles.judge: There is no provider 'openai'. Use one of anthropic, n1n.")]
    public void A_route_without_a_model_or_a_provider_says_what_to_write(string role, string entry, string words)
    {
        var refused = Assert.Throws<BadModelsConfigException>(() => Routes.Of(Config((role, [entry])), role, Providers));

        Assert.StartsWith(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_role_without_a_route_is_refused_unless_the_simulated_model_answers_everything()
    {
        Assert.Throws<BadModelsConfigException>(() => Routes.Of(Config(), Role.Triage, Providers));
        Assert.Equal([new RouteStep("simulated", "sim-large")], Routes.Of(ModelsConfig.Embedded, Role.Triage, ["simulated"]));
    }

    [Theory]
    [InlineData("n1n/claude-3-5-sonnet", "anthropic/claude-3-7-sonnet", "repair and judge may both be answered by anthropic.")]
    [InlineData("n1n/our-own", "n1n/another", "repair and judge may both be answered by n1n.")] // nobody can tell who made either
    [InlineData("n1n/deepseek-v3", "anthropic/claude-3-7-sonnet", null)]
    public void Roles_that_are_to_stay_apart_share_no_vendor(string repair, string judge, string? words)
    {
        var config = Config(("repair", [repair]), ("judge", [judge])) with { Apart = ["repair", "judge"] };

        var refused = Record.Exception(() => Routes.CheckApart(config, Providers));

        if (words is null) Assert.Null(refused);
        else Assert.Contains(words, Assert.IsType<BadModelsConfigException>(refused).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_members_of_a_panel_stay_apart_from_the_other_role_as_well()
    {
        var config = Config(("repair", ["n1n/deepseek-v3"]), (Role.OfPanel("n1n/deepseek-r1"), ["n1n/deepseek-r1"]), (Role.OfPanel("anthropic/claude-3"), ["anthropic/claude-3"])) with { Apart = ["repair", "judge"] };

        var refused = Assert.Throws<BadModelsConfigException>(() => Routes.CheckApart(config, Providers));

        Assert.Contains("repair and judge may both be answered by deepseek.", refused.Message, StringComparison.Ordinal);
        Assert.True(Role.IsMeasuring(Role.OfPanel("n1n/deepseek-r1")));
    }

    [Theory]
    [InlineData(400, """{"error":{"code":"context_length_exceeded"}}""", Refusals.ContextLength)]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}""", Refusals.ContextLength)]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens"}}""", Refusals.ContextLength)]
    [InlineData(413, "{}", Refusals.ContextLength)]
    [InlineData(400, """{"error":{"code":"content_filter"}}""", Refusals.ContentPolicy)]
    [InlineData(400, """{"error":{"message":"Model Not Exist"}}""", Refusals.UnknownModel)]
    [InlineData(404, """{"error":{"code":"model_not_found"}}""", Refusals.UnknownModel)]
    [InlineData(422, "{}", Refusals.BadRequest)]
    public void A_refused_request_says_why(int status, string body, string refusal)
    {
        var judgement = Judgement.Of(new ModelAnswer(status, "application/json", System.Text.Encoding.UTF8.GetBytes(body)));

        Assert.Equal((null, refusal), (judgement.Fault, judgement.Refusal));
    }

    [Theory]
    [InlineData(400, """{"type":"error","error":{"message":"Your credit balance is too low to access the Anthropic API."}}""", Faults.Quota)]
    [InlineData(429, """{"error":{"code":"insufficient_quota"}}""", Faults.Quota)]
    [InlineData(402, "{}", Faults.Quota)]
    [InlineData(403, "{}", Faults.RefusedKey)]
    public void An_account_that_is_empty_or_refused_is_the_worlds(int status, string body, string fault)
    {
        var judgement = Judgement.Of(new ModelAnswer(status, "application/json", System.Text.Encoding.UTF8.GetBytes(body)));

        Assert.Equal((fault, false, true), (judgement.Fault, judgement.Retry, judgement.Failover));
    }

    private static ModelsConfig Config(params (string Role, string[] Route)[] roles) => ModelsConfig.Embedded with
    {
        Roles = roles.ToDictionary(r => r.Role, r => (IReadOnlyList<string>)r.Route),
    };
}
