using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Wire;

namespace Kintsugi.Tests.Models;

public class AnswerWordsTests
{
    [Theory]
    [InlineData("""{"id":"x1","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hot","refusal":null},"finish_reason":"stop"}],"usage":{"total_tokens":9}}""", "hot")]
    [InlineData("""{"id":"x","choices":[{"message":{"content":null,"tool_calls":[{"id":"call_9","type":"function","function":{"name":"lookup","arguments":"{\"id\":7}"}}]}}]}""", "lookup{\"id\":7}")]
    [InlineData("""{"id":"msg_1","type":"message","content":[{"type":"text","text":"hot"},{"type":"tool_use","id":"toolu_1","name":"lookup","input":{"id":7}}],"stop_reason":"tool_use"}""", "hotlookup{\"id\":7}")]
    [InlineData("""{"id":"resp_1","instructions":"be brief","tools":[{"name":"lookup"}],"output":[{"type":"message","id":"m1","content":[{"type":"output_text","text":"hot"}]}]}""", "hot")]
    public void What_was_said_is_told_without_ids_times_and_counts(string body, string said) => Assert.Equal(said, AnswerWords.Of(Json(body)));

    [Fact]
    public void A_stream_says_the_same_however_it_is_cut()
    {
        var fine = AnswerWords.Of(Stream("""{"choices":[{"delta":{"content":"h"}}]}""", """{"choices":[{"delta":{"content":"ot"}}]}""", "[DONE]"));
        var coarse = AnswerWords.Of(Stream("""{"id":"y","choices":[{"delta":{"role":"assistant"}}]}""", """{"choices":[{"delta":{"content":"hot"}}]}""", "[DONE]"));

        Assert.Equal("hot", fine);
        Assert.Equal(fine, coarse);
    }

    [Fact]
    public void Streams_of_messages_and_responses_are_read_once_over()
    {
        Assert.Equal("hotlookup{\"id\":7}", AnswerWords.Of(Stream(
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hot"}}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"lookup"}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"id\":7}"}}""")));
        Assert.Equal("hot", AnswerWords.Of(Stream(
            """{"type":"response.output_text.delta","item_id":"m1","delta":"h"}""", """{"type":"response.output_text.delta","item_id":"m1","delta":"ot"}""",
            """{"type":"response.output_text.done","text":"hot"}""", """{"type":"response.completed","response":{"output":[{"content":[{"text":"hot"}]}]}}""")));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"choices":[{"message":{"content":"\uD800"}}]}""")]
    public void What_cannot_be_read_says_nothing(string body) => Assert.Null(AnswerWords.Of(Json(body)));

    [Fact]
    public void A_refusal_of_the_provider_is_no_answer_and_an_endless_answer_is_cut()
    {
        Assert.Null(AnswerWords.Of(Json("""{"error":{"message":"no"}}""", 400)));
        Assert.Equal(4_000, AnswerWords.Of(Json($$$"""{"choices":[{"message":{"content":"{{{new string('x', 100_000)}}}"}}]}"""))!.Length);
    }

    private static ModelAnswer Json(string body, int status = 200) => new(status, "application/json", Encoding.UTF8.GetBytes(body));

    private static ModelAnswer Stream(params string[] events) => new(200, "text/event-stream", Encoding.UTF8.GetBytes(string.Concat(events.Select(e => $"data: {e}\n\n"))));
}
