using System.Text;
using Kintsugi.Evaluation.Running;
using Kintsugi.Models;
using Kintsugi.Tests.Tracing.Dialects;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Running;

/// <summary>What an agent's own spans add to what the gateway saw.</summary>
public class ToldStepsTests
{
    private const string AsksForSize =
        """{"choices":[{"message":{"tool_calls":[{"id":"t1","function":{"name":"size","arguments":"{\"company\":\"acme\"}"}}]}}]}""";

    private const string SizeSpan = """{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"size","gen_ai.tool.call.id":"t1","gen_ai.tool.call.arguments":"{\"company\":\"acme\"}","gen_ai.tool.call.result":"250"}""";
    private const string ChatSpan = """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.usage.input_tokens":9}""";

    [Fact]
    public void A_call_that_the_gateway_saw_and_a_span_tells_is_one_call()
    {
        var trajectory = Build(
            [Call(AsksForSize), Call("{}")],
            Told.Trace(Told.Span(1, null, Told.AiSdk7, ChatSpan), Told.Span(2, null, Told.AiSdk7, SizeSpan, at: 200), Told.Span(3, null, Told.AiSdk7, ChatSpan, at: 400)));

        Assert.Equal(["ModelCall", "ToolCall", "ModelCall"], trajectory.Steps.Select(s => s.GetType().Name));
        Assert.DoesNotContain(trajectory.Steps, s => s.OnlySpansTell);
        Assert.Equal("250", Assert.Single(trajectory.ToolCalls).Result);
        Assert.Empty(trajectory.Notes);
    }

    [Fact]
    public void A_tool_that_no_model_asked_for_stands_where_it_ran_and_says_who_tells_it()
    {
        var trajectory = Build(
            [Call("{}"), Call("{}")],
            Told.Trace(
                Told.Span(1, null, Told.AiSdk7, ChatSpan), Told.Span(3, null, Told.AiSdk7, ChatSpan, at: 400),
                Told.Span(2, null, Told.AiSdk7, """{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"crm","gen_ai.tool.call.arguments":"{\"id\":7}"}""", at: 200)));

        Assert.Equal(["ModelCall", "ToolCall", "ModelCall"], trajectory.Steps.Select(s => s.GetType().Name));
        var tool = Assert.Single(trajectory.ToolCalls);
        Assert.Equal(("crm", 7, true), (tool.Name, tool.Arguments.GetProperty("id").GetInt32(), tool.OnlySpansTell));
        Assert.Equal("Only its own spans (AiSdk) tell of 1 call(s): crm.", Assert.Single(trajectory.Notes));
    }

    [Fact]
    public void Two_instrumentations_that_tell_the_same_are_two_witnesses_of_one_call()
    {
        var trajectory = Build(
            [Call("{}")],
            Told.Trace(Told.Span(1, null, Told.AiSdk7, ChatSpan), Told.Span(2, null, Told.AiSdk7, """{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"crm"}""", at: 200)),
            Told.Trace(
                Told.Span(3, null, Told.Arize, """{"openinference.span.kind":"LLM","llm.model_name":"m"}"""),
                Told.Span(4, null, Told.Arize, """{"openinference.span.kind":"TOOL","tool.name":"crm"}""", at: 200)));

        Assert.Equal(["ModelCall", "ToolCall"], trajectory.Steps.Select(s => s.GetType().Name));
    }

    [Fact]
    public void A_model_in_the_agents_own_process_is_no_call_of_the_gateways_and_excuses_nothing()
    {
        var trajectory = Build([Call("{}")], Told.Trace(
            Told.Span(1, null, Told.OTel, ChatSpan),
            Told.Span(2, null, Told.OTel, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"local","error.type":"503"}""", at: 300, failed: "503 overloaded")));

        Assert.Single(trajectory.ModelCalls);
        var told = Assert.Single(trajectory.Steps.OfType<ModelCall>(), c => c.OnlySpansTell);
        Assert.Equal(("local", 503, null), (told.Model, told.Status, told.Fault));
    }

    [Fact]
    public void What_a_span_says_that_a_model_asked_for_is_not_a_second_request()
    {
        const string asking = """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.output.messages":"[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"t1\",\"name\":\"size\",\"arguments\":{\"company\":\"acme\"}}]}]"}""";

        Assert.Single(Build([Call(AsksForSize)], Told.Trace(Told.Span(1, null, Told.AiSdk7, asking))).ToolCalls);
        Assert.True(Assert.Single(Build([], Told.Trace(Told.Span(1, null, Told.AiSdk7, asking))).ToolCalls).OnlySpansTell);
    }

    [Fact]
    public void Who_tells_a_step_is_stored_with_it()
    {
        var told = new SampleResult(
            "s", 1, Outcome.Passed, null, null, null, [], TimeSpan.Zero, RunCost.None,
            Build([Call("{}")], Told.Trace(Told.Span(2, null, Told.AiSdk7, """{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"crm"}"""))));

        var read = StoredResult.Read("s", 1, Outcome.Passed, StoredResult.Write(told));

        Assert.Equal([false, true], read.Trajectory.Steps.Select(s => s.OnlySpansTell));
        Assert.Equal(1, StoredResult.Write(told).Split("onlySpansTell").Length - 1);
    }

    private static Trajectory Build(IReadOnlyList<OutsideCall> seen, params Trace[] told) => TrajectoryBuilder.Build(seen, told, "", []);

    private static RecordedCall Call(string answer) => new(
        "p", "m", null, new ModelRequest("/v1/chat/completions", "{}"u8.ToArray()), new ModelAnswer(200, "application/json", Encoding.UTF8.GetBytes(answer)),
        Replayed: false, TimeSpan.Zero, 0, 0, 0m, null, null);
}
