using System.Text;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing.Dialects;

public class SpanBodiesTests
{
    [Fact]
    public void A_run_is_read_out_of_its_stored_fields_and_what_was_logged_with_it()
    {
        var row = Row("""{"run_type":"llm","inputs":{"messages":[{"role":"user","content":"Where?"}]},"error":"TypeError: no","events":[{"name":"new_token","time":1795168800025}]}""");
        var note = new SpanNote(row.Trace, row.Id, row.Source, "gen_ai.choice", row.StartNs + 1_000_000, """{"body":{"finish_reason":"stop"},"attributes":{"k":1}}""");

        var span = SpanBodies.Read(row, [note]);

        Assert.Equal((row.Id, row.Parent, "call", "langsmith", true), (span.Id, span.Parent, span.Name, span.Scope, span.Failed));
        Assert.Equal(CapturedSpans.Began, span.Start);
        Assert.Equal(TimeSpan.FromMilliseconds(30), span.Took);
        Assert.Equal([("gen_ai.choice", 1.0), ("new_token", 25.0)], span.Events.Select(e => (e.Name, (e.Time - span.Start).TotalMilliseconds)));
        Told.IsJson("""{"k":1,"body":{"finish_reason":"stop"}}""", span.Events[0].Attributes);
    }

    [Fact]
    public void Spans_and_log_records_of_OTLPs_two_encodings_are_one_trace()
    {
        const string traces = """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"desk"}}]},
             "scopeSpans":[{"scope":{"name":"@opentelemetry/instrumentation-openai"},"spans":[
              {"traceId":"0123456789abcdef0123456789abcdef","spanId":"00000000000000a1","parentSpanId":"00000000000000a2","name":"chat small-1","kind":3,
               "startTimeUnixNano":"1795168800000000000","endTimeUnixNano":"1795168800050000000","attributes":[
                {"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":9}},
                {"key":"gen_ai.response.finish_reasons","value":{"arrayValue":{"values":[{"stringValue":"stop"}]}}}]}]}]}]}
            """;
        const string logs = """
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[
              {"traceId":"0123456789abcdef0123456789abcdef","spanId":"00000000000000a1","timeUnixNano":"1795168800010000000",
               "attributes":[{"key":"event.name","value":{"stringValue":"gen_ai.user.message"}}],
               "body":{"kvlistValue":{"values":[{"key":"content","value":{"stringValue":"Where?"}}]}}}]}]}]}
            """;
        var spans = OtlpJson.Traces(Encoding.UTF8.GetBytes(traces), SpanRedaction.OfKeys).Whole().Spans;
        var notes = OtlpJson.Logs(Encoding.UTF8.GetBytes(logs), SpanRedaction.OfKeys).Whole().Notes;
        var root = SpanMaker.Span(
            Convert.FromHexString("0123456789abcdef0123456789abcdef"), Convert.FromHexString("00000000000000a2"), null, "invoke_agent", 1795168799990000000, 1795168800090000000,
            m => SpanMaker.Attribute(m, 9, "gen_ai.agent.name", "order-desk"));
        var row = new SpanRow(spans[0].Trace, CapturedSpans.Id(0xa2), null, new SpanSource("desk", "2", "gen_ai", "{}"), "invoke_agent", SpanRole.Agent, 1795168799990000000, 100_000_000, null, null, SpanFormat.OtlpProtobuf, root);

        var trace = SpanBodies.Read(new StoredTrace(row.Trace, [.. spans, row], notes));

        Assert.Equal(("desk", "2", "order-desk"), (trace.Service, trace.Version, trace.Root!.Agent));
        var call = Assert.Single(trace.ModelCalls);
        Assert.Equal((trace.Root.Id, 9L, "stop"), (call.Parent, call.Usage!.Input, call.FinishReasons.Single()));
        Assert.Equal([new TextPart("Where?")], Assert.Single(call.Messages).Parts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"run_type\"")]
    public void A_body_that_is_no_run_is_told_by_what_its_row_knows(string body) =>
        Assert.Equal(("call", TraceDialect.Plain), (Traces.Read(SpanBodies.Read(Row(body), [])).Name, Traces.Read(SpanBodies.Read(Row(body), [])).Dialect));

    [Theory]
    [InlineData("\"TypeError: no\"", "TypeError: no")]
    [InlineData("{\"code\":7}", "{\"code\":7}")] // as no SDK writes it
    [InlineData("null", null)]
    [InlineData("\"\"", null)]
    public void A_run_failed_when_its_error_says_something(string error, string? said)
    {
        var span = SpanBodies.Read(Row($$"""{"run_type":"chain","error":{{error}}}"""), []);

        Assert.Equal((said is not null, said), (span.Failed, span.StatusMessage));
    }

    [Fact]
    public void A_name_that_stands_twice_counts_as_it_stood_last() =>
        Assert.Equal("two", (string?)SpanBodies.Read(Row("""{"run_type":"chain","tags":"one","tags":"two"}"""), []).Attributes["tags"]);

    private static SpanRow Row(string body) => new(
        new TraceId(1), CapturedSpans.Id(2), CapturedSpans.Id(1), new SpanSource("desk", null, "langsmith", "{}"), "call", SpanRole.Model,
        (CapturedSpans.Began - DateTimeOffset.UnixEpoch).Ticks * 100, 30_000_000, null, null, SpanFormat.LangSmith, Encoding.UTF8.GetBytes(body));
}
