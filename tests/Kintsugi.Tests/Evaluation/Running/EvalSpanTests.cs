using System.Collections.Concurrent;
using System.Diagnostics;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Models.Gateway;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Evaluation.Running;

public sealed class EvalSpanTests : IDisposable
{
    private const string SaysOne = """
        for q in questions():
            ask_model("how many?")
            say(q, 1)
        """;

    private readonly Activity _root = new("test"); // other tests run evaluations of their own meanwhile
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public EvalSpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is EvalSpan.SourceName or CallSpan.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task A_sample_is_an_invoked_agent_with_a_result_of_every_scorer_above_its_model_calls()
    {
        await RunAsync(withContent: false);

        var run = Assert.Single(Spans("run test"));
        var samples = Spans("invoke_agent test").OrderBy(s => s.GetTagItem("kintsugi.sample")).ToList();
        Assert.Equal(["s0", "s1"], samples.Select(s => s.GetTagItem("kintsugi.sample")));
        Assert.Equal(["failed", "passed"], samples.Select(s => s.GetTagItem("kintsugi.outcome")));
        Assert.All(samples, s => Assert.Equal(run.SpanId, s.ParentSpanId));
        Assert.All(samples, s => Assert.Contains(Spans("chat stub-1"), call => call.ParentSpanId == s.SpanId));
        var result = Assert.Single(samples[1].Events);
        Assert.Equal("gen_ai.evaluation.result", result.Name);
        Assert.Equal(
            [("gen_ai.evaluation.name", "exact $"), ("gen_ai.evaluation.score.value", 1.0), ("gen_ai.evaluation.score.label", "pass")],
            result.Tags.Select(t => (t.Key, t.Value!)));
        Assert.Equal("fail", Assert.Single(samples[0].Events).Tags.Single(t => t.Key == "gen_ai.evaluation.score.label").Value);
    }

    [Fact]
    public async Task A_held_out_sample_is_in_the_counts_alone()
    {
        await RunAsync(withContent: true);

        var run = Assert.Single(Spans("run test"));
        Assert.Equal((1, 2, 0), (run.GetTagItem("kintsugi.runs.passed"), run.GetTagItem("kintsugi.runs.failed"), run.GetTagItem("kintsugi.runs.world")));
        Assert.Equal(1, Spans("chat stub-1").Count(call => call.ParentSpanId == run.SpanId));
        Assert.DoesNotContain(All(), span => span.TagObjects.Any(t => $"{t.Value}".Contains("secret", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_was_asked_and_answered_is_told_only_where_it_is_asked_for()
    {
        await RunAsync(withContent: false);
        Assert.All(Spans("invoke_agent test"), s => Assert.Null(s.GetTagItem("input.value") ?? s.GetTagItem("output.value")));

        await RunAsync(withContent: true);
        var told = Spans("invoke_agent test").Where(s => s.GetTagItem("input.value") is not null).ToList();
        Assert.Equal(["1", "1"], told.Select(s => s.GetTagItem("output.value")));
        Assert.All(told, s => Assert.Contains(s.Events.Single().Tags, t => t.Key == "gen_ai.evaluation.explanation"));
    }

    [Fact]
    public void An_evaluation_says_what_it_was_held_against_and_what_came_of_it()
    {
        Activity.Current = _root.Start();
        var agent = new AgentDefinition { Name = "test", Protocol = AgentProtocol.Jsonl, Datasets = [], Scorers = [] };

        using (var span = EvalSpan.StartEvaluation(agent, "c0ffee", "eval", "b1e55ed"))
            EvalSpan.Tell(span, new EvalRun("", "eval", [], new RunCost(1, 2, 2, 30, 0.5m), TimeSpan.Zero, null), "regressed");

        var told = Assert.Single(Spans("evaluate test"));
        Assert.Equal(("b1e55ed", "c0ffee", "regressed", 0.5), (told.GetTagItem("kintsugi.baseline"), told.GetTagItem("kintsugi.commit"), told.GetTagItem("kintsugi.verdict"), told.GetTagItem("kintsugi.cost_usd")));
    }

    private async Task RunAsync(bool withContent)
    {
        if (_root.Id is null) _root.Start();
        Activity.Current = _root;
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = RunningRig.Of(SaysOne, service.Url);
        rig.TellsContent = withContent;
        var heldOut = new PlannedSample(RunningRig.Case("secret", "2") with { HeldOut = true }, [1]);
        await rig.RunAsync([.. RunningRig.Numbers(2), heldOut], TestContext.Current.CancellationToken);
    }

    private IReadOnlyList<Activity> Spans(string name) => [.. All().Where(span => span.DisplayName == name)];

    private IEnumerable<Activity> All() => _ended.Where(span => span.TraceId == _root.TraceId);
}
