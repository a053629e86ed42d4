using System.Text;
using System.Text.Json;
using CsCheck;
using Kintsugi.Models.Translation;
using Kintsugi.Models.Wire;
using static Kintsugi.Tests.Models.Scripts;
using static Kintsugi.Tests.Models.Translations;

namespace Kintsugi.Tests.Models;

public class StreamTranslationTests
{
    public static TheoryData<Dialect, Dialect> Pairs => new()
    {
        { Dialect.Chat, Dialect.Messages }, { Dialect.Responses, Dialect.Messages }, { Dialect.Responses, Dialect.Chat }, { Dialect.Messages, Dialect.Chat },
    };

    [Fact]
    public void A_streamed_message_becomes_chunks() => Assert.Equal(
        """
        data: {"id":"msg_1","object":"chat.completion.chunk","created":0,"model":"claude-served","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {"id":"msg_1","object":"chat.completion.chunk","created":0,"model":"claude-served","choices":[{"index":0,"delta":{"content":"Grüß"},"logprobs":null,"finish_reason":null}]}

        data: {"id":"msg_1","object":"chat.completion.chunk","created":0,"model":"claude-served","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"toolu_1","type":"function","function":{"name":"look","arguments":""}}]},"logprobs":null,"finish_reason":null}]}

        data: {"id":"msg_1","object":"chat.completion.chunk","created":0,"model":"claude-served","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"logprobs":null,"finish_reason":null}]}

        data: {"id":"msg_1","object":"chat.completion.chunk","created":0,"model":"claude-served","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}

        data: [DONE]


        """, Plain(Dialect.Chat, Dialect.Messages, stream: true).Stream(TranslatingService.Events(MessageStream("tool_use", TextDeltas("Grüß"), ToolDeltas("toolu_1", "look", "{}")))));

    [Fact]
    public void A_streamed_completion_becomes_the_events_of_a_message() => Assert.Equal(
        """
        event: message_start
        data: {"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","model":"gpt-served","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"container":null,"diagnostics":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0,"output_tokens_details":{"thinking_tokens":0},"cache_creation":null,"inference_geo":null,"server_tool_use":null,"service_tier":null,"speed":null}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüß"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null,"stop_details":null,"container":null},"usage":{"input_tokens":6,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":5,"output_tokens_details":{"thinking_tokens":2},"cache_creation":null,"inference_geo":null,"server_tool_use":null,"service_tier":null,"speed":null}}

        event: message_stop
        data: {"type":"message_stop"}


        """, Plain(Dialect.Messages, Dialect.Chat, stream: true).Stream(TranslatingService.Events(CompletionStream("length", """{"content":"Grüß"}"""))));

    [Fact]
    public void A_streamed_answer_becomes_the_events_of_a_response_in_their_order() => Assert.Equal(
        [
            "response.created", "response.in_progress",
            "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
            "response.output_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done",
            "response.completed",
        ],
        Data(Plain(Dialect.Responses, Dialect.Messages, stream: true).Stream(TranslatingService.Events(MessageStream("tool_use", TextDeltas("a", "b"), ToolDeltas("t", "look", "{}")))))
            .Select(data => data.GetProperty("type").GetString()));

    [Theory]
    [InlineData(Dialect.Chat)]
    [InlineData(Dialect.Messages)]
    public void A_streamed_response_ends_with_the_response_that_would_have_come_whole(Dialect spoken)
    {
        var translation = Plain(Dialect.Responses, spoken, stream: true);
        const string Call = """{"id":"c","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}}""";

        var whole = translation.Back(spoken == Dialect.Messages
            ? Message($"{TextBlock("Hi.")},{ToolBlock("c", "look", """{"at":1}""")}", "max_tokens") : Completion($"\"content\":\"Hi.\",\"refusal\":\"No.\",\"tool_calls\":[{Call}]", "length"));
        var streamed = translation.Stream(TranslatingService.Events(spoken == Dialect.Messages
            ? MessageStream("max_tokens", TextDeltas("H", "i."), ToolDeltas("c", "look", """{\"at\":""", "1}"))
            : CompletionStream("length", """{"content":"Hi."}""", """{"refusal":"No."}""", $$"""{"tool_calls":[{{Call}}]}""")));

