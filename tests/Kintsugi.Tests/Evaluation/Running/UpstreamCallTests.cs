using Kintsugi.Evaluation.Running;
using Kintsugi.Tests.Models;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Running;

public class UpstreamCallTests
{
    [Fact]
    public async Task A_call_to_an_upstream_belongs_to_its_sample_and_is_no_model_call()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, """{"size":40}"""));
        await using var models = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = RunningRig.Of("for q in questions(): ask_crm(f'/leads/{q[\"id\"]}?a=1'); ask_model('x'); say(q, q['input'])", models.Url, crm: service.Url);

        var run = await rig.RunAsync(4);

        Assert.All(run.Results, r =>
        {
            Assert.Equal(Outcome.Passed, r.Outcome);
            Assert.Equal(["UpstreamCall", "ModelCall"], r.Trajectory.Steps.Select(s => s.GetType().Name));
            var call = Assert.Single(r.Trajectory.UpstreamCalls);
            Assert.Equal(new UpstreamCall("CRM_URL", "GET", "127.0.0.1", $"/leads/{r.SampleId}", 200, false, call.Latency, null), call);
        });
        Assert.Equal((4, 4), (run.Cost.ModelCalls, run.Cost.LiveModelCalls));
        Assert.All(service.Requests, r => Assert.Equal(RunningRig.CrmKey, r.Headers["X-Key"]));
        Assert.Equal(run.Results[0].Trajectory.Steps, rig.Store.Load(run.Id)!.Results[0].Trajectory.Steps);
    }

    [Fact]
    public async Task An_upstream_that_fails_for_a_moment_costs_no_sample()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(503), StubService.Fails(429), StubService.Json(200, "{}"));
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                try: ask_crm("/x"); say(q, q['input'])
                except Exception as e: say(q, "wrong")
            """, crm: service.Url);

        Assert.All((await rig.RunAsync(4)).Results, r => Assert.Equal(Outcome.Passed, r.Outcome));
    }

    [Theory]
    [InlineData(503, Outcome.World)]
    [InlineData(404, Outcome.Failed)]
    public async Task An_upstream_that_is_down_is_the_world_and_one_that_refuses_is_a_result(int status, Outcome outcome)
    {
        await using var service = await StubService.StartAsync(StubService.Fails(status));
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                try: ask_crm("/x"); say(q, q['input'])
                except Exception as e: say(q, "wrong")
            """, crm: service.Url);

        var run = await rig.RunAsync(3);

        Assert.All(run.Results, r => Assert.Equal(outcome, r.Outcome));
        Assert.All(run.Results, r => Assert.Equal(outcome == Outcome.World ? "upstream CRM_URL (127.0.0.1): overloaded: status 503" : null, r.WorldFault));
    }

    [Fact]
    public async Task A_time_out_while_an_upstream_owes_an_answer_is_the_world_and_names_it()
    {
        await using var service = await StubService.StartAsync(StubService.Stalls(new TaskCompletionSource()));
        await using var rig = RunningRig.Of("for q in questions(): ask_crm('/x')", crm: service.Url)
            .With(a => a with { Timeout = TimeSpan.FromSeconds(1), StartTimeout = TimeSpan.FromSeconds(2) });

        var result = Assert.Single((await rig.RunAsync(1)).Results);

        Assert.Equal(Outcome.World, result.Outcome);
        Assert.StartsWith("The upstream CRM_URL (127.0.0.1) had not answered for", result.WorldFault, StringComparison.Ordinal);
    }
}
