using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Tests.Tracing.Dialects;
using Kintsugi.Tracing;
using static Kintsugi.Tests.Tracing.Dialects.Told;

namespace Kintsugi.Tests.Tracing;

public class TraceTrajectoryTests
{
    [Fact]
    public void A_trace_is_told_as_an_evaluations_trajectory()
    {
        var trace = Trace(
            Span(1, null, AiSdk7, """{"gen_ai.operation.name":"invoke_agent"}"""),
            Span(2, 1, AiSdk7, """
                {"gen_ai.operation.name":"chat","gen_ai.provider.name":"house.chat","gen_ai.request.model":"m","gen_ai.response.model":"m-1","gen_ai.usage.input_tokens":4,"gen_ai.usage.output_tokens":2,
                 "gen_ai.response.finish_reasons":["tool-calls"],
                 "gen_ai.output.messages":"[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"c1\",\"name\":\"find\",\"arguments\":{\"order\":7}}]}]"}
                """, at: 1),
            Span(3, 1, AiSdk7, """{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"find","gen_ai.tool.call.id":"c1","gen_ai.tool.call.result":"sent"}""", at: 150),
            Span(4, 3, "http", """{"http.request.method":"GET","url.full":"https://shop.example.com/orders/7?key=x","http.response.status_code":200}""", at: 151),
            Span(5, 1, OTel, """{"gen_ai.operation.name":"chat","gen_ai.system":"openai","gen_ai.request.model":"m","error.type":"InternalServerError"}""", at: 300, failed: "500 out of order"));

        var trajectory = trace.ToTrajectory();

        var took = TimeSpan.FromMilliseconds(100);
        Assert.Equal(
            [new ModelCall("house", "m", "m-1", 200, false, took, 4, 2, null, "tool_calls", null), new ModelCall("openai", "m", null, 500, false, took, 0, 0, null, null, "status 500")],
            trajectory.ModelCalls);
        var tool = Assert.Single(trajectory.ToolCalls);
        Assert.Equal(("find", """{"order":7}""", "sent"), (tool.Name, tool.Arguments.GetRawText(), tool.Result));
        Assert.Equal([new UpstreamCall("shop.example.com", "GET", "shop.example.com", "/orders/7", 200, false, took, null)], trajectory.UpstreamCalls);
    }

    [Fact]
    public void A_recording_is_told_as_a_trace_and_back()
    {
        using var arguments = JsonDocument.Parse("""{"order":7}""");
        var recorded = new Trajectory(
            [
                new ModelCall("house", "m", "m-1", 200, true, TimeSpan.FromMilliseconds(20), 4, 2, 0.1m, "tool_use", null),
                new ToolCall("find", arguments.RootElement.Clone(), "sent"),
                new ModelCall("house", "m", null, 429, false, TimeSpan.FromMilliseconds(30), 0, 0, null, null, "status 429"),
                new UpstreamCall("CRM_URL", "GET", "crm.example.com", "/leads", 200, false, TimeSpan.FromMilliseconds(5), null),
            ],
            "warning", ["a stray line"]);

        var trace = recorded.ToTrace(new string('1', 32), "desk", "v1", CapturedSpans.Began, JsonNode.Parse("""{"q":1}"""), JsonValue.Create("gone"), null);

        Assert.Equal(("desk", TraceDialect.Recording, TimeSpan.FromMilliseconds(55)), (trace.Root!.Agent, trace.Root.Dialect, trace.Root.Took));
        IsJson("""{"stderr":"warning","notes":["a stray line"]}""", trace.Root.Other);
        Assert.Equal(new OperationError("429", "status 429"), trace.Failure!.Error);
        Assert.Equal(["0", "0", "0", "0"], trace.Operations.Skip(1).Select(o => o.Parent));
        var first = trace.ModelCalls.First();
        Assert.Equal(new TokenUsage(4, 2, null, null, Counter.Provider), first.Usage);
        Assert.Equal(["tool_calls"], first.FinishReasons);
        var back = trace.ToTrajectory();
        Assert.Equal([200, 429], back.ModelCalls.Select(c => c.Status));
        Assert.Equal(["find"], back.ToolCalls.Select(t => t.Name));
    }
}