        Assert.Equal(whole, Data(streamed)[^1].GetProperty("response").GetRawText());
    }

    [Fact]
    public void Usage_is_sent_only_to_a_caller_that_asked_for_it()
    {
        var events = TranslatingService.Events(MessageStream("end_turn", TextDeltas("Hi.")));
        const string Ask = """{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true""";

        Assert.DoesNotContain("\"usage\"", Of(Dialect.Chat, Dialect.Messages, Ask + ""","stream_options":{"include_usage":false}}""").Stream(events), StringComparison.Ordinal);
        var asked = Data(Of(Dialect.Chat, Dialect.Messages, Ask + ""","stream_options":{"include_usage":true}}""").Stream(events));
        Assert.All(asked[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Equal((0, 15), (asked[^1].GetProperty("choices").GetArrayLength(), asked[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32()));
    }

    [Fact]
    public void Text_beside_a_json_answer_is_passed_on_only_if_no_answer_comes()
    {
        var translation = Of(Dialect.Chat, Dialect.Messages, """{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"response_format":{"type":"json_object"}}""");

        var answered = Content(translation.Stream(TranslatingService.Events(MessageStream("tool_use", TextDeltas("Here:"), ToolDeltas("t", "json_answer", "{}")))));
        var declined = Content(translation.Stream(TranslatingService.Events(MessageStream("refusal", TextDeltas("I ", "will not.")))));

        Assert.Equal(("{}", "I will not."), (answered, declined));
    }

    [Theory]
    [InlineData("""{"tool_calls":[{"id":"c1","function":{"name":"look","arguments":"{"}}]}""", """{"tool_calls":[{"id":"c2","function":{"name":"look"}}]}""", """{"tool_calls":[{"id":"c1","function":{"arguments":"}"}}]}""")]
    [InlineData("""{"tool_calls":[{"index":5,"id":"c1","function":{"name":"look","arguments":"{"}},{"index":7,"id":"c2","function":{"name":"look"}}]}""", """{"tool_calls":[{"index":5,"function":{"arguments":"}"}},{"index":7,"function":{"arguments":"{}"}}]}""")]
    public void Calls_are_told_apart_however_a_service_counts_them(params string[] deltas)
    {
        var whole = Data(Plain(Dialect.Responses, Dialect.Chat, stream: true).Stream(TranslatingService.Events(CompletionStream("tool_calls", deltas))))[^1].GetProperty("response");

        Assert.Equal([("c1", "{}"), ("c2", "{}")], whole.GetProperty("output").EnumerateArray().Select(item => (item.GetProperty("call_id").GetString(), item.GetProperty("arguments").GetString())));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Where_the_provider_fails_the_error_is_the_last_event(Dialect asked, Dialect spoken)
    {
        var events = spoken == Dialect.Chat ? CompletionStream("stop", """{"content":"x"}""") : MessageStream("end_turn", TextDeltas("x"));
        const string Error = """{"type":"error","error":{"type":"overloaded_error","message":"Too busy."}}""";
        var translation = Plain(asked, spoken, stream: true);

        foreach (var said in (int[])[0, 2])
        {
            var last = Data(translation.Stream(TranslatingService.Events([.. events[..said], Error, .. events[said..]])))[^1];

            Assert.Equal("Too busy.", (asked == Dialect.Responses ? last.GetProperty("response") : last).GetProperty("error").GetProperty("message").GetString());
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void However_a_stream_is_broken_into_chunks_the_bytes_are_the_same(Dialect asked, Dialect spoken)
    {
        var translation = Plain(asked, spoken, stream: true);
        var expected = translation.Stream(Recorded(spoken));
        byte[][] spellings =
        [
            Encoding.UTF8.GetBytes(Recorded(spoken)),
            Encoding.UTF8.GetBytes("\uFEFF: hello\r\n" + Recorded(spoken).Replace("\n", "\r\n", StringComparison.Ordinal).Replace("data: {", "data: {\r\ndata: ", StringComparison.Ordinal)),
            Encoding.UTF8.GetBytes(Recorded(spoken).Replace("\n", "\r", StringComparison.Ordinal).Replace("data: ", "data:", StringComparison.Ordinal)),
        ];

        Gen.Select(Gen.OneOf([.. spellings.Select(Gen.Const)]), Gen.Int[1, 60].Array[1, 40]).Sample(
            (bytes, sizes) => translation.Stream(Chunks(bytes, sizes)) == expected, iter: 500, threads: 1);
    }

    /// <summary>What was cut stays recognisable as cut: the end is said only if the provider said it.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void Wherever_a_stream_is_cut_nothing_is_invented(Dialect asked, Dialect spoken)
    {
        var translation = Plain(asked, spoken, stream: true);
        var bytes = Encoding.UTF8.GetBytes(Recorded(spoken));
        var whole = translation.Stream([bytes]);
        var end = asked switch { Dialect.Chat => "[DONE]", Dialect.Responses => "event: response.completed", _ => "event: message_stop" };
        Assert.Contains(end, whole, StringComparison.Ordinal);
        var lastData = Encoding.UTF8.GetString(bytes).TrimEnd().Length;

        for (var length = 0; length < bytes.Length; length++)
        {
            var cut = translation.Stream([bytes[..length]]);

            Assert.StartsWith(cut, whole, StringComparison.Ordinal);
            Assert.Equal(Encoding.UTF8.GetCharCount(bytes[..length]) >= lastData, cut.Contains(end, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Dialect.Chat, "data: {\n\n")]
    [InlineData(Dialect.Chat, "data: [DONE]\n\n")]
    [InlineData(Dialect.Chat, "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}}]}\n\n")]
    [InlineData(Dialect.Chat, "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}\n\n")]
    [InlineData(Dialect.Messages, "data: {}\n\n")]
    [InlineData(Dialect.Messages, "data: [DONE]\n\n")]
    [InlineData(Dialect.Messages, "data: {\"type\":\"message_stop\"}\n\n")]
    [InlineData(Dialect.Messages, "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n")]
    public void What_is_not_in_the_providers_format_is_no_stream(Dialect spoken, string events) =>
        Assert.Throws<FormatException>(() => Plain(spoken == Dialect.Chat ? Dialect.Messages : Dialect.Chat, spoken, stream: true).Stream(events));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Whatever_stands_in_an_event_it_is_translated_or_not_in_the_format(Dialect asked, Dialect spoken)
    {
        var events = spoken == Dialect.Messages
            ? MessageStream("tool_use", TextDeltas("a"), ToolDeltas("t", "n", "{}"))
            : CompletionStream("tool_calls", """{"content":"a"}""", """{"refusal":"b"}""", """{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"n","arguments":"{}"}}]}""");
        var translation = Plain(asked, spoken, stream: true);
        var json = events.Index().Where(one => one.Item.StartsWith('{')).ToList();

        Gen.OneOf([.. json.Select(one => HostileJson.Changes(one.Item).Select(changed => (one.Index, Changed: changed)))]).Sample(change =>
        {
            try
            {
                var translated = translation.Stream(string.Concat(events.Select((one, i) => $"data: {(i == change.Index ? change.Changed : one)}\n\n")));
                return Data(translated).Count >= 0;
            }
            catch (FormatException e)
            {
                return e.Message.Length > 0;
            }
        }, iter: 1000, threads: 1);
    }

    [Fact]
    public void A_stream_without_bound_is_given_up()
    {
        var chunk = new byte[1024 * 1024];
        Array.Fill(chunk, (byte)'x');
        var endless = Plain(Dialect.Chat, Dialect.Messages, stream: true).OpenStream();
        var lines = Plain(Dialect.Chat, Dialect.Messages, stream: true).OpenStream();
        var calls = CompletionStream("tool_calls", [.. Enumerable.Range(0, 129).Select(n => $$$"""{"tool_calls":[{"index":{{{n}}},"id":"c{{{n}}}","function":{"name":"n"}}]}""")]);

        Assert.Throws<FormatException>(() => Repeat(endless, chunk, 11)); // one line, beyond an event's bound
        chunk[^1] = (byte)'\n';
        Assert.Throws<FormatException>(() => Repeat(lines, chunk, StreamTranslation.MaxBytes / chunk.Length + 1));
        Assert.Throws<FormatException>(() => Plain(Dialect.Messages, Dialect.Chat, stream: true).Stream(TranslatingService.Events(calls)));
    }

    private static void Repeat(StreamTranslation stream, byte[] chunk, int times)
    {
        for (var n = 0; n < times; n++) stream.Next(chunk);
    }

    /// <summary>A stream with letters of several bytes, and calls that come mixed where the dialect allows it.</summary>
    private static string Recorded(Dialect spoken) => TranslatingService.Events(spoken == Dialect.Messages
        ? MessageStream("tool_use", TextDeltas("Grüß ", "Gött 🏺"), ToolDeltas("t1", "look", """{\"at\":""", """\"Köln\"}"""), ToolDeltas("t2", "look"))
        : CompletionStream(
            "tool_calls", """{"content":"Grüß "}""", """{"content":"Gött 🏺"}""",
            """{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"look","arguments":""}}]}""",
            """{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"look","arguments":"{\"at\":"}}]}""",
            """{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}""", """{"tool_calls":[{"index":1,"function":{"arguments":"\"Köln\"}"}}]}"""));

    private static IEnumerable<byte[]> Chunks(byte[] bytes, int[] sizes)
    {
        for (var (at, n) = (0, 0); at < bytes.Length; n++)
        {
            var size = Math.Min(sizes[n % sizes.Length], bytes.Length - at);
            yield return bytes[at..(at + size)];
            at += size;
        }
    }

    private static List<JsonElement> Data(string events) =>
        [.. events.Split("\n").Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonElement.Parse(line["data: ".Length..]))];

    private static string Content(string chunks) => string.Concat(
        from chunk in Data(chunks)
        from choice in chunk.GetProperty("choices").EnumerateArray()
        select choice.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : "");
}
