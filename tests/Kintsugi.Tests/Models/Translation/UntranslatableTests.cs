using System.Text.Json;
using CsCheck;
using Kintsugi.Models.Translation;
using Kintsugi.Models.Wire;
using static Kintsugi.Tests.Models.Translations;

namespace Kintsugi.Tests.Models;

/// <summary>What cannot be carried is refused, with the name of the field.</summary>
public class UntranslatableTests
{
    [Theory]
    [InlineData("n", "2")]
    [InlineData("logprobs", "true")]
    [InlineData("top_logprobs", "3")]
    [InlineData("frequency_penalty", "0.5")]
    [InlineData("presence_penalty", "0.5")]
    [InlineData("logit_bias", """{"50256":-100}""")]
    [InlineData("seed", "7")]
    [InlineData("modalities", """["text","audio"]""")]
    [InlineData("audio", """{"voice":"alloy","format":"wav"}""")]
    [InlineData("prediction", """{"type":"content","content":"x"}""")]
    [InlineData("web_search_options", "{}")]
    [InlineData("service_tier", "\"priority\"")]
    [InlineData("functions", """[{"name":"f"}]""")]
    [InlineData("function_call", "\"auto\"")]
    [InlineData("top_k", "5")]
    [InlineData("never_heard_of", "1")]
    [InlineData("temperature", "1.5")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("reasoning effort", "\"high\"", "reasoning_effort")]
    [InlineData("verbosity", "\"low\"")]
    [InlineData("max_tokens", "0")]
    [InlineData("stop", "3")]
    [InlineData("stop[0]", "[3]", "stop")]
    [InlineData("stream", "\"yes\"")]
    [InlineData("stream_options.include_obfuscation", """{"include_obfuscation":true}""", "stream_options")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("tool_choice", "\"maybe\"")]
    [InlineData("tool_choice.type", """{"type":"allowed_tools","allowed_tools":{}}""", "tool_choice")]
    [InlineData("tools[0].type", """[{"type":"custom","custom":{"name":"c"}}]""", "tools")]
    [InlineData("tools[0].function.name", """[{"type":"function","function":{}}]""", "tools")]
    [InlineData("tools[0].function.parameters", """[{"type":"function","function":{"name":"t","parameters":{"type":"array"}}}]""", "tools")]
    [InlineData("tools[0].function.parameters", """[{"type":"function","function":{"name":"t","parameters":[]}}]""", "tools")]
    [InlineData("response_format.type", """{"type":"grammar"}""", "response_format")]
    [InlineData("response_format.json_schema.schema", """{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"array"}}}""", "response_format")]
    public void Members_of_a_chat_request(string named, string value, string? member = null) => AssertRefused(
        named, Dialect.Chat, Dialect.Messages, $$"""{"model":"m","messages":[{"role":"user","content":"hi"}],"{{member ?? named}}":{{value}}}""");

