using Kintsugi.Models.Wire;
using static Kintsugi.Tests.Models.Translations;

namespace Kintsugi.Tests.Models;

public class RequestTranslationTests
{
    [Fact]
    public void A_whole_chat_becomes_messages()
    {
        var translation = Of(Dialect.Chat, Dialect.Messages, """
            {
              "model": "claude", "temperature": 0.25, "top_p": 0.5, "stop": ["END"], "max_completion_tokens": 50, "user": "u-1", "stream": true,
              "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
                {"role": "user", "content": [
                  {"type": "text", "text": "What is this?"},
                  {"type": "image_url", "image_url": {"url": "data:image/PNG;base64,iVBORw0KGgo=", "detail": "auto"}},
                  {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}}]},
                {"role": "assistant", "content": null, "refusal": null, "annotations": [], "tool_calls": [
                  {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1}"}},
                  {"id": "call_2", "type": "function", "function": {"name": "look", "arguments": ""}}]},
                {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
                {"role": "tool", "tool_call_id": "call_2", "content": ""},
                {"role": "user", "content": "Sure?"}
              ],
              "tools": [
                {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {"at": {"type": "integer"}}}, "strict": true}},
                {"type": "function", "function": {"name": "wait"}}],
              "tool_choice": "required", "parallel_tool_calls": false
            }
            """);

        Assert.Equal("/v1/messages", translation.Request.Path);
        Assert.Equal(Compact("""
            {
              "model": "claude", "max_tokens": 50,
              "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
              "messages": [
                {"role": "user", "content": [
                  {"type": "text", "text": "What is this?"},
                  {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
                  {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}}]},
                {"role": "assistant", "content": [
                  {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": 1}},
                  {"type": "tool_use", "id": "call_2", "name": "look", "input": {}}]},
                {"role": "user", "content": [
                  {"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "a cat"}]},
                  {"type": "tool_result", "tool_use_id": "call_2", "content": []},
                  {"type": "text", "text": "Sure?"}]}
              ],
              "temperature": 0.25, "top_p": 0.5, "stop_sequences": ["END"], "stream": true, "metadata": {"user_id": "u-1"},
              "tools": [
                {"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {"at": {"type": "integer"}}}, "strict": true},
                {"name": "wait", "input_schema": {"type": "object"}}],
              "tool_choice": {"type": "any", "disable_parallel_tool_use": true}
            }
            """), translation.Asked());
    }

    [Fact]
    public void A_whole_conversation_in_messages_becomes_a_chat()
    {
        var translation = Of(Dialect.Messages, Dialect.Chat, """
            {
              "model": "deepseek-chat", "max_tokens": 50, "temperature": 1, "top_p": 0.5, "stop_sequences": ["END"], "stream": true, "metadata": {"user_id": "u-1"},
              "thinking": {"type": "disabled"}, "service_tier": "auto",
              "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
              "messages": [
                {"role": "user", "content": [
                  {"type": "text", "text": "What is this?"},
                  {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}, "cache_control": {"type": "ephemeral"}},
                  {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}}]},
                {"role": "assistant", "content": [
                  {"type": "text", "text": "I look."},
                  {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": 1}},
                  {"type": "tool_use", "id": "toolu_2", "name": "look", "input": {}}]},
                {"role": "user", "content": [
                  {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a cat"},
                  {"type": "tool_result", "tool_use_id": "toolu_2", "content": [{"type": "text", "text": "too dark"}], "is_error": true},
                  {"type": "text", "text": "Sure?"}]}
              ],
              "tools": [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}, "strict": true, "cache_control": {"type": "ephemeral"}}],
              "tool_choice": {"type": "tool", "name": "look", "disable_parallel_tool_use": true}
            }
            """);

        Assert.Equal("/v1/chat/completions", translation.Request.Path);
        Assert.Equal(Compact("""
            {
              "model": "deepseek-chat",
              "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [
                  {"type": "text", "text": "What is this?"},
                  {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
                  {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}}]},
                {"role": "assistant", "content": "I look.", "tool_calls": [
                  {"id": "toolu_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1}"}},
                  {"id": "toolu_2", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "toolu_1", "content": "a cat"},
                {"role": "tool", "tool_call_id": "toolu_2", "content": "Error: too dark"},
                {"role": "user", "content": "Sure?"}
              ],
              "max_tokens": 50, "temperature": 1, "top_p": 0.5, "stop": ["END"], "stream": true, "stream_options": {"include_usage": true},
              "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "strict": true}}],
              "tool_choice": {"type": "function", "function": {"name": "look"}}, "parallel_tool_calls": false,
              "user": "u-1"
            }
            """), translation.Asked());
    }

