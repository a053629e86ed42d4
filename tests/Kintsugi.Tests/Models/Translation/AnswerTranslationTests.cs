using System.Text;
using System.Text.Json;
using CsCheck;
using Kintsugi.Models;
using Kintsugi.Models.Wire;
using static Kintsugi.Tests.Models.Scripts;
using static Kintsugi.Tests.Models.Translations;

namespace Kintsugi.Tests.Models;

public class AnswerTranslationTests
{
    [Fact]
    public void A_message_becomes_a_completion() => Assert.Equal(Compact("""
        {"id":"msg_1","object":"chat.completion","created":0,"model":"claude-served",
         "choices":[{"index":0,"message":{"role":"assistant","content":"I look.","refusal":null,"tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"look","arguments":"{\"at\": 1}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],
         "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":2},"completion_tokens_details":{"reasoning_tokens":0}}}
        """), Plain(Dialect.Chat, Dialect.Messages).Back(Message($"{TextBlock("I look.")},{ToolBlock("toolu_1", "look", """{"at": 1}""")}", "tool_use")));

    [Fact]
    public void A_completion_becomes_a_message() => Assert.Equal(Compact("""
        {"id":"chatcmpl-1","type":"message","role":"assistant","model":"gpt-served",
         "content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"call_1","name":"look","caller":{"type":"direct"},"input":{"at":1}}],
         "stop_reason":"tool_use","stop_sequence":null,"stop_details":null,"container":null,"diagnostics":null,
         "usage":{"input_tokens":6,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":5,"output_tokens_details":{"thinking_tokens":2},
                  "cache_creation":null,"inference_geo":null,"server_tool_use":null,"service_tier":null,"speed":null}}
        """), Plain(Dialect.Messages, Dialect.Chat).Back(Completion("""
            "content":"I look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"at\": 1}"}}]
            """, "tool_calls")));

    [Fact]
    public void A_completion_becomes_a_response_that_repeats_its_request() => Assert.Equal(Compact("""
        {"id":"chatcmpl-1","object":"response","created_at":1700000000,"status":"completed","background":false,"store":false,"previous_response_id":null,"error":null,"incomplete_details":null,"model":"gpt-served",
         "output":[
           {"id":"msg_chatcmpl-1_0","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"I look.","annotations":[],"logprobs":[]}]},
           {"id":"fc_chatcmpl-1_1","type":"function_call","status":"completed","call_id":"call_1","name":"look","arguments":"{}"}],
         "usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15},
         "instructions":"Be brief.","max_output_tokens":null,"metadata":{},"parallel_tool_calls":true,"reasoning":{},"temperature":0.5,"text":{"format":{"type":"text"}},"tool_choice":"auto",
         "tools":[{"type":"function","name":"look"}],"top_p":1,"truncation":"disabled","user":null}
        """), Of(Dialect.Responses, Dialect.Chat, """{"model":"m","input":"hi","instructions":"Be brief.","temperature":0.5,"tools":[{"type":"function","name":"look"}]}""").Back(Completion("""
            "content":"I look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":""}}]
            """, "tool_calls")));

    /// <summary>A named choice of a tool ends with `stop` in the one dialect and with `tool_use` in the other.</summary>
    [Fact]
    public void An_answer_that_calls_tools_stops_for_them_whatever_word_it_ends_with()
    {
        const string Call = """{"index":0,"id":"c","type":"function","function":{"name":"look","arguments":"{}"}}""";
        var translation = Plain(Dialect.Messages, Dialect.Chat, stream: true);

        Assert.Contains("\"stop_reason\":\"tool_use\"", translation.Back(Completion($"\"tool_calls\":[{Call}]")), StringComparison.Ordinal);
        Assert.Contains("\"stop_reason\":\"tool_use\"", translation.Stream(TranslatingService.Events(CompletionStream("stop", $$"""{"tool_calls":[{{Call}}]}"""))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_model_thought_is_no_part_of_its_answer() => Assert.Contains(
        "\"content\":\"Hi.\"", Plain(Dialect.Chat, Dialect.Messages).Back(Message($$"""{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"x"},{{TextBlock("Hi.")}}""")), StringComparison.Ordinal);

    /// <summary>A call goes out in one dialect, comes back in the other, and its result finds it again.</summary>
    [Fact]
    public void A_tool_call_keeps_its_id_through_a_whole_round()
    {
        const string Question = """{"role":"user","content":"What is this?"}""";
        var first = Of(Dialect.Chat, Dialect.Messages, $$"""{"model":"m","messages":[{{Question}}]}""");

        var answer = JsonElement.Parse(first.Back(Message(ToolBlock("toolu_1", "look", """{"at":1}"""), "tool_use"))).GetProperty("choices")[0].GetProperty("message").GetRawText();
        var second = Of(Dialect.Chat, Dialect.Messages, $$"""{"model":"m","messages":[{{Question}},{{answer}},{"role":"tool","tool_call_id":"toolu_1","content":"a cat"}]}""");

        Assert.Contains(
            """{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"look","input":{"at":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"a cat"}]}]}""",
            second.Asked(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(402, "billing_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(422, "invalid_request_error")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(502, "api_error")]
    [InlineData(503, "overloaded_error")]
    [InlineData(529, "overloaded_error")]
    public void An_error_has_the_type_of_its_status(int status, string type) => Assert.Equal(
        $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"no"}}""",
        Plain(Dialect.Messages, Dialect.Chat).Back("""{"error":{"message":"no","type":"whatever","param":"x","code":null}}""", status));

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(529, "server_error")]
    public void An_error_keeps_the_providers_word_as_its_code(int status, string type) => Assert.Equal(
        $$$"""{"error":{"message":"no","type":"{{{type}}}","param":null,"code":"the_word"}}""",
        Plain(Dialect.Chat, Dialect.Messages).Back("""{"type":"error","error":{"type":"the_word","message":"no"}}""", status));

    [Theory]
    [InlineData("", "The service answered with status 502 and no error that can be read.")]
    [InlineData("<html>Bad gateway</html>", "The service answered with status 502 and no error that can be read.")]
    [InlineData("""{"error":"model is loading"}""", "model is loading")]
    [InlineData("""{"detail":"upstream"}""", "upstream")]
    [InlineData("""{"error":{"message":"\ud800"}}""", "The service answered with status 502 and no error that can be read.")]
    public void Whatever_a_service_sends_for_an_error_is_one(string body, string message) => Assert.Contains(
        message, Plain(Dialect.Messages, Dialect.Chat).Back(body, 502), StringComparison.Ordinal);

    [Fact]
    public void The_time_to_wait_stays() => Assert.Equal(
        TimeSpan.FromSeconds(30),
        Plain(Dialect.Chat, Dialect.Messages).Back(new ModelAnswer(429, "application/json", "{}"u8.ToArray(), TimeSpan.FromSeconds(30))).RetryAfter);

    [Fact]
    public void An_error_between_the_formats_of_one_vendor_stays_as_it_is() => Assert.Equal(
        """{"error":{"message":"no","type":"t","param":"p","code":"c"}}""", Plain(Dialect.Responses, Dialect.Chat).Back("""{"error":{"message":"no","type":"t","param":"p","code":"c"}}""", 400));

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"error":{"message":"overloaded"}}""")]
    [InlineData("""{"choices":[{"message":{"content":"x"}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":"x"},"finish_reason":"abort"}]}""")]
    [InlineData("""{"choices":[{"message":{"content":["x"]},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{"content":"\ud800"},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"id":"c"}]},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"t","arguments":"{\"cut"}}]},"finish_reason":"length"}]}""")]
    public void An_answer_that_is_no_completion_is_not_in_the_providers_format(string body) =>
        Assert.Throws<FormatException>(() => Plain(Dialect.Messages, Dialect.Chat).Back(body));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"type":"message","content":[]}""")]
    [InlineData("""{"type":"message","content":[],"stop_reason":"boredom"}""")]
    [InlineData("""{"type":"message","content":[{"type":"server_tool_use"}],"stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[{"type":"tool_use","input":{}}],"stop_reason":"tool_use"}""")]
    public void An_answer_that_is_no_message_is_not_in_the_providers_format(string body) =>
        Assert.Throws<FormatException>(() => Plain(Dialect.Chat, Dialect.Messages).Back(body));

    [Theory]
    [InlineData(Dialect.Chat, Dialect.Messages)]
    [InlineData(Dialect.Responses, Dialect.Messages)]
    [InlineData(Dialect.Responses, Dialect.Chat)]
    [InlineData(Dialect.Messages, Dialect.Chat)]
    public void Whatever_stands_in_an_answer_it_is_translated_or_not_in_the_format(Dialect asked, Dialect spoken)
    {
        var whole = spoken == Dialect.Messages
            ? Message("""{"type":"thinking","thinking":"t"},{"type":"text","text":"x"},{"type":"tool_use","id":"t","name":"n","input":{"a":[1]}}""", "tool_use")
            : Completion("\"content\":\"x\",\"refusal\":\"no\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"n\",\"arguments\":\"{}\"}}]", "tool_calls");
        var translation = Plain(asked, spoken);

        HostileJson.Changes(whole).Sample(changed =>
        {
            try
            {
                return JsonElement.Parse(translation.Back(changed)).ValueKind == JsonValueKind.Object;
            }
            catch (FormatException e)
            {
                return e.Message.Length > 0;
            }
        }, iter: 1000, threads: 1);
    }

    [Fact]
    public void A_recorded_stream_is_translated_at_once()
    {
        var translation = Plain(Dialect.Chat, Dialect.Messages, stream: true);
        var events = TranslatingService.Events(MessageStream("end_turn", TextDeltas("Hi.")));

        var answer = translation.Back(new ModelAnswer(200, "text/event-stream; charset=utf-8", Encoding.UTF8.GetBytes(events)));

        Assert.Equal(translation.Stream(events), answer.Text());
        Assert.EndsWith("data: [DONE]\n\n", answer.Text(), StringComparison.Ordinal);
    }
}
