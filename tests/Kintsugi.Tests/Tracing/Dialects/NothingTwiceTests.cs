using System.Text.Json.Nodes;
using Kintsugi.Tracing;
using static Kintsugi.Tests.Tracing.Dialects.Told;

namespace Kintsugi.Tests.Tracing.Dialects;

/// <summary>One call is one operation and one token is one token, however many spans tell of them.</summary>
public class NothingTwiceTests
{
    private const string Agent = """{"gen_ai.operation.name":"invoke_agent","gen_ai.agent.name":"desk","gen_ai.usage.input_tokens":30,"gen_ai.usage.output_tokens":12}""";

    [Fact]
    public void Tokens_of_an_agent_are_not_added_to_those_of_its_calls()
    {
        var trace = Trace(
            Span(1, null, AiSdk7, Agent), Span(2, 1, AiSdk7, """{"gen_ai.operation.name":"agent_step"}""", at: 1),
            Span(3, 2, AiSdk7, Call("r1", 10, 5), at: 2), Span(4, 2, AiSdk7, Call("r2", 20, 7), at: 50));

        Assert.Equal((30, 12), Sum(trace));
        Assert.All(trace.Operations, o => Assert.Null(o.UsageWithin));
    }

    [Fact]
    public void Tokens_of_an_agent_are_kept_where_no_call_below_it_says_any()
    {
        var trace = Trace(Span(1, null, AiSdk7, Agent), Span(2, 1, Arize, """{"openinference.span.kind":"LLM","llm.model_name":"m"}""", at: 1));

        Assert.Equal(new TokenUsage(30, 12, null, null, Counter.Provider), trace.Root!.UsageWithin);
        Assert.Equal((30, 12), Sum(trace));
    }

    [Fact]
    public void Of_agents_within_agents_the_innermost_count() =>
        Assert.Equal((30, 12), Sum(Trace(Span(1, null, AiSdk7, Agent), Span(2, 1, AiSdk7, Agent, at: 1), Span(3, 2, "desk", "{}", at: 2))));

    [Fact]
    public void A_call_told_by_two_instrumentations_is_one_with_the_facts_of_both()
    {
        var trace = Trace(
            Span(1, null, AiSdk6, """{"ai.operationId":"ai.generateText","ai.telemetry.functionId":"desk","ai.usage.inputTokens":10,"ai.usage.outputTokens":5}"""),
            Span(2, 1, AiSdk6, """
                {"ai.operationId":"ai.generateText.doGenerate","ai.model.provider":"openai.chat","ai.model.id":"m","ai.prompt.messages":"[{\"role\":\"user\",\"content\":\"Where?\"}]",
                 "ai.response.text":"There.","ai.usage.inputTokens":10,"ai.usage.outputTokens":5,"ai.response.finishReason":"stop"}
                """, at: 1),
            Span(3, 2, "http", """{"http.request.method":"POST","url.full":"https://api.example.com/v1/chat"}""", at: 2),
            Span(4, 3, OTel, """
                {"gen_ai.operation.name":"chat","gen_ai.system":"openai","gen_ai.request.model":"m","gen_ai.response.model":"m-1","gen_ai.response.id":"r1","gen_ai.request.top_p":0.5,
                 "gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":5,"server.port":443}
                """, at: 3));

        var call = Assert.Single(trace.ModelCalls);
        Assert.Equal((CapturedSpans.Id(2).ToString(), TraceDialect.AiSdk, "openai", "m", "m-1", "r1"), (call.Id, call.Dialect, call.Provider, call.ModelAsked, call.ModelAnswered, call.ResponseId));
        Assert.Equal([new TextPart("There.")], call.Answer.Single().Parts);
        IsJson("""{"top_p":0.5}""", call.Settings);
        IsJson("""{"server.port":443}""", call.Other);
        Assert.Equal((10, 5), Sum(trace));
        Assert.Equal(call.Id, trace.Operations.Single(o => o.Name == "span" && o.Dialect == TraceDialect.Plain).Parent);
        Assert.Empty(trace.ToTrajectory().UpstreamCalls); // the request over HTTP is the model's
    }

    [Fact]
    public void Three_instrumentations_in_one_another_tell_of_one_call()
    {
        var trace = Trace(Span(1, null, AiSdk7, Call(null, 4, 2)), Span(2, 1, Arize, """{"openinference.span.kind":"LLM"}""", at: 1), Span(3, 2, OTel, Call("r1", 4, 2), at: 2));

        Assert.Equal("r1", Assert.Single(trace.ModelCalls).ResponseId);
    }

    [Fact]
    public void Spans_side_by_side_with_one_answer_are_one_call_and_their_children_go_along()
    {
        var trace = Trace(
            Span(1, null, "desk", "{}"), Span(2, 1, OTel, Call("r1", 4, 2), at: 1),
            Span(3, 1, Arize, """{"openinference.span.kind":"LLM","output.value":"{\"id\":\"r1\",\"model\":\"m-1\"}"}""", at: 2), Span(4, 3, "http", "{}", at: 3));

        var call = Assert.Single(trace.ModelCalls);
        Assert.Equal(CapturedSpans.Id(2).ToString(), call.Id);
        Assert.Equal("m-1", call.ModelAnswered);
        Assert.Equal(call.Id, trace.Operations.Single(o => o.Id == CapturedSpans.Id(4).ToString()).Parent);
    }

    [Theory]
    [InlineData(OTel, 50)] // a service that gives every answer the same id
    [InlineData(Arize, 5000)] // long after
    public void Calls_that_merely_share_an_id_stay_two(string scope, int at)
    {
        var second = scope == OTel ? Call("r1", 4, 2) : """{"openinference.span.kind":"LLM","output.value":"{\"id\":\"r1\"}"}""";

        Assert.Equal(2, Trace(Span(1, null, OTel, Call("r1", 4, 2)), Span(2, null, scope, second, at: at)).ModelCalls.Count());
    }

