using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;

namespace Kintsugi.Tests.Models.Budgets;

public class RequestBoundsTests
{
    private static RequestBounds Of(string body, string path = "/v1/chat/completions") => RequestBounds.Of(new ModelRequest(path, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_token_is_a_byte_at_least()
    {
        const string body = """{"model":"m","messages":[{"role":"user","content":"naïve"}]}""";

        Assert.Equal(new RequestBounds("m", Encoding.UTF8.GetByteCount(body), null, 1, 1), Of(body));
    }

    [Theory]
    [InlineData("""{"max_tokens":100}""", 100L)]
    [InlineData("""{"max_completion_tokens":100}""", 100L)]
    [InlineData("""{"max_output_tokens":100}""", 100L)]
    [InlineData("""{"max_tokens":100,"max_completion_tokens":300}""", 300L)] // which of them is honoured differs by service
    [InlineData("""{"max_tokens":99.5}""", 100L)]
    [InlineData("""{"max_tokens":1e300}""", 1_000_000_000L)]
    [InlineData("""{"max_tokens":-5}""", null)]
    [InlineData("""{"max_tokens":"100"}""", null)]
    [InlineData("""{"max_tokens":null}""", null)]
    [InlineData("""{"metadata":{"max_tokens":100}}""", null)]
    public void The_output_is_bounded_by_what_the_request_says(string body, long? expected) => Assert.Equal(expected, Of(body).OutputTokens);

    [Fact]
    public void Embeddings_have_no_output() => Assert.Equal(0, Of("""{"model":"m","input":"x"}""", "/v1/embeddings").OutputTokens);

    [Theory]
    [InlineData("""{"n":5}""", 5)]
    [InlineData("""{"n":2,"best_of":4}""", 4)]
    [InlineData("""{"n":0}""", 1)]
    [InlineData("""{"n":1e99}""", 1_000)]
    public void Several_answers_are_counted(string body, int expected) => Assert.Equal(expected, Of(body).Answers);

    [Theory]
    [InlineData("""{"c":[{"type":"image_url","image_url":{"url":"data:image/png;base64,#"}}]}""", 1)]
    [InlineData("""{"c":[{"type":"image_url","image_url":{"url":"data:image\/png;base64,#"}}]}""", 1)]
    [InlineData("""{"c":[{"type":"input_image","image_url":"data:image/png;base64,#"},{"type":"input_image","image_url":"data:image/png;base64,#"}]}""", 2)]
    [InlineData("""{"c":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"#"}}]}""", 1)]
    [InlineData("""{"c":[{"type":"image","source":{"data":"#","type":"base64","media_type":"image/png"}}]}""", 1)]
    [InlineData("""{"c":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}""", 1)]
    [InlineData("""{"c":[{"type":"computer_screenshot","image_url":"data:image/png;base64,#"}]}""", 1)]
    public void An_image_counts_as_an_image_not_by_its_bytes(string body, int images)
    {
        var bytes = Of(body.Replace("#", new string('A', 1_000_000), StringComparison.Ordinal)).InputTokens;

        Assert.InRange(bytes, images * RequestBounds.ImageTokens, (images * RequestBounds.ImageTokens) + 200);
    }

    [Theory]
    [InlineData("""{"c":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"#"}}]}""")]
    [InlineData("""{"c":[{"type":"input_audio","input_audio":{"data":"#","format":"mp3"}}]}""")]
    [InlineData("""{"c":"#"}""")]
    public void Anything_else_counts_by_its_bytes(string body) =>
        Assert.Equal(body.Length + 999, Of(body.Replace("#", new string('A', 1_000), StringComparison.Ordinal)).InputTokens);

    [Theory]
    [InlineData("""{"a":"b"}""", 1)]
    [InlineData("""{"system":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}""", 1.25)]
    [InlineData("""{"system":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl":"1h"}}]}""", 2)]
    public void Input_that_is_to_be_cached_may_cost_more(string body, double expected) => Assert.Equal((decimal)expected, Of(body).Caching);

    [Fact]
    public void Providers_add_an_instruction_to_a_request_with_tools() => Assert.Equal("""{"tools":[]}""".Length + RequestBounds.ToolTokens, Of("""{"tools":[]}""").InputTokens);
}
