using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;
using static Kintsugi.Tests.Tracing.Dialects.Told;

namespace Kintsugi.Tests.Tracing.Dialects;

/// <summary>Spans are a stranger's: whatever stands in them, a trace comes out, in work in proportion to their size.</summary>
public class HostileSpanTests
{
    private static readonly string[] Names =
    [
        "gen_ai.operation.name", "gen_ai.system", "gen_ai.request.model", "gen_ai.request.temperature", "gen_ai.response.id", "gen_ai.response.finish_reasons", "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens", "gen_ai.usage.total_tokens", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions", "gen_ai.tool.name",
        "gen_ai.tool.call.id", "gen_ai.tool.call.arguments", "gen_ai.client.operation.time_to_first_chunk", "gen_ai.prompt.0.content", "gen_ai.prompt.0", "gen_ai.completion.7.tool_calls.x.id",
        "traceloop.span.kind", "traceloop.entity.input", "llm.request.type", "openinference.span.kind", "llm.input_messages.999999999.message.content", "llm.input_messages.1.message.tool_calls.0",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", "llm.tools.0.tool.json_schema", "llm.invocation_parameters", "llm.token_count.prompt", "input.value", "output.value",
        "output.mime_type", "ai.operationId", "ai.prompt.messages", "ai.prompt.tools", "ai.response.toolCalls", "ai.response.msToFirstChunk", "ai.settings.temperature", "ai.usage.inputTokens",
        "run_type", "inputs", "outputs", "extra", "error", "error.type", "body", "exception.type", "exception.escaped", "", "x",
    ];

    private static readonly string[] Words =
    [
        "", "chat", "execute_tool", "invoke_agent", "LLM", "TOOL", "tool", "llm", "ai.toolCall", "ai.generateText.doGenerate", "c1", "NaN", "-1", "1e400", "7", "{", "[[[", "\"", "null", "\ud800",
        """{"a":"\ud800"}""", """{"a":1,"a":2}""", """[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"t","arguments":"{"}]}]""", """[null,7,[[]],{"role":3,"content":{"type":[]}}]""",
        """{"generations":[[{"message":{"kwargs":{"content":[],"tool_calls":[7]}}}]]}""", """{"choices":[7,{"message":null}],"usage":[]}""", """{"metadata":{"usage_metadata":"x"}}""",
        """[{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","output":{"type":"json"}}]}]""",
    ];

    private static readonly string[] Scopes = ["", "ai", "gen_ai", "langsmith", Arize, OpenLlmetry, OTel];

    private static readonly Gen<JsonNode?> Value = Gen.Recursive<JsonNode?>((depth, inner) => Gen.OneOf(
        Gen.OneOf(Words).Select(w => (JsonNode?)JsonValue.Create(w)),
        Gen.OneOf(double.NaN, double.PositiveInfinity, -1, 0, 0.5, 1e300, 9.3e18).Select(d => (JsonNode?)JsonValue.Create(d)),
        Gen.Long.Select(l => (JsonNode?)JsonValue.Create(l)),
        Gen.Bool.Select(b => (JsonNode?)JsonValue.Create(b)),
        Gen.Const((JsonNode?)null),
        depth > 3 ? Gen.Const((JsonNode?)null) : inner.Array[0, 3].Select(a => (JsonNode?)new JsonArray([.. a.Select(v => v?.DeepClone())])),
        depth > 3 ? Gen.Const((JsonNode?)null) : Gen.Select(Gen.OneOf("role", "content", "parts", "type", "id", "name", "message", "kwargs", "metadata", "choices", "tool_call_id"), inner)
            .Array[0, 3].Select(Object)));

    private static readonly Gen<JsonObject> Attributes = Gen.Select(Gen.OneOf(Names), Value).Array[0, 12].Select(pairs => (JsonObject)Object(pairs)!);

    private static readonly Gen<SpanData> Spans = Gen.Select(
        Gen.Int[1, 8], Gen.Int[0, 9], Gen.OneOf(Scopes), Gen.Int[0, 300], Gen.Bool, Attributes,
        Gen.Select(Gen.OneOf("exception", "gen_ai.user.message", "gen_ai.choice", "gen_ai.content.prompt", "gen_ai.client.inference.operation.details", "x"), Attributes).Array[0, 2],
        (id, parent, scope, at, failed, attributes, events) => new SpanData(
            CapturedSpans.Id(id), parent == 0 ? null : CapturedSpans.Id(parent), "s", 1, scope, CapturedSpans.Began.AddMilliseconds(at), at % 7 == 0 ? null : at % 5 == 0 ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(90),
            failed, failed ? "no" : null, attributes, [.. events.Select(e => new SpanEvent(e.Item1, CapturedSpans.Began, e.Item2))]));

    [Fact]
    public void Whatever_stands_in_spans_a_trace_comes_out_that_can_be_written_and_walked() =>
        Spans.Array[0, 12].Sample(
            spans =>
            {
                var trace = Traces.Of(new TraceId(1), "desk", null, spans);

                var ids = trace.Operations.Select(o => o.Id).ToHashSet();
                Assert.Equal(ids.Count, trace.Operations.Count);
                Assert.Equal(spans.Length > 0, trace.Root is not null);
                Assert.All(trace.Operations, o => Assert.True(Depth(o, trace) <= trace.Operations.Count));
                Assert.NotEmpty(JsonSerializer.Serialize(trace.Operations));
                Assert.NotEmpty(JsonSerializer.Serialize(trace.ToTrajectory()));
                Assert.Equal(trace.ToolCalls.Count(), trace.ToTrajectory().ToolCalls.Count());
            },
            iter: 5_000, print: Print);

