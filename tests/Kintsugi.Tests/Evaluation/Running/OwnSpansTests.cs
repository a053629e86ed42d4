using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;

namespace Kintsugi.Tests.Evaluation.Running;

/// <summary>An agent in the sandbox that tells of itself in spans, by each of the ways that are served there.</summary>
public class OwnSpansTests
{
    /// <summary>`tell(name)` sends a tool's span as OTLP's JSON, `run(name)` the same as a LangSmith run.</summary>
    private const string Tells = """
        import uuid
        def post(path, body, kind="application/json"):
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            return urllib.request.urlopen(urllib.request.Request(path, data, {"Content-Type": kind})).status
        def attribute(key, value): return {"key": key, "value": {"stringValue": value}}
        def tell(name, start=None, **more):
            start = start or time.time_ns()
            span = {"traceId": uuid.uuid4().hex, "spanId": uuid.uuid4().hex[:16], "name": "execute_tool", "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 1000),
                    "attributes": [attribute("gen_ai.operation.name", "execute_tool"), attribute("gen_ai.tool.name", name)], **more}
            return post(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces", {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "gen_ai"}, "spans": [span]}]}]})
        def run(name):
            id = str(uuid.uuid4())
            now = time.time() * 1000
            return post(os.environ["LANGSMITH_ENDPOINT"] + "/runs", {"id": id, "trace_id": id, "name": name, "run_type": "tool", "start_time": now, "end_time": now + 1, "inputs": {"id": 7}, "outputs": {"output": "found"}})

        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tell('crm')")]
    [InlineData("run('crm')")]
    public async Task A_tool_that_only_spans_tell_of_is_seen_by_a_scorer_of_tools(string tell)
    {
        await using var rig = RunningRig.Of(Tells + $"for q in questions():\n    {tell}; say(q, 1)");

        var run = await rig.RunAsync(RunningRig.Numbers(2), ToolScorer("crm"), Stop);

        Assert.All(run.Results, r => Assert.Equal((Outcome.Passed, "The agent called crm (by its own spans)."), (r.Outcome, Assert.Single(r.Scores).Reason)));
        Assert.All(run.Results, r => Assert.True(Assert.Single(r.Trajectory.ToolCalls).OnlySpansTell));
        Assert.Equal(0, run.Cost.ModelCalls);
    }

    [Fact]
    public async Task A_span_that_comes_after_the_answer_is_waited_for()
    {
        await using var rig = RunningRig.Of(Tells + "for q in questions():\n    start = time.time_ns(); say(q, 1); time.sleep(0.1); tell('crm', start)");

        var run = await rig.RunAsync(RunningRig.Numbers(3), ToolScorer("crm"), Stop);

        Assert.All(run.Results, r => Assert.Equal(Outcome.Passed, r.Outcome));
    }

    [Fact]
    public async Task A_span_of_an_earlier_sample_is_never_the_next_ones()
    {
        await using var rig = RunningRig.Of(Tells + "late = None\nfor q in questions():\n    if late: tell('late', late)\n    late = time.time_ns(); time.sleep(0.01); say(q, 1)").With(agent => agent with { Processes = 1 });

        var run = await rig.RunAsync(3);

        Assert.All(run.Results, r => Assert.Empty(r.Trajectory.ToolCalls));
        Assert.Equal(2, run.Results.Count(r => r.Trajectory.Notes.Contains("1 span(s) of its own began before the sample, and are left out.")));
    }

    [Fact]
    public async Task What_is_no_span_is_refused_and_spoils_no_sample()
    {
        await using var rig = RunningRig.Of(
            Tells + """
            import urllib.error
            def status(*more):
                try: return post(*more)
                except urllib.error.HTTPError as e: return e.code
            for q in questions():
                otlp, smith = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], os.environ["LANGSMITH_ENDPOINT"]
                say(q, [status(otlp + "/v1/traces", b"{", "application/json"), status(otlp + "/v1/traces", b"\xff\xff", "application/x-protobuf"), status(otlp + "/v1/logs", b"x", "text/plain"),
                        status(otlp + "/v1/metrics", b"", "application/x-protobuf"), status(smith + "/runs/batch", b"[]"), status(smith + "/runs/multipart", b"x"), status(smith + "/datasets", b"{}"),
                        tell('x', attributes=[{"key": "gen_ai.tool.name", "value": {"intValue": "NaN"}}, {"key": 7}])])
            """);

        var run = await rig.RunAsync(1);

        var result = Assert.Single(run.Results);
        Assert.Null(result.Error);
        Assert.Null(result.WorldFault);
        Assert.Equal("[400,400,415,200,400,415,404,200]", result.Output!.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task More_spans_than_a_sample_may_have_are_answered_and_left_out()
    {
        await using var rig = RunningRig.Of(
            Tells + "for q in questions(): say(q, [tell('crm', attributes=[attribute('gen_ai.tool.name', 'crm'), attribute('x', 'y' * 1500000)]) for _ in range(6)])");

        var result = Assert.Single((await rig.RunAsync(1)).Results);

        Assert.Equal("[200,200,200,200,200,200]", result.Output!.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(2, result.Trajectory.ToolCalls.Count());
        Assert.Contains(result.Trajectory.Notes, n => n.StartsWith("Its own spans are more than", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agent_is_told_where_and_how_to_send_and_never_that_it_must()
    {
        await using var rig = RunningRig.Of("for q in questions(): say(q, {n: v for n, v in os.environ.items() if n.startswith(('OTEL_', 'LANGSMITH_')) and 'http://' not in v})")
            .With(agent => agent with { Environment = new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc", ["OTEL_BSP_SCHEDULE_DELAY"] = "5" } });

        var output = Assert.Single((await rig.RunAsync(1)).Results).Output!.Value;

        Assert.Equal(
            ["LANGSMITH_API_KEY kintsugi", "OTEL_BLRP_SCHEDULE_DELAY 20", "OTEL_BSP_SCHEDULE_DELAY 5", "OTEL_EXPORTER_OTLP_PROTOCOL http/protobuf"],
            output.EnumerateObject().Select(p => $"{p.Name} {p.Value.GetString()}").Order(StringComparer.Ordinal));
    }

    private static IReadOnlyList<IScorer> ToolScorer(string tool) =>
        Kintsugi.Evaluation.Scorers.Scorers.Create(
            [new ScorerDefinition("tool_calls", RunningRig.Json($$"""{"expect":["{{tool}}"]}"""))], new ScorerContext("/", (_, _, _) => throw new InvalidOperationException("No program judges here.")));
}
