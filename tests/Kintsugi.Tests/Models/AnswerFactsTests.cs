using System.Text;
using Kintsugi.Models.Wire;

namespace Kintsugi.Tests.Models;

public class AnswerFactsTests
{
    [Fact]
    public void A_response_is_read_like_a_completion() =>
        Assert.Equal(
            new AnswerFacts("gpt-4o-2024-08-06", 36, 87, "completed", null, IsError: false, IsComplete: true),
            AnswerFacts.OfJson("""{"id":"r","object":"response","status":"completed","error":null,"model":"gpt-4o-2024-08-06","output":[],"usage":{"input_tokens":36,"output_tokens":87}}"""u8));

    [Fact]
    public void A_streamed_response_tells_its_facts_in_its_last_event() =>
        Assert.Equal(
            new AnswerFacts("gpt-4o", 5, 6, "completed", null, IsError: false, IsComplete: true),
            AnswerFacts.OfStream(Encoding.UTF8.GetBytes(
                "event: response.created\r\ndata: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\",\"model\":\"gpt-4o\"}}\r\n\r\n"
                + "event: response.completed\r\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"model\":\"gpt-4o\",\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}}\r\n\r\n")));

    [Fact]
    public void What_OpenAI_had_cached_is_part_of_the_input() =>
        Assert.Equal(
            AnswerFacts.None with { InputTokens = 2_000, OutputTokens = 5, CachedTokens = 1_536 },
            AnswerFacts.OfJson("""{"choices":[{}],"usage":{"prompt_tokens":2000,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":1536,"audio_tokens":0}}}"""u8));

    [Fact]
    public void What_Anthropic_reads_from_and_writes_to_its_cache_is_counted_into_the_input() =>
        Assert.Equal(
            AnswerFacts.None with { InputTokens = 1_650, OutputTokens = 5, CachedTokens = 1_000, CacheWriteTokens = 600, LongCacheWriteTokens = 200 },
            AnswerFacts.OfJson("""{"content":[],"usage":{"input_tokens":50,"cache_read_input_tokens":1000,"cache_creation_input_tokens":600,"cache_creation":{"ephemeral_5m_input_tokens":400,"ephemeral_1h_input_tokens":200},"output_tokens":5}}"""u8));

    [Theory]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":null}]}\n\n", false)]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", true)]
    [InlineData("data: {\"choices\":[]}\n\ndata: [DONE]\n\n", true)]
    [InlineData("data: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\"}}\n\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"half\"}\n\n", false)]
    [InlineData(": keep-alive\n\n", false)]
    [InlineData("data: [DONE]\n\n", false)]
    [InlineData("", false)]
    public void A_stream_is_whole_only_when_its_end_was_sent(string stream, bool whole) =>
        Assert.Equal(whole, AnswerFacts.OfStream(Encoding.UTF8.GetBytes(stream)).IsComplete);

    [Fact]
    public void A_completion_without_a_choice_is_no_answer() =>
        Assert.False(AnswerFacts.OfJson("""{"object":"chat.completion","model":"m","choices":[]}"""u8)!.IsComplete);

    [Fact]
    public void An_error_within_a_stream_is_seen() =>
        Assert.True(AnswerFacts.OfStream("data: {\"choices\":[]}\n\ndata: {\"error\":{\"message\":\"overloaded\"}}\n\n"u8).IsError);

    [Theory]
    [InlineData("""{"model":7,"usage":[1],"choices":[{}],"system_fingerprint":{},"type":[]}""")]
    [InlineData("""{"usage":{"prompt_tokens":-1,"completion_tokens":1e99},"choices":[1,{"finish_reason":{}}]}""")]
    public void Facts_of_the_wrong_kind_are_unknown_not_fatal(string answer) =>
        Assert.Equal(AnswerFacts.None, AnswerFacts.OfJson(Encoding.UTF8.GetBytes(answer)));

    [Fact]
    public void The_long_middle_of_a_stream_need_not_be_read_to_know_who_served_it()
    {
        var middle = string.Concat(Enumerable.Repeat("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n", 100));

        var facts = AnswerFacts.OfStream(Encoding.UTF8.GetBytes("data: {\"model\":\"first\"}\n\n" + middle + "data: [DONE]\n\n"));

        Assert.Equal("first", facts.ServedModel);
    }
}
