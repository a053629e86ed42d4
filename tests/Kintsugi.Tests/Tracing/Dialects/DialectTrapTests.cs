using System.Text.Json.Nodes;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Spans;
using static Kintsugi.Tests.Tracing.Dialects.Told;

namespace Kintsugi.Tests.Tracing.Dialects;

/// <summary>What real instrumentations were seen to do, each of which would make one fact two or none.</summary>
public class DialectTrapTests
{
    [Theory]
    [InlineData(OTel, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.response.finish_reasons":["tool_calls"]}""")]
    [InlineData(OpenLlmetry, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.response.finish_reasons":["tool_call"]}""")]
    [InlineData(AiSdk7, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.response.finish_reasons":["tool-calls"]}""")]
    [InlineData(AiSdk6, """{"ai.operationId":"ai.generateText.doGenerate","ai.response.finishReason":"tool-calls"}""")]
    [InlineData(Arize, """{"openinference.span.kind":"LLM","llm.finish_reason":"tool_calls"}""")]
    [InlineData(OTel, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.output.messages":"[{\"role\":\"assistant\",\"finish_reason\":\"tool_use\",\"parts\":[]}]"}""")]
    public void One_finish_reason_has_one_spelling(string scope, string attributes) =>
        Assert.Equal(["tool_calls"], Assert.Single(Trace(Span(1, null, scope, attributes)).ModelCalls).FinishReasons);

    [Fact]
    public void Tokens_say_who_counted_them()
    {
        const string counts = """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.usage.input_tokens":6,"gen_ai.usage.output_tokens":2}""";

        Assert.Equal(Counter.Instrumentation, Trace(Span(1, null, OpenLlmetry, counts)).ModelCalls.Single().Usage!.SaidBy);
        Assert.Equal(Counter.Provider, Trace(Span(1, null, OTel, counts)).ModelCalls.Single().Usage!.SaidBy);
        Assert.Null(Trace(Span(1, null, Arize, """{"openinference.span.kind":"LLM","llm.model_name":"m","output.value":"Hello","output.mime_type":"text/plain"}""")).ModelCalls.Single().Usage);
    }

    [Fact]
    public void What_the_provider_counted_goes_before_what_was_counted_here()
    {
        var trace = Trace(
            Span(1, null, OpenLlmetry, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.usage.input_tokens":6,"gen_ai.usage.output_tokens":2}"""),
            Span(2, 1, OTel, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.usage.input_tokens":1,"gen_ai.usage.output_tokens":1}""", at: 1));

        Assert.Equal(new TokenUsage(1, 1, null, null, Counter.Provider), Assert.Single(trace.ModelCalls).Usage);
    }

    [Theory]
    [InlineData("gen_ai.system", OTel, "openai", "openai")]
    [InlineData("gen_ai.provider.name", OTel, "aws.bedrock", "aws.bedrock")]
    [InlineData("gen_ai.system", OpenLlmetry, "OpenAI", "openai")]
    [InlineData("gen_ai.provider.name", AiSdk7, "openai.chat", "openai")]
    [InlineData("gen_ai.provider.name", AiSdk7, "openai.responses", "openai")]
    [InlineData("gen_ai.provider.name", AiSdk7, "aws.bedrock", "aws.bedrock")]
    public void A_provider_has_one_name_without_its_surface(string attribute, string scope, string written, string read) =>
        Assert.Equal(read, Trace(Span(1, null, scope, new JsonObject { ["gen_ai.operation.name"] = "chat", [attribute] = written }.ToJsonString())).ModelCalls.Single().Provider);

    [Theory]
    [InlineData("body")] // a log record's
    [InlineData(null)] // a span event's own attributes
    public void What_was_said_is_read_from_log_records_and_events(string? wrap)
    {
        var trace = Trace(Span(
            1, null, OTel, """{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.system":"openai"}""", 0, "chat m", null,
            Said("system", """{"content":"Be brief."}"""), Said("user", """{"content":"Where is A-7?"}"""),
            Said("assistant", """{"tool_calls":[{"id":"c1","type":"function","function":{"name":"find","arguments":"{\"order\":\"A-7\"}"}}]}"""),
            Said("tool", """{"id":"c1","content":"sent"}"""),
            new SpanEvent("gen_ai.choice", CapturedSpans.Began, Wrapped("""{"index":0,"finish_reason":"stop","message":{"content":"It was sent."}}"""))));

        var call = Assert.Single(trace.ModelCalls);
        Assert.Equal(["system", "user", "assistant", "tool"], call.Messages.Select(m => m.Role));
        Assert.Equal("c1", Assert.IsType<ToolRequestPart>(call.Messages[2].Parts.Single()).Id);
        IsJson("\"sent\"", Assert.IsType<ToolResultPart>(call.Messages[3].Parts.Single()).Result);
        Assert.Equal(new TextPart("It was sent."), Assert.Single(Assert.Single(call.Answer).Parts));
        Assert.Equal(["stop"], call.FinishReasons);
        Assert.Empty(call.Other);

        SpanEvent Said(string role, string json) => new($"gen_ai.{role}.message", CapturedSpans.Began, Wrapped(json));
        JsonObject Wrapped(string json) => wrap is null ? JsonNode.Parse(json)!.AsObject() : new JsonObject { [wrap] = JsonNode.Parse(json) };
    }

    [Fact]
    public void A_call_that_failed_and_left_no_span_is_seen_in_the_step_that_failed()
    {
        var trace = Trace(Span(
            1, null, "@traceloop/node-server-sdk", """{"traceloop.span.kind":"workflow","traceloop.entity.name":"desk","traceloop.workflow.name":"desk"}""", 0, "desk.workflow", "500 out of order",
            Event("exception", """{"exception.type":"InternalServerError","exception.message":"500 out of order","exception.stacktrace":"at desk.js"}""")));

        Assert.Empty(trace.ModelCalls);
        Assert.Equal(new OperationError("InternalServerError", "500 out of order"), trace.Failure!.Error);
        IsJson("""{"events":[{"name":"exception","attributes":{"exception.stacktrace":"at desk.js"}}]}""", trace.Failure.Other);
    }

    [Fact]
    public void A_flattened_list_is_ordered_by_its_numbers_and_sized_by_what_is_there()
    {
        var call = Trace(Span(1, null, Arize, """
            {"openinference.span.kind":"LLM","llm.input_messages.999999999999999999999.message.role":"user","llm.input_messages.999999999999999999999.message.content":"third",
             "llm.input_messages.10.message.role":"assistant","llm.input_messages.10.message.content":"second","llm.input_messages.2.message.role":"system","llm.input_messages.2.message.content":"first",
             "llm.input_messages.x.message.role":"user","llm.input_messages.3":7,"llm.input_messages.3.message.role":"user"}
            """)).ModelCalls.Single();

        Assert.Equal(["first", "second", "third"], call.Messages.SelectMany(m => m.Parts).OfType<TextPart>().Select(p => p.Text));
        IsJson("""{"llm.input_messages.x.message.role":"user","llm.input_messages.3.message.role":"user"}""", call.Other);
    }

    [Fact]
    public void A_workflow_whose_model_spans_vanished_invents_none()
    {
        var trace = Trace(
            Span(2, 1, "@traceloop/node-server-sdk", """{"traceloop.span.kind":"task","traceloop.entity.name":"look","traceloop.workflow.name":"desk"}""", at: 1),
            Span(1, null, "@traceloop/node-server-sdk", """{"traceloop.span.kind":"workflow","traceloop.entity.name":"desk","traceloop.workflow.name":"desk"}"""));

        Assert.Equal(["desk", "desk"], trace.Operations.Select(o => o.Agent));
        Assert.Empty(trace.ModelCalls);
        Assert.Empty(trace.ToolCalls);
    }

    [Fact]
    public void A_span_without_a_status_did_not_fail_and_an_exception_that_was_handled_is_no_error()
    {
        var trace = Trace(Span(1, null, "desk", "{}", 0, "retry", null, Event("exception", """{"exception.type":"Timeout","exception.message":"once"}""")));

        Assert.Null(trace.Failure);
        IsJson("""{"events":[{"name":"exception","attributes":{"exception.type":"Timeout","exception.message":"once"}}]}""", trace.Root!.Other);
    }

    [Fact]
    public void Older_releases_that_flatten_prompts_are_read_too()
    {
        var call = Trace(Span(1, null, "opentelemetry.instrumentation.openai.v1", """
            {"llm.request.type":"chat","gen_ai.system":"OpenAI","gen_ai.request.model":"m","gen_ai.response.model":"m-1","llm.is_streaming":false,
             "gen_ai.prompt.0.role":"system","gen_ai.prompt.0.content":"Be brief.","gen_ai.prompt.1.role":"user","gen_ai.prompt.1.content":"Where?",
             "gen_ai.completion.0.role":"assistant","gen_ai.completion.0.finish_reason":"tool_calls","gen_ai.completion.0.tool_calls.0.id":"c1","gen_ai.completion.0.tool_calls.0.name":"find",
             "gen_ai.completion.0.tool_calls.0.arguments":"{\"order\":7}","gen_ai.usage.prompt_tokens":9,"gen_ai.usage.completion_tokens":3,"llm.usage.total_tokens":12,"llm.request.functions.0.name":"find"}
            """)).ModelCalls.Single();

        Assert.Equal(TraceDialect.Traceloop, call.Dialect);
        Assert.Equal(["system", "user"], call.Messages.Select(m => m.Role));
        var asked = Assert.IsType<ToolRequestPart>(Assert.Single(Assert.Single(call.Answer).Parts));
        Assert.Equal(("c1", "find"), (asked.Id, asked.Tool));
        IsJson("""{"order":7}""", asked.Arguments);
        Assert.Equal(["find"], call.Tools);
        Assert.Equal(["tool_calls"], call.FinishReasons);
        Assert.Equal(new TokenUsage(9, 3, null, null, Counter.Provider), call.Usage);
        IsJson("""{"llm.request.type":"chat","llm.is_streaming":false}""", call.Other);
    }

    [Theory]
    [InlineData("m", null)]
    [InlineData("m-1", "m-1")] // OpenInference overwrites the model that was asked by the one that answered
    public void The_model_that_was_asked_is_told_from_the_one_that_answered(string named, string? answered)
    {
        var call = Trace(Span(1, null, Arize, new JsonObject
        {
            ["openinference.span.kind"] = "LLM",
            ["llm.model_name"] = named,
            ["llm.invocation_parameters"] = """{"model":"m","stream":true}""",
            ["output.value"] = "There.",
            ["output.mime_type"] = "text/plain",
        }.ToJsonString())).ModelCalls.Single();

        Assert.Equal(("m", answered), (call.ModelAsked, call.ModelAnswered));
    }

    [Fact]
    public void Names_that_say_the_same_are_told_once_and_one_that_differs_is_kept()
    {
        var call = Trace(Span(1, null, AiSdk6, """
            {"ai.operationId":"ai.generateText.doGenerate","ai.model.id":"m","gen_ai.request.model":"m","ai.response.model":"m-1","gen_ai.response.model":"m-2","desk.shelf":4}
            """)).ModelCalls.Single();

        Assert.Equal(("m", "m-1"), (call.ModelAsked, call.ModelAnswered));
        IsJson("""{"gen_ai.response.model":"m-2","desk.shelf":4}""", call.Other);
    }

    [Fact]
    public void A_streamed_answer_of_LangChain_tells_its_model_beside_the_message()
    {
        var call = Trace(Span(1, null, "langsmith", """
            {"run_type":"llm","outputs":{"generations":[[{"text":"There.","generationInfo":{"finish_reason":"stop","model_name":"m-1"},
             "message":{"kwargs":{"content":"There.","id":"r1","response_metadata":{"usage":{"prompt_tokens":4,"completion_tokens":2}}}}}]]}}
            """)).ModelCalls.Single();

        Assert.Equal(("m-1", "r1", new TokenUsage(4, 2, null, null, Counter.Provider)), (call.ModelAnswered, call.ResponseId, call.Usage));
    }

    [Fact]
    public void A_tool_that_failed_still_tells_which_call_it_was()
    {
        var tool = Trace(Span(1, null, "langsmith", """{"run_type":"tool","inputs":{"input":"{\"order\":7}"},"error":"Error: lost","extra":{"tool_call_id":"c1"}}""", failed: "Error: lost")).ToolCalls.Single();

        Assert.Equal(("c1", new OperationError("Error", "lost")), (tool.CallId, tool.Error));
        IsJson("""{"order":7}""", tool.Input);
    }

    [Theory]
    [InlineData("TypeError: cannot read\n\nTypeError: cannot read\n    at desk.js:1", "TypeError", "cannot read")]
    [InlineData("ValueError('no such shelf')Traceback (most recent call last):\n  File", "ValueError", "no such shelf")]
    [InlineData("openai.RateLimitError(\"slow down\",)Traceback (most recent call last):", "openai.RateLimitError", "slow down")]
    [InlineData("it broke\nhere", "", "it broke")]
    [InlineData("Error", "", "Error")]
    public void A_runs_error_is_told_apart_into_type_and_message(string error, string type, string message)
    {
        var trace = Trace(Span(1, null, "langsmith", new JsonObject { ["run_type"] = "chain", ["error"] = error }.ToJsonString(), failed: error));

        Assert.Equal(new OperationError(type, message), trace.Failure!.Error);
    }
}