    private const string WholeResponse = """
        {
          "model": "m", "instructions": "Be brief.", "max_output_tokens": 50, "temperature": 0.25, "user": "u-1", "store": true, "metadata": {"a": "b"}, "stream": false,
          "input": [
            {"role": "developer", "content": "Be kind."},
            {"type": "message", "role": "user", "content": [
              {"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": "https://example.com/a.jpg", "detail": "auto"}]},
            {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [{"type": "output_text", "text": "I look.", "annotations": [], "logprobs": []}]},
            {"type": "function_call", "id": "fc_1", "status": "completed", "call_id": "call_1", "name": "look", "arguments": "{\"at\":1}"},
            {"type": "function_call", "call_id": "call_2", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "a cat"},
            {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "a dog"}]}
          ],
          "tools": [{"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}, "strict": false}],
          "tool_choice": {"type": "function", "name": "look"}
        }
        """;

    [Fact]
    public void A_whole_response_request_becomes_a_chat() => Assert.Equal(Compact("""
        {
          "model": "m",
          "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}}]},
            {"role": "assistant", "content": "I look.", "tool_calls": [
              {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":1}"}},
              {"id": "call_2", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
            {"role": "tool", "tool_call_id": "call_2", "content": "a dog"}
          ],
          "max_tokens": 50, "temperature": 0.25,
          "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "strict": false}}],
          "tool_choice": {"type": "function", "function": {"name": "look"}},
          "user": "u-1"
        }
        """), Of(Dialect.Responses, Dialect.Chat, WholeResponse).Asked());

    [Fact]
    public void A_whole_response_request_becomes_messages() => Assert.Equal(Compact("""
        {
          "model": "m", "max_tokens": 50,
          "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
          "messages": [
            {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}}]},
            {"role": "assistant", "content": [
              {"type": "text", "text": "I look."},
              {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": 1}},
              {"type": "tool_use", "id": "call_2", "name": "look", "input": {}}]},
            {"role": "user", "content": [
              {"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "a cat"}]},
              {"type": "tool_result", "tool_use_id": "call_2", "content": [{"type": "text", "text": "a dog"}]}]}
          ],
          "temperature": 0.25, "metadata": {"user_id": "u-1"},
          "tools": [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}],
          "tool_choice": {"type": "tool", "name": "look"}
        }
        """), Of(Dialect.Responses, Dialect.Messages, WholeResponse).Asked());

    [Theory]
    [InlineData("\"auto\"", null)]
    [InlineData("\"none\"", """{"type":"none"}""")]
    [InlineData("\"required\"", """{"type":"any"}""")]
    [InlineData("""{"type":"function","function":{"name":"t"}}""", """{"type":"tool","name":"t"}""")]
    public void The_choice_of_a_tool_is_carried(string asked, string? spoken) =>
        AssertMember("tool_choice", spoken, Chat($$""" "tools":[{"type":"function","function":{"name":"t"} }],"tool_choice":{{asked}} """));

    [Theory]
    [InlineData("auto", null)]
    [InlineData("none", "\"none\"")]
    [InlineData("any", "\"required\"")]
    public void The_choice_of_a_tool_is_carried_back(string asked, string? spoken) =>
        AssertMember("tool_choice", spoken, Messages($$""" "tools":[{"name":"t","input_schema":{"type":"object"} }],"tool_choice":{"type":"{{asked}}"} """, Dialect.Chat));

