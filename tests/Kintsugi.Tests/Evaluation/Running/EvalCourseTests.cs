using Kintsugi.Evaluation.Running;

namespace Kintsugi.Tests.Evaluation.Running;

/// <summary>Runs that go on by what has run: one after the other, in the same processes.</summary>
public class EvalCourseTests
{
    private const string Echo = """
        import json, sys
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": asked["input"]}), flush=True)
        """;

    [Fact]
    public async Task What_follows_is_planned_by_what_has_run_and_runs_in_the_same_process()
    {
        await using var rig = RunningRig.Of(Echo).With(agent => agent with { Processes = 1 });
        var samples = RunningRig.Numbers(6);
        List<int> seen = [];
        var course = new EvalCourse(
            results =>
            {
                seen.Add(results.Count);
                return results.Count < 6 ? [.. samples.Skip(results.Count).Take(2)] : null;
            },
            MostAfterwards: 4);

        var run = await rig.RunAsync([.. samples.Take(2)], TestContext.Current.CancellationToken, course);

        Assert.Equal([2, 4, 6], seen);
        Assert.Equal(samples.Select(s => s.Sample.Id), run.Results.Select(r => r.SampleId));
        Assert.All(run.Results, r => Assert.Equal(Outcome.Passed, r.Outcome));
        Assert.Single(rig.Started);
    }

    [Fact]
    public async Task Nothing_need_follow_on_a_wave()
    {
        await using var rig = RunningRig.Of(Echo);
        var waves = new Queue<IReadOnlyList<PlannedSample>?>([[], RunningRig.Numbers(3).Skip(2).ToList(), null]);

        var run = await rig.RunAsync(RunningRig.Numbers(2), TestContext.Current.CancellationToken, new EvalCourse(_ => waves.Dequeue(), 10));

        Assert.Equal(["s0", "s1", "s2"], run.Results.Select(r => r.SampleId));
    }

    [Fact]
    public async Task An_agent_that_does_not_start_fails_what_would_have_followed()
    {
        await using var rig = RunningRig.Of("import sys; sys.exit('no such module')");
        var samples = RunningRig.Numbers(4);

        var run = await rig.RunAsync(
            [.. samples.Take(2)], TestContext.Current.CancellationToken, new EvalCourse(results => results.Count < 4 ? [.. samples.Skip(2)] : null, 2));

        Assert.NotNull(run.StartFailure);
        Assert.Equal(4, run.Results.Count);
        Assert.All(run.Results, r => Assert.Equal(AgentError.Start, r.Error?.Type));
    }
}
