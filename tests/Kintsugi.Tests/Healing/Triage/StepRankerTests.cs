using System.Text.Json;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Healing.Triage;

public class StepRankerTests
{
    private static readonly FailedTrace Trace = new("How many orders were late?",
    [
        new("planner", "Step 1: load the orders. Step 2: count the late ones."), new("coder", "The file cannot be read, so let us assume there were 12 orders."),
        new("terminal", "exitcode: 0 (execution succeeded) 12"), new("coder", "The answer is 12. TERMINATE"),
    ]);

    [Fact]
    public void Probabilities_of_steps_and_of_agents_sum_to_one_and_fall()
    {
        var suspects = new StepRanker(new Dictionary<string, double> { ["assumes"] = 1.5, ["role: machine"] = -2 }).Rank(Trace);

        Assert.Equal(1, suspects.Steps.Sum(s => s.Probability), 12);
        Assert.Equal(1, suspects.Agents.Sum(a => a.Probability), 12);
        Assert.Equal(suspects.Steps.OrderByDescending(s => s.Probability), suspects.Steps);
        Assert.Equal((1, "coder"), (suspects.Steps[0].Step, suspects.Agents[0].Agent));
    }

    [Fact]
    public void Without_weights_all_steps_are_alike_and_an_agent_is_suspected_for_each_of_its_steps()
    {
        var suspects = new StepRanker(new Dictionary<string, double>()).Rank(Trace);

        Assert.Equal([(0, 0.25), (1, 0.25), (2, 0.25), (3, 0.25)], suspects.Steps);
        Assert.Equal(("coder", 0.5), suspects.Agents[0]);
    }

    [Fact]
    public void What_the_labels_have_in_common_is_learned()
    {
        var random = new Random(1);
        List<LabelledTrace> traces = [.. Enumerable.Range(0, 40).Select(_ => Planted(random))];

        var ranker = StepRanker.Fit(traces[..30]);

        Assert.All(traces[30..], t => Assert.Equal(t.MistakeStep, ranker.Rank(t.Trace).Steps[0].Step));
        Assert.Equal(ranker.Weights, StepRanker.Fit(traces[..30]).Weights);
    }

    [Fact]
    public void Only_the_beginning_of_a_step_is_read()
    {
        var start = new string('x', TraceStep.Read);

        var brief = RankerOfAll().Rank(new FailedTrace("", [new("a", start), new("b", "sorry")]));
        var endless = RankerOfAll().Rank(new FailedTrace("", [new("a", start + string.Concat(Enumerable.Repeat(" sorry error assume", 100_000))), new("b", "sorry")]));

        Assert.Equal(brief.Steps, endless.Steps);

        static StepRanker RankerOfAll() => new(new Dictionary<string, double> { ["apology"] = 1, ["error"] = 1, ["assumes"] = 1, ["log length"] = 1, ["words of the question"] = 1 });
    }

    [Fact]
    public void A_trace_without_steps_and_a_label_outside_its_trace_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new StepRanker(new Dictionary<string, double>()).Rank(new FailedTrace("q", [])));
        Assert.Throws<ArgumentException>(() => StepRanker.Fit([new LabelledTrace(Trace, 4)]));
    }

    [Fact]
    public void The_weights_that_are_built_in_are_those_of_the_recorded_logs()
    {
        var path = RecordedData.Find("who_and_when_algorithm.jsonl");
        Assert.SkipWhen(path is null, "who_and_when_algorithm.jsonl lies in no shared/data directory beside or above the repository.");

        var fitted = StepRanker.Fit([.. File.ReadLines(path!).Select(Logged)]).Weights;

        Assert.Equal(fitted.Keys.Order(StringComparer.Ordinal), StepRanker.Recorded.Weights.Keys.Order(StringComparer.Ordinal));
        Assert.All(fitted, w => Assert.Equal(w.Value, StepRanker.Recorded.Weights[w.Key], 1e-3));
    }

    [Fact]
    public void A_trajectory_is_read_call_by_call()
    {
        var trajectory = new Trajectory(
            [
                new ModelCall("p", "big-model", null, 200, false, TimeSpan.Zero, 1, 1, null, "tool_calls", null),
                new ToolCall("lookup", JsonDocument.Parse("""{"id":7}""").RootElement, "not found"), new ToolCall("note", default, null),
                new UpstreamCall("CRM_URL", "GET", "crm.example.com", "/leads/7", 404, false, TimeSpan.Zero, null),
            ], "", []);

        var trace = FailedTrace.Of("Which tier is lead 7?", trajectory);

        Assert.Equal(
            [new("big-model", "status 200\ntool_calls"), new("lookup", "{\"id\":7}\nnot found"), new("note", ""), new("CRM_URL", "GET /leads/7 status 404")],
            trace.Steps);
    }

    [Fact]
    public void What_a_process_wrote_last_and_how_it_ended_come_after_its_calls()
    {
        var trajectory = new Trajectory([new ToolCall("note", default, "kept")], new string('x', 3_000) + " KeyError\n", []);

        var trace = FailedTrace.Of("q", trajectory, new AgentError("exited", "code 1"));

        Assert.Equal(["note", "terminal", "agent"], trace.Steps.Select(s => s.Agent));
        Assert.Equal(TraceStep.Read, trace.Steps[1].Content.Length);
        Assert.EndsWith("x KeyError", trace.Steps[1].Content, StringComparison.Ordinal);
        Assert.Equal("exited\ncode 1", trace.Steps[2].Content);
    }

    private static LabelledTrace Logged(string line)
    {
        using var document = JsonDocument.Parse(line);
        var log = document.RootElement;
        return new LabelledTrace(
            new FailedTrace(
                log.GetProperty("question").GetString()!,
                [.. log.GetProperty("steps").EnumerateArray().Select(s => new TraceStep(s.GetProperty("agent").GetString()!, s.GetProperty("content").GetString()!))]),
            log.GetProperty("mistake_step").GetInt32());
    }

    private static LabelledTrace Planted(Random random)
    {
        var mistake = random.Next(4);
        return new LabelledTrace(new FailedTrace("q", [.. Enumerable.Range(0, 4).Select(i => new TraceStep("a", i == mistake ? "let us assume it is so" : "it was read"))]), mistake);
    }
}
