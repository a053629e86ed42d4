using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Evaluation.Running;

public class ModelCallTests
{
    private const string CallsTool = """
        {"id":"c1","object":"chat.completion","created":1,"model":"stub-1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
        "tool_calls":[{"id":"call_1","type":"function","function":{"name":"lookup","arguments":"{\"company\":\"acme\"}"}}]}}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}
        """;

    [Fact]
    public async Task A_call_belongs_to_the_sample_whose_process_made_it()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = RunningRig.Of("for q in questions(): ask_model(q['id']); say(q, q['input'])", service.Url);

        var run = await rig.RunAsync(6);

        Assert.All(run.Results, r => Assert.Equal((Outcome.Passed, 1), (r.Outcome, Assert.Single(r.Trajectory.ModelCalls).Status is 200 ? 1 : 0)));
        Assert.Equal(6, run.Cost.LiveModelCalls);
        Assert.Equal(6 * 1100, run.Cost.Tokens);
        foreach (var result in run.Results) Assert.Single(service.Requests, r => r.Body.Contains($"\"{result.SampleId}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_call_whose_end_the_agent_did_not_wait_for_belongs_to_its_sample_all_the_same()
    {
        var hasAnswered = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(
            async context =>
            {
                await StubService.Streams(breaks: false, """data: {"model":"stub-1","choices":[{"index":0,"delta":{"content":"yes"},"finish_reason":"stop"}]}""" + "\n\n", "data: [DONE]\n\n")(context);
                await hasAnswered.Task; // the stream has said its last word and is not at its end
            },
            async context =>
            {
                hasAnswered.SetResult();
                await StubService.Json(200, """{"object":"list","data":[]}""")(context);
            });
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                body = {"model": "stub-1", "stream": True, "messages": [{"role": "user", "content": "go"}]}
                answer = urllib.request.urlopen(urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}))
                while answer.readline().strip() != b"data: [DONE]": pass
                say(q, q['input'])
                urllib.request.urlopen(os.environ["OPENAI_BASE_URL"] + "/models").read()
            """, service.Url);

        var run = await rig.RunAsync(1);

        var call = Assert.Single(Assert.Single(run.Results).Trajectory.ModelCalls, c => c.Model == "stub-1");
        Assert.Equal((200, "stop", null), (call.Status, call.FinishReason, call.Fault));
    }

    [Fact]
    public async Task Tools_and_their_results_are_steps_of_the_trajectory()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, CallsTool), StubService.Says("done"));
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                first = ask_model("go")
                messages = [first, {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "size 40"}]
                ask_model("", messages=messages); ask_model("", messages=messages + [{"role": "user", "content": "and?"}])
                say(q, q['input'])
            """, service.Url);

        var trajectory = Assert.Single((await rig.RunAsync(1)).Results).Trajectory;

        Assert.Equal(["ModelCall", "ToolCall", "ModelCall", "ModelCall"], trajectory.Steps.Select(s => s.GetType().Name));
        var tool = Assert.Single(trajectory.ToolCalls);
        Assert.Equal(("lookup", "acme", "size 40"), (tool.Name, tool.Arguments.GetProperty("company").GetString(), tool.Result));
    }

    [Fact]
    public async Task A_provider_that_fails_for_a_moment_costs_no_sample()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(503), StubService.Fails(429), StubService.Says("yes"));
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                try: ask_model("hello"); say(q, q['input'])
                except Exception as e: say(q, "wrong")
            """, service.Url);

        var run = await rig.RunAsync(5);

        Assert.All(run.Results, r => Assert.Equal(Outcome.Passed, r.Outcome));
        Assert.Equal(7, run.Cost.AgentRuns);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_the_world_and_never_a_failure()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(503));
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                try: ask_model("hello")
                except Exception as e: say(q, "wrong")
            """, service.Url);

        var run = await rig.RunAsync(3);

        Assert.All(run.Results, r => Assert.Equal(Outcome.World, r.Outcome));
        Assert.All(run.Results, r => Assert.StartsWith("stub: ", r.WorldFault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_time_out_while_a_model_owes_an_answer_is_the_world()
    {
        await using var service = await StubService.StartAsync(StubService.Stalls(new TaskCompletionSource()));
        await using var rig = RunningRig.Of("for q in questions(): ask_model('hello')", service.Url)
            .With(a => a with { Timeout = TimeSpan.FromSeconds(1), StartTimeout = TimeSpan.FromSeconds(2) });

        Assert.Equal(Outcome.World, Assert.Single((await rig.RunAsync(1)).Results).Outcome);
    }

    [Fact]
    public async Task Protocol_exec_runs_a_process_a_sample()
    {
        await using var rig = RunningRig.Of("value = json.load(sys.stdin)\nif value == 2: sys.exit('two')\nprint(json.dumps(value) if value != 1 else 'plain words')")
            .With(a => a with { Protocol = AgentProtocol.Exec });

        var run = await rig.RunAsync(4);

        Assert.Equal([Outcome.Passed, Outcome.Failed, Outcome.Failed, Outcome.Passed], run.Results.Select(r => r.Outcome));
        Assert.Equal("plain words", run.Results[1].Output!.Value.GetString());
        Assert.Equal("exited", run.Results[2].Error!.Type);
        Assert.Equal(4, rig.Started.Count);
    }

    [Fact]
    public async Task Protocol_exec_of_a_program_that_is_not_there_does_not_start()
    {
        await using var rig = RunningRig.Of("").With(a => a with { Protocol = AgentProtocol.Exec, Run = "no-such-program" });

        var run = await rig.RunAsync(4);

        Assert.Contains("no-such-program", run.StartFailure, StringComparison.Ordinal);
        Assert.All(run.Results, r => Assert.Equal(Outcome.Failed, r.Outcome));
    }

    [Fact]
    public async Task Protocol_http_posts_to_what_the_agent_serves()
    {
        await using var rig = RunningRig.Of(
            """
            from http.server import BaseHTTPRequestHandler, HTTPServer
            class Handler(BaseHTTPRequestHandler):
                def do_POST(self):
                    q = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                    if q["input"] == 1: os._exit(3)
                    body = json.dumps({"error": {"type": "two", "message": "no"}} if q["input"] == 2 else {"output": q["input"]}).encode()
                    self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
                def do_GET(self): self.send_response(404); self.end_headers()
            HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
            """).With(a => a with { Protocol = AgentProtocol.Http });

        var run = await rig.RunAsync(6);

        Assert.Equal(["", "exited", "two", "", "", ""], run.Results.Select(r => r.Error?.Type ?? ""));
        Assert.Equal(4, run.Results.Count(r => r.Outcome == Outcome.Passed));
    }

    [Fact]
    public async Task Protocol_http_of_an_agent_that_ends_before_it_serves_does_not_start()
    {
        await using var rig = RunningRig.Of("import no_such_module").With(a => a with { Protocol = AgentProtocol.Http });

        Assert.Contains("no_such_module", (await rig.RunAsync(2)).StartFailure, StringComparison.Ordinal);
    }
}