    [Fact]
    public void Calls_one_at_a_time_are_asked_for_where_the_model_is_free_to_call() => AssertMember(
        "tool_choice", """{"type":"auto","disable_parallel_tool_use":true}""",
        Chat(""" "tools":[{"type":"function","function":{"name":"t"}}],"parallel_tool_calls":false """));

    [Theory]
    [InlineData("""{"type":"json_object"}""", "\"tools\":[{\"name\":\"json_answer\",\"description\":\"Gives the answer. Its input is the answer itself.\",\"input_schema\":{\"type\":\"object\"}}]")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"city","description":"A city.","schema":{"type":"object","required":["name"]},"strict":true}}""",
        "\"tools\":[{\"name\":\"json_answer\",\"description\":\"Gives the answer. Its input is the answer itself. A city.\",\"input_schema\":{\"type\":\"object\",\"required\":[\"name\"]}}]")]
    public void Json_mode_forces_the_one_tool_whose_input_is_the_answer(string format, string tools)
    {
        var asked = Chat($$""" "response_format":{{format}} """);

        Assert.Contains(tools, asked, StringComparison.Ordinal);
        AssertMember("tool_choice", """{"type":"tool","name":"json_answer","disable_parallel_tool_use":true}""", asked);
    }

    [Theory]
    [InlineData("auto", """{"type":"any"}""", "json_answer")]
    [InlineData("none", """{"type":"tool","name":"json_answer","disable_parallel_tool_use":true}""", "json_answer")]
    [InlineData("required", """{"type":"any"}""", null)] // a call is asked for, so that there is no text to be JSON
    public void Json_mode_beside_tools_leaves_the_model_the_choice_it_had(string choice, string spoken, string? answerTool)
    {
        var asked = Chat($$""" "response_format":{"type":"json_object"},"tools":[{"type":"function","function":{"name":"t"} }],"tool_choice":"{{choice}}" """);

        AssertMember("tool_choice", spoken, asked);
        Assert.Equal(answerTool is not null, asked.Contains("\"name\":\"json_answer\",\"description\"", StringComparison.Ordinal));
    }

    [Fact]
    public void The_tool_of_the_answer_takes_no_name_of_the_callers() =>
        Assert.Contains("\"json_answer_2\"", Chat(""" "response_format":{"type":"json_object"},"tools":[{"type":"function","function":{"name":"json_answer"}}] """), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"type":"json_object"}""", """{"type":"json_object"}""")]
    [InlineData("""{"type":"json_schema","name":"city","schema":{"type":"object"},"strict":true}""",
        """{"type":"json_schema","json_schema":{"name":"city","schema":{"type":"object"},"strict":true}}""")]
    [InlineData("""{"type":"text"}""", null)]
    public void Json_mode_of_responses_is_json_mode_of_chat(string format, string? spoken) =>
        AssertMember("response_format", spoken, Responses($$""" "text":{"format":{{format}},"verbosity":"low"} """, Dialect.Chat));

    [Fact]
    public void Json_mode_of_messages_is_a_strict_schema_of_chat() => AssertMember(
        "response_format", """{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}}""",
        Messages(""" "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}} """, Dialect.Chat));

    [Theory]
    [InlineData("reasoning_effort", "\"high\"")]
    [InlineData("verbosity", "\"low\"")]
    [InlineData("user", "\"u\"")]
    public void What_only_openai_knows_is_carried_between_its_formats(string name, string value) =>
        AssertMember(name, value, Responses(""" "reasoning":{"effort":"high"},"text":{"verbosity":"low"},"user":"u" """, Dialect.Chat));

    [Theory]
    [InlineData("gpt-5-mini", "max_completion_tokens")]
    [InlineData("openai/o3", "max_completion_tokens")]
    [InlineData("mistral-large", "max_tokens")]
    public void The_bound_of_the_answer_has_the_name_that_the_models_service_knows(string model, string name)
    {
        var asked = Of(Dialect.Messages, Dialect.Chat, $$"""{"model":"{{model}}","max_tokens":7,"messages":[{"role":"user","content":"hi"}]}""").Asked();

        AssertMember(name, "7", asked);
    }

    [Fact]
    public void Where_a_bound_is_demanded_and_not_given_the_default_is_sent() => AssertMember("max_tokens", "4096", Chat("\"n\":1"));

    [Fact]
    public void Neighbouring_messages_of_one_speaker_are_joined_and_empty_texts_left_out()
    {
        var asked = Of(Dialect.Chat, Dialect.Messages, """
            {"model":"m","messages":[
              {"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"b"}]},
              {"role":"assistant","content":""},{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"t","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c","content":"d"}]}
            """).Asked();

        AssertMember("messages", Compact("""
            [{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
             {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"t","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"d"}]}]}]
            """), asked);
    }

    /// <summary>The AI SDK sets it for every tool of a streamed question.</summary>
    [Fact]
    public void How_finely_a_call_is_to_be_streamed_is_no_question() => Assert.Equal(
        Messages(""" "tools":[{"name":"t","input_schema":{"type":"object"} }] """, Dialect.Chat),
        Messages(""" "tools":[{"name":"t","input_schema":{"type":"object"},"eager_input_streaming":true}] """, Dialect.Chat));

    /// <summary>Everything that asks for nothing, and every label that no model sees.</summary>
    [Fact]
    public void What_asks_for_nothing_is_accepted()
    {
        var plain = Plain(Dialect.Chat, Dialect.Messages).Asked();

        Assert.Equal(plain, Of(Dialect.Chat, Dialect.Messages, """
            {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],
             "n":1,"logprobs":false,"top_logprobs":0,"frequency_penalty":0.0,"presence_penalty":0,"logit_bias":{},"modalities":["text"],"service_tier":"auto","stop":null,
             "stream":false,"stream_options":null,"response_format":{"type":"text"},"tools":[],"tool_choice":"auto","parallel_tool_calls":true,"reasoning_effort":"none","verbosity":"medium",
             "safety_identifier":"s","prompt_cache_key":"k","prompt_cache_retention":"24h","metadata":{"a":"b"},"store":true,"audio":null,"seed":null,"prediction":null}
            """).Asked());
        Assert.Equal(plain, Of(Dialect.Responses, Dialect.Messages, """
            {"model":"m","max_output_tokens":9,"input":"hi",
             "background":false,"include":[],"truncation":"disabled","service_tier":"default","top_logprobs":0,"text":{"format":{"type":"text"}},"reasoning":{"effort":null},"stream_options":{"include_obfuscation":false},
             "previous_response_id":null,"conversation":null,"prompt":null,"max_tool_calls":null,"instructions":null,"store":false,"metadata":{},"prompt_cache_key":"k","tools":[],"tool_choice":"none"}
            """).Asked());
        Assert.Equal(Plain(Dialect.Messages, Dialect.Chat).Asked(), Of(Dialect.Messages, Dialect.Chat, """
            {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],
             "thinking":{"type":"disabled"},"service_tier":"auto","speed":"standard","cache_control":{"type":"ephemeral"},"container":null,"mcp_servers":[],"stop_sequences":[],"tools":[],"metadata":{},"output_config":{}}
            """).Asked());
    }

    private static string Chat(string members) =>
        Of(Dialect.Chat, Dialect.Messages, $$"""{"model":"m","messages":[{"role":"user","content":"hi"}],{{members}}}""").Asked();

    private static string Responses(string members, Dialect spoken) => Of(Dialect.Responses, spoken, $$"""{"model":"m","input":"hi",{{members}}}""").Asked();

    private static string Messages(string members, Dialect spoken) =>
        Of(Dialect.Messages, spoken, $$"""{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],{{members}}}""").Asked();

    private static void AssertMember(string name, string? expected, string json)
    {
        var found = System.Text.Json.JsonElement.Parse(json).TryGetProperty(name, out var value) ? value.GetRawText() : null;
        Assert.Equal(expected, found);
    }
}