    [Theory]
    [InlineData("messages[0].name", """{"role":"user","content":"hi","name":"Ann"}""")]
    [InlineData("messages[0].role", """{"role":"function","content":"hi"}""")]
    [InlineData("messages[0].content[0].type", """{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}""")]
    [InlineData("messages[0].content[0].type", """{"role":"user","content":[{"type":"file","file":{}}]}""")]
    [InlineData("messages[0].content[0].type", """{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png"}}]}""")]
    [InlineData("messages[0].content[0].image_url.url", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}""")]
    [InlineData("messages[0].content[0].image_url.url", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AAAA"}}]}""")]
    [InlineData("messages[0].content[0].image_url.url", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,!!!"}}]}""")]
    [InlineData("messages[0].content[0].image_url.url", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png","detail":"high"}}]}""")]
    [InlineData("messages[0].content", """{"role":"user","content":7}""")]
    [InlineData("messages[0]", "7")]
    [InlineData("messages[0].audio", """{"role":"assistant","audio":{"id":"a"}}""")]
    [InlineData("messages[0].function_call", """{"role":"assistant","content":"x","function_call":{"name":"f","arguments":""}}""")]
    [InlineData("messages[0].reasoning_content", """{"role":"assistant","content":"x","reasoning_content":"hm"}""")]
    [InlineData("messages[0].tool_calls[0].type", """{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{}}]}""")]
    [InlineData("messages[0].tool_calls[0].function.arguments", """{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"t","arguments":"[1"}}]}""")]
    [InlineData("messages[0].tool_call_id", """{"role":"tool","content":"x"}""")]
    public void Messages_of_a_chat_request(string named, string message) => AssertRefused(
        named, Dialect.Chat, Dialect.Messages, $$"""{"model":"m","messages":[{{message}},{"role":"user","content":"hi"}]}""");

    [Fact]
    public void A_message_that_says_nothing_and_has_no_neighbour_of_its_speaker() => AssertRefused(
        "messages[1]", Dialect.Chat, Dialect.Messages,
        """{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":""},{"role":"user","content":"hi"}]}""");

    [Theory]
    [InlineData("messages[1]", """{"role":"user","content":"hi"},{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}""")]
    [InlineData("messages[1]", """{"role":"user","content":"hi"},{"role":"assistant","content":"I"}""")]
    public void Instructions_and_prefills_where_they_mean_something_else(string named, string messages) =>
        AssertRefused(named, Dialect.Chat, Dialect.Messages, $$"""{"model":"m","messages":[{{messages}}]}""");

    [Theory]
    [InlineData("background", "true")]
    [InlineData("include", """["reasoning.encrypted_content"]""")]
    [InlineData("truncation", "\"auto\"")]
    [InlineData("previous_response_id", "\"resp_1\"")]
    [InlineData("conversation", "\"conv_1\"")]
    [InlineData("prompt", """{"id":"p"}""")]
    [InlineData("max_tool_calls", "3")]
    [InlineData("service_tier", "\"flex\"")]
    [InlineData("top_logprobs", "2")]
    [InlineData("reasoning.summary", """{"summary":"auto"}""", "reasoning")]
    [InlineData("text.format.type", """{"format":{"type":"grammar"}}""", "text")]
    [InlineData("tools[0].type", """[{"type":"web_search"}]""", "tools")]
    [InlineData("tools[0].type", """[{"type":"mcp","server_label":"s"}]""", "tools")]
    [InlineData("tool_choice.type", """{"type":"file_search"}""", "tool_choice")]
    [InlineData("input[0].type", """[{"type":"reasoning","summary":[]}]""", "input")]
    [InlineData("input[0].type", """[{"type":"item_reference","id":"i"}]""", "input")]
    [InlineData("input[0].content[0].type", """[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]""", "input")]
    [InlineData("input[0].content[0].file_id", """[{"role":"user","content":[{"type":"input_image","file_id":"f","image_url":"https://e.org/a.png"}]}]""", "input")]
    [InlineData("input[0].phase", """[{"role":"assistant","content":"x","phase":"commentary"},{"role":"user","content":"y"}]""", "input")]
    [InlineData("input[0].content", """[{"role":"user"}]""", "input")]
    [InlineData("input[0].output[0].image_url", """[{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"https://e.org/a.png"}]}]""", "input")]
    public void Members_of_a_response_request(string named, string value, string? member = null) => AssertRefused(
        named, Dialect.Responses, Dialect.Chat, $$"""{"model":"m",{{(member == "input" ? "" : "\"input\":\"hi\",")}}"{{member ?? named}}":{{value}}}""");

    [Theory]
    [InlineData("top_k", "5")]
    [InlineData("thinking", """{"type":"enabled","budget_tokens":1024}""")]
    [InlineData("thinking", """{"type":"adaptive"}""")]
    [InlineData("container", "\"c\"")]
    [InlineData("mcp_servers", """[{"type":"url"}]""")]
    [InlineData("context_management", "{}")]
    [InlineData("service_tier", "\"standard_only\"")]
    [InlineData("speed", "\"fast\"")]
    [InlineData("output_config.effort", """{"effort":"low"}""", "output_config")]
    [InlineData("tools[0].type", """[{"type":"web_search_20250305","name":"web_search"}]""", "tools")]
    [InlineData("tools[0].defer_loading", """[{"name":"t","input_schema":{"type":"object"},"defer_loading":true}]""", "tools")]
    [InlineData("tool_choice.type", """{"type":"most"}""", "tool_choice")]
    [InlineData("system[0].type", """[{"type":"image"}]""", "system")]
    public void Members_of_a_messages_request(string named, string value, string? member = null) => AssertRefused(
        named, Dialect.Messages, Dialect.Chat, $$"""{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"{{member ?? named}}":{{value}}}""");

    [Theory]
    [InlineData("messages[0].content[0].type", """{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"}]}""")]
    [InlineData("messages[0].content[0].type", """{"role":"user","content":[{"type":"document","source":{}}]}""")]
    [InlineData("messages[0].content[0].source.type", """{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}""")]
    [InlineData("messages[0].content[0].source.data", """{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/bmp","data":"AAAA"}}]}""")]
    [InlineData("messages[0].content[0].content[0].source.data", """{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}""")]
    [InlineData("messages[0].content[0].input", """{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":"x"}]}""")]
    [InlineData("messages[0].content[0].citations", """{"role":"user","content":[{"type":"text","text":"x","citations":[{"type":"char_location"}]}]}""")]
    public void Messages_of_a_messages_request(string named, string message) => AssertRefused(
        named, Dialect.Messages, Dialect.Chat, $$"""{"model":"m","max_tokens":9,"messages":[{{message}},{"role":"user","content":"hi"}]}""");

    [Fact]
    public void A_prefilled_answer() => AssertRefused(
        "messages[1]", Dialect.Messages, Dialect.Chat, """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"{"}]}""");

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"model":"m","messages":[],"max_tokens":1}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"x"}],"max_tokens":1}""")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"x"}],"max_tokens":1}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\ud800"}],"max_tokens":1}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":1,"\ud800":1}""")]
    public void Bodies_that_are_no_request(string body)
    {
        Assert.Throws<UntranslatableException>(() => Of(Dialect.Chat, Dialect.Messages, body));
        Assert.Throws<UntranslatableException>(() => Of(Dialect.Responses, Dialect.Chat, body));
        Assert.Throws<UntranslatableException>(() => Of(Dialect.Messages, Dialect.Chat, body));
    }

    [Fact]
    public void A_reason_is_short_however_long_the_field() => Assert.InRange(
        Assert.Throws<UntranslatableException>(() => Of(Dialect.Chat, Dialect.Messages, $$"""{"model":"m","messages":[{"role":"user","content":"x"}],"{{new string('y', 100_000)}}":1}""")).Message.Length, 1, 1000);

    [Theory]
    [InlineData(Dialect.Chat, Dialect.Responses)]
    [InlineData(Dialect.Chat, Dialect.Chat)]
    [InlineData(Dialect.Messages, Dialect.Messages)]
    public void Dialects_that_need_no_translation_or_have_none_are_a_mistake_of_the_caller(Dialect asked, Dialect spoken) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Plain(asked, spoken));

    /// <summary>Any part of a request may be of any kind; only a reason comes of it.</summary>
    [Theory]
    [InlineData(Dialect.Chat, Dialect.Messages)]
    [InlineData(Dialect.Responses, Dialect.Chat)]
    [InlineData(Dialect.Responses, Dialect.Messages)]
    [InlineData(Dialect.Messages, Dialect.Chat)]
    public void Whatever_stands_in_a_request_it_is_translated_or_refused(Dialect asked, Dialect spoken)
    {
        var whole = asked switch
        {
            Dialect.Chat => """{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"t","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}],"tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"t"}},"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},"stop":["x"],"max_tokens":5,"temperature":0.5,"stream":true,"stream_options":{"include_usage":true}}""",
            Dialect.Responses => """{"model":"m","instructions":"s","input":[{"role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]},{"type":"function_call","call_id":"c","name":"t","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"r"}],"tools":[{"type":"function","name":"t","parameters":{"type":"object"},"strict":true}],"tool_choice":{"type":"function","name":"t"},"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}},"reasoning":{"effort":"none"},"max_output_tokens":5,"temperature":0.5,"stream":true}""",
            _ => """{"model":"m","max_tokens":5,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"text","text":"t"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"t","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"r"}],"is_error":true}]}],"tools":[{"name":"t","input_schema":{"type":"object"},"strict":true}],"tool_choice":{"type":"tool","name":"t"},"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},"stop_sequences":["x"],"temperature":0.5,"metadata":{"user_id":"u"},"stream":true}""",
        };
        Of(asked, spoken, whole);

        HostileJson.Changes(whole).Sample(changed =>
        {
            try
            {
                return JsonElement.Parse(Of(asked, spoken, changed).Request.Body.Span).ValueKind == JsonValueKind.Object;
            }
            catch (UntranslatableException e)
            {
                return e.Message.Length > 0;
            }
        }, iter: 2000, threads: 1);
    }

    private static void AssertRefused(string named, Dialect asked, Dialect spoken, string body)
    {
        var refusal = Assert.Throws<UntranslatableException>(() => Of(asked, spoken, body));
        Assert.StartsWith($"'{named}' ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
    }
}