    [Fact]
    public void A_models_span_that_contains_several_calls_is_a_step()
    {
        var trace = Trace(Span(1, null, "router", Call(null, 9, 9)), Span(2, 1, OTel, Call("r1", 4, 4), at: 1), Span(3, 1, OTel, Call("r2", 5, 5), at: 2));

        Assert.Equal(["r1", "r2"], trace.ModelCalls.Select(m => m.ResponseId));
        Assert.Equal((9, 9), Sum(trace));
        Assert.NotNull(trace.Root!.Other["gen_ai.usage.input_tokens"]); // as it came
    }

    [Fact]
    public void A_tool_that_was_asked_for_and_the_span_that_ran_it_are_one()
    {
        var trace = Trace(
            Span(1, null, AiSdk7, """{"gen_ai.operation.name":"invoke_agent"}"""),
            Span(2, 1, AiSdk7, Asking("""{"type":"tool_call","id":"c1","name":"find","arguments":{"order":7}},{"type":"tool_call","id":"c2","name":"find","arguments":{"order":8}}"""), at: 1),
            Span(3, 1, AiSdk7, """{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"find","gen_ai.tool.call.id":"c2","gen_ai.tool.call.result":"{\"state\":\"sent\"}"}""", at: 50),
            Span(4, 3, "mcp", """{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"find","mcp.session.id":"s"}""", at: 51),
            Span(5, 1, AiSdk7, """
                {"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.input.messages":"[{\"role\":\"tool\",\"parts\":[{\"type\":\"tool_call_response\",\"id\":\"c1\",\"response\":\"lost\"}]}]"}
                """, at: 90));

        Assert.Equal(["c1", "c2"], trace.ToolCalls.Select(t => t.CallId).Order());
        var ran = trace.ToolCalls.Single(t => t.CallId == "c2");
        Assert.False(ran.OnlyAsked);
        IsJson("""{"order":8}""", ran.Input);
        IsJson("""{"state":"sent"}""", ran.Output);
        IsJson("""{"mcp.session.id":"s"}""", ran.Other);
        var asked = trace.ToolCalls.Single(t => t.CallId == "c1");
        Assert.True(asked.OnlyAsked);
        IsJson("\"lost\"", asked.Output);
        Assert.Equal(2, trace.ToTrajectory().ToolCalls.Count());
    }

    [Fact]
    public void A_tools_span_that_tells_no_id_ran_the_first_request_for_it()
    {
        var trace = Trace(
            Span(1, null, OpenLlmetry, Asking("""{"type":"tool_call","id":"c1","name":"find","arguments":{"order":7}}""")),
            Span(2, null, "@traceloop/node-server-sdk", """{"traceloop.span.kind":"tool","traceloop.entity.name":"find","traceloop.entity.input":"{\"args\":[7]}","traceloop.entity.output":"\"sent\""}""", at: 150));

        var tool = Assert.Single(trace.ToolCalls);
        Assert.Equal("c1", tool.CallId);
        IsJson("""{"args":[7]}""", tool.Input);
        IsJson("\"sent\"", tool.Output);
    }

    [Fact]
    public void Of_calls_numbered_anew_in_each_answer_the_nth_result_belongs_to_the_nth_request()
    {
        const string history = """
            [{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"first"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"second"}]}]
            """;
        var trace = Trace(
            Span(1, null, OTel, Asking("""{"type":"tool_call","id":"c1","name":"find","arguments":{"order":1}}""")),
            Span(2, null, OTel, Asking("""{"type":"tool_call","id":"c1","name":"find","arguments":{"order":2}}"""), at: 200),
            Span(3, null, OTel, new JsonObject { ["gen_ai.operation.name"] = "chat", ["gen_ai.input.messages"] = history }.ToJsonString(), at: 400));

        Assert.Equal(["first", "second"], trace.ToolCalls.Select(t => (string)t.Output!));
    }

    [Fact]
    public void An_attempt_that_failed_within_a_call_that_was_answered_is_no_error_of_the_call()
    {
        var trace = Trace(
            Span(1, null, AiSdk6, """{"ai.operationId":"ai.generateText.doGenerate","ai.response.text":"There."}"""),
            Span(2, 1, OTel, """{"gen_ai.operation.name":"chat","error.type":"429"}""", at: 1, failed: "429 slow down"));

        Assert.Null(Assert.Single(trace.ModelCalls).Error);
    }

    private static string Call(string? id, int input, int output)
    {
        var attributes = new JsonObject { ["gen_ai.operation.name"] = "chat", ["gen_ai.request.model"] = "m", ["gen_ai.usage.input_tokens"] = input, ["gen_ai.usage.output_tokens"] = output };
        if (id is not null) attributes["gen_ai.response.id"] = id;
        return attributes.ToJsonString();
    }

    private static string Asking(string parts) =>
        new JsonObject { ["gen_ai.operation.name"] = "chat", ["gen_ai.request.model"] = "m", ["gen_ai.output.messages"] = $$"""[{"role":"assistant","parts":[{{parts}}]}]""" }.ToJsonString();

    private static (long Input, long Output) Sum(Trace trace)
    {
        var said = trace.ModelCalls.Select(m => m.Usage).Concat(trace.Operations.Select(o => o.UsageWithin)).OfType<TokenUsage>().ToList();
        return (said.Sum(u => u.Input ?? 0), said.Sum(u => u.Output ?? 0));
    }
}