    [Fact]
    public void The_order_in_which_spans_come_changes_nothing() =>
        Gen.Select(Spans.Array[1, 8], Gen.Int).Sample(
            (spans, seed) =>
            {
                // Of one id the last counts, and of one instant no order is known: so each once, each at its own time.
                spans = [.. spans.DistinctBy(s => s.Id).Select((s, i) => s with { Start = s.Start.AddTicks(i) })];
                var shuffled = spans.ToArray();
                new Random(seed).Shuffle(shuffled);

                Assert.Equal(
                    JsonSerializer.Serialize(Traces.Of(new TraceId(1), "desk", null, spans).Operations),
                    JsonSerializer.Serialize(Traces.Of(new TraceId(1), "desk", null, shuffled).Operations));
            },
            iter: 1_000, print: t => Print(t.Item1));

    [Fact]
    public void A_child_whose_parent_never_came_or_came_later_has_its_place()
    {
        var orphan = Trace(Span(2, 9, "desk", "{}"));
        var late = Trace(Span(2, 1, "desk", "{}", at: 5), Span(1, null, "desk", "{}", at: 6));

        Assert.Equal(CapturedSpans.Id(2).ToString(), orphan.Root!.Id);
        Assert.Equal(CapturedSpans.Id(9).ToString(), orphan.Root.Parent);
        Assert.Equal(CapturedSpans.Id(1).ToString(), late.Root!.Id);
    }

    [Fact]
    public void Parents_in_a_circle_are_cut_where_it_began()
    {
        var trace = Trace(Span(1, 3, "desk", "{}", at: 1), Span(2, 1, "desk", "{}"), Span(3, 2, "desk", "{}", at: 2), Span(4, 4, "desk", "{}", at: 3));

        Assert.Equal(CapturedSpans.Id(2).ToString(), trace.Root!.Id);
        Assert.Equal([null, CapturedSpans.Id(3).ToString(), CapturedSpans.Id(2).ToString(), null], trace.Operations.Select(o => o.Parent));
    }

    [Fact]
    public void A_span_that_came_twice_is_one() =>
        Assert.Equal("second", Assert.Single(Trace(Span(1, null, "desk", "{}", name: "first"), Span(1, null, "desk", "{}", name: "second")).Operations).Name);

    [Fact]
    public void A_hundred_thousand_attributes_are_kept_and_ten_thousand_of_them_put_together()
    {
        var attributes = new JsonObject { ["openinference.span.kind"] = "LLM" };
        for (var i = 0; i < 100_000; i++) attributes[$"llm.input_messages.{i}.message.content"] = "x";

        var call = Assert.Single(Trace(Span(1, null, Arize, "{}") with { Attributes = attributes }).ModelCalls);

        Assert.Equal(10_000, call.Messages.Count);
        Assert.Equal(90_000, call.Other.Count);
    }

    [Fact]
    public void Depth_without_end_is_kept_as_text()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 900)) + string.Concat(Enumerable.Repeat("]", 900));
        var tool = Trace(Span(1, null, AiSdk7, new JsonObject { ["gen_ai.operation.name"] = "execute_tool", ["gen_ai.tool.call.arguments"] = deep }.ToJsonString())).ToolCalls.Single();
        var deeper = string.Concat(Enumerable.Repeat("[", 100_000));
        var broken = Trace(Span(1, null, AiSdk7, new JsonObject { ["gen_ai.operation.name"] = "execute_tool", ["gen_ai.tool.call.arguments"] = deeper }.ToJsonString())).ToolCalls.Single();

        var depth = 0;
        for (var at = tool.Input; at is JsonArray { Count: 1 } array; at = array[0]) depth++;
        Assert.Equal(64, depth);
        Assert.Equal(deeper, (string?)broken.Input);
    }

    [Fact]
    public void A_chain_of_a_hundred_thousand_spans_is_read()
    {
        var spans = Enumerable.Range(1, 100_000).Select(i => Span(i, i - 1, i % 2 == 0 ? "http" : OTel, i % 2 == 0 ? "{}" : """{"gen_ai.operation.name":"invoke_agent","gen_ai.usage.input_tokens":1}""", at: i, failed: "no")).ToArray();

        var trace = Trace(spans);

        Assert.Equal(100_000, trace.Operations.Count);
        Assert.Equal(CapturedSpans.Id(100_000).ToString(), trace.Failure!.Id);
        Assert.Equal(1, trace.Operations.Count(o => o.UsageWithin is not null));
    }

    // NaN is no JSON, so a span with one cannot print itself.
    private static string Print(SpanData[] spans) => string.Join('\n', spans.Select(s =>
        $"{s.Id} in {s.Parent} of '{s.Scope}' at {s.Start:O} took {s.Took} {ForeignJson.Copy(s.Attributes)} {string.Join(' ', s.Events.Select(e => $"{e.Name} {ForeignJson.Copy(e.Attributes)}"))}"));

    private static int Depth(Operation operation, Trace trace)
    {
        var depth = 0;
        for (var at = operation; at is not null && depth <= trace.Operations.Count; depth++) at = trace.Operations.FirstOrDefault(o => o.Id == at.Parent);
        return depth;
    }

    private static JsonNode? Object(IEnumerable<(string Name, JsonNode? Value)> pairs)
    {
        var result = new JsonObject();
        foreach (var (name, value) in pairs) result[name] = value?.DeepClone();
        return result;
    }
}
