using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Evaluation.Running;

public class PromptAgentTests
{
    private static RunningRig Rig(StubService service, string template, bool json = true, decimal? budgetUsd = null) => RunningRig.Of("", service.Url, budgetUsd)
        .With("prompt.md", template)
        .With("system.md", "Be brief.")
        .With(a => a with { Protocol = AgentProtocol.Prompt, Run = null, Prompt = new PromptAgent("prompt.md", "system.md", "stub-1", json) });

    private static IReadOnlyList<PlannedSample> One(string input) => [new PlannedSample(RunningRig.Case("s", input), [1])];

    private static async Task<(SampleResult Result, string Message)> AskAsync(string template, string input)
    {
        await using var service = await StubService.StartAsync(StubService.Says("{}"));
        await using var rig = Rig(service, template);
        var result = Assert.Single((await rig.RunAsync(One(input), TestContext.Current.CancellationToken)).Results);
        if (service.Requests.Count == 0) return (result, "");
        using var request = JsonDocument.Parse(service.Requests[0].Body);
        return (result, request.RootElement.GetProperty("messages")[1].GetProperty("content").GetString()!);
    }

    [Fact]
    public async Task A_prompt_needs_no_process_and_its_answer_is_judged()
    {
        await using var service = await StubService.StartAsync(StubService.Says("7"));
        await using var rig = Rig(service, "Score {{ input }}.");

        var run = await rig.RunAsync(RunningRig.Numbers(20), TestContext.Current.CancellationToken);

        Assert.Equal("s7", Assert.Single(run.Results, r => r.Outcome == Outcome.Passed).SampleId);
        Assert.Empty(rig.Started);
        Assert.Equal(20, run.Cost.LiveModelCalls);
    }

    [Fact]
    public async Task A_budget_that_does_not_reach_is_said_with_what_was_spent_and_no_runs_are_judged()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, StubService.Completion("7").Replace("stub-1-2026", "stub-1", StringComparison.Ordinal)));
        await using var rig = Rig(service, "Score {{ input }}.", budgetUsd: 2m);

        var spent = await Assert.ThrowsAsync<BudgetSpentException>(() => rig.RunAsync(RunningRig.Numbers(200), TestContext.Current.CancellationToken));

        Assert.InRange(service.Requests.Count, 1, 199);
        Assert.Equal(rig.Gateway.SpentUsd, spent.Cost.Usd);
        Assert.Contains("models.budget.usd", spent.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ input.name }} <b>", """{"name":"Å & <Co>"}""", "Å & <Co> <b>")]
    [InlineData("{{ input.size }} {{ input.score }} {{ input.ok }}", """{"size":40,"score":2.50,"ok":true}""", "40 2.5 true")]
    [InlineData("[{{ input.missing }}{{ input.a.b.c }}]", """{"name":"x"}""", "[]")]
    [InlineData("{% if input.missing %}y{% else %}n{% endif %}", "{}", "n")]
    [InlineData("{% for t in input.tags %}{{ t }};{% endfor %}{{ input.tags.size }}{{ input.tags[1] }}", """{"tags":["a","b"]}""", "a;b;2b")]
    [InlineData("{{ input }}", """{"a":[1, "x<y"]}""", """{"a":[1, "x<y"]}""")]
    [InlineData("{{ input.text }}", """{"text":"{{ input.secret }} {% include 'x' %}"}""", "{{ input.secret }} {% include 'x' %}")]
    public async Task A_template_is_filled_in_plainly(string template, string input, string expected) =>
        Assert.Equal(expected, (await AskAsync(template, input)).Message);

    [Theory]
    [InlineData("{{ lead.name }}")]
    [InlineData("{{ input | no_such_filter }}")]
    [InlineData("{% include 'other' %}")]
    [InlineData("{% for i in (1..1000000) %}{% for j in (1..1000) %}{{ j }}{% endfor %}{% endfor %}")]
    public async Task A_template_that_cannot_be_filled_in_is_the_agents_error(string template)
    {
        var (result, _) = await AskAsync(template, "{}");

        Assert.Equal((Outcome.Failed, "template"), (result.Outcome, result.Error!.Type));
    }

    [Fact]
    public async Task A_template_that_does_not_parse_is_an_agent_that_does_not_start()
    {
        await using var service = await StubService.StartAsync(StubService.Says("1"));
        await using var rig = Rig(service, "{% if %}");

        Assert.StartsWith("prompt.md: ", (await rig.RunAsync(2)).StartFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_the_JSON_asked_for_is_the_agents_error()
    {
        await using var service = await StubService.StartAsync(StubService.Says("certainly!"));
        await using var rig = Rig(service, "{{ input }}");

        Assert.Equal("bad_answer", (await rig.RunAsync(1)).Results[0].Error!.Type);
    }

    [Fact]
    public async Task Without_JSON_asked_for_the_text_is_the_answer()
    {
        await using var service = await StubService.StartAsync(StubService.Says("certainly!"));
        await using var rig = Rig(service, "{{ input }}", json: false);

        Assert.Equal("certainly!", (await rig.RunAsync(1)).Results[0].Output!.Value.GetString());
    }

    [Fact]
    public async Task A_request_that_the_provider_refuses_is_the_agents_error_and_a_provider_that_is_down_is_not()
    {
        await using var refusing = await StubService.StartAsync(StubService.Fails(400));
        await using var down = await StubService.StartAsync(StubService.Fails(500));
        await using var refused = Rig(refusing, "{{ input }}");
        await using var unserved = Rig(down, "{{ input }}");

        Assert.Equal("refused", (await refused.RunAsync(1)).Results[0].Error!.Type);
        Assert.Equal(Outcome.World, (await unserved.RunAsync(1)).Results[0].Outcome);
    }
}
