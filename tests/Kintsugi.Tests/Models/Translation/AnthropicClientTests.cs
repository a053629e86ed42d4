using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models;
using Anthropic.Models.Messages;
using Kintsugi.Models.Wire;
using static Kintsugi.Tests.Models.Scripts;

namespace Kintsugi.Tests.Models;

/// <summary>Anthropic's own client, which checks every answer against its schema, asking a service that speaks chat completions.</summary>
public class AnthropicClientTests
{
    private static readonly Tool Look = new() { Name = "look", Description = "Looks.", InputSchema = new InputSchema() };

    [Fact]
    public async Task Reads_text_usage_model_and_stop_reason()
    {
        await using var service = await AnsweringAsync(Completion("\"content\":\"Grüß Gott\",\"refusal\":null"));

        var answer = await Client(service).Messages.Create(Ask("hi") with { System = "Be brief." }, Token);

        Assert.Equal("Grüß Gott", Text(answer));
        Assert.Equal((StopReason.EndTurn, "gpt-served", "chatcmpl-1"), (answer.StopReason!.Value(), answer.Model.Raw(), answer.ID));
        Assert.Equal((6, 4, 0, 5, 2), (answer.Usage.InputTokens, answer.Usage.CacheReadInputTokens, answer.Usage.CacheCreationInputTokens, answer.Usage.OutputTokens, answer.Usage.OutputTokensDetails!.ThinkingTokens));
        Assert.Equal("""{"role":"system","content":"Be brief."}""", service.Requests[0].GetProperty("messages")[0].GetRawText());
    }

    [Theory]
    [InlineData("stop", StopReason.EndTurn)]
    [InlineData("length", StopReason.MaxTokens)]
    [InlineData("content_filter", StopReason.Refusal)]
    public async Task Reads_why_the_model_stopped(string finish, StopReason expected)
    {
        await using var service = await TranslatingService.StartAsync(
            Dialect.Chat, TranslatingService.Whole(Completion("\"content\":\"x\"", finish)), TranslatingService.Streamed(CompletionStream(finish, """{"content":"x"}""")));

        var whole = await Client(service).Messages.Create(Ask("hi"), Token);
        var streamed = await CollectAsync(service, Ask("hi"));

        Assert.Equal((expected, expected), (whole.StopReason!.Value(), streamed.Stop));
    }

    [Fact]
    public async Task Makes_a_round_of_tool_calls_with_an_image_at_hand()
    {
        await using var service = await AnsweringAsync(
            Completion("""
                "content":"I look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}},{"id":"call_2","type":"function","function":{"name":"look","arguments":""}}]
                """, "tool_calls"),
            Completion("\"content\":\"a cat\""));
        MessageParam question = new UserMessageParam(new MessageContentParam(new List<ContentBlockParam>
        {
            new TextBlockParam("What is this?"), new ImageBlockParam(new Base64ImageSource { Data = "AQID", MediaType = MediaType.ImagePng }),
        }));
        var ask = Ask("") with { Messages = [question], Tools = [Look], ToolChoice = new ToolChoiceAny() };

        var first = await Client(service).Messages.Create(ask, Token);
        var calls = first.Content.Select(block => block.Value).OfType<ToolUseBlock>().ToList();
        MessageParam said = new AssistantMessageParam(new MessageContentParam(
            [new TextBlockParam("I look."), .. calls.Select(call => new ToolUseBlockParam { ID = call.ID, Name = call.Name, Input = call.Input })]));
        MessageParam results = new UserMessageParam(new MessageContentParam([.. calls.Select(call => new ToolResultBlockParam(call.ID) { Content = "a cat" })]));
        var second = await Client(service).Messages.Create(ask with { Messages = [question, said, results], ToolChoice = null }, Token);

        Assert.Equal(StopReason.ToolUse, first.StopReason!.Value());
        Assert.Equal([("call_1", "look", 1), ("call_2", "look", 0)], calls.Select(call => (call.ID, call.Name, call.Input.Count)));
        Assert.Equal(1, calls[0].Input["at"].GetInt32());
        Assert.Equal("a cat", Text(second));
        Assert.Equal("data:image/png;base64,AQID", service.Requests[0].GetProperty("messages")[0].GetProperty("content")[1].GetProperty("image_url").GetProperty("url").GetString());
        Assert.Equal("required", service.Requests[0].GetProperty("tool_choice").GetString());
        Assert.Equal(["user", "assistant", "tool", "tool"], service.Requests[1].GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString()));
    }

    [Fact]
    public async Task Streams_text_and_tool_calls_that_came_mixed_one_after_the_other()
    {
        await using var service = await TranslatingService.StartAsync(Dialect.Chat, TranslatingService.Streamed(CompletionStream(
            "tool_calls", """{"content":"Grü"}""", """{"content":"ß Gott"}""",
            """{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"look","arguments":""}},{"index":1,"id":"call_2","type":"function","function":{"name":"look","arguments":"{\"at\":"}}]}""",
            """{"tool_calls":[{"index":0,"function":{"arguments":"{\"at\":1}"}}]}""",
            """{"tool_calls":[{"index":1,"function":{"arguments":"2}"}}]}""")));

        var answer = await CollectAsync(service, Ask("hi") with { Tools = [Look] });

        Assert.Equal(["text: Grüß Gott", """call_1 look: {"at":1}""", """call_2 look: {"at":2}"""], answer.Blocks);
        Assert.Equal((StopReason.ToolUse, 6, 4, 5), (answer.Stop, answer.Usage!.InputTokens, answer.Usage.CacheReadInputTokens, answer.Usage.OutputTokens));
        Assert.True(service.Requests[0].GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
    }

    [Fact]
    public async Task Gets_the_json_that_it_asked_for()
    {
        await using var service = await AnsweringAsync(Completion("""
            "content":"{\"a\":1}"
            """));
        var format = new JsonOutputFormat { Schema = new Dictionary<string, JsonElement> { ["type"] = JsonElement.Parse("\"object\"") } };

        var answer = await Client(service).Messages.Create(Ask("hi") with { OutputConfig = new OutputConfig { Format = format } }, Token);

        Assert.Equal("""{"a":1}""", Text(answer));
        Assert.Equal("json_schema", service.Requests[0].GetProperty("response_format").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Reads_words_of_refusal_as_a_refusal()
    {
        await using var service = await AnsweringAsync(Completion("\"content\":null,\"refusal\":\"I will not.\""));

        var answer = await Client(service).Messages.Create(Ask("hi"), Token);

        Assert.Equal(("I will not.", StopReason.Refusal), (Text(answer), answer.StopReason!.Value()));
    }

    [Theory]
    [InlineData(400, ErrorType.InvalidRequestError)]
    [InlineData(401, ErrorType.AuthenticationError)]
    [InlineData(403, ErrorType.PermissionError)]
    [InlineData(404, ErrorType.NotFoundError)]
    [InlineData(429, ErrorType.RateLimitError)]
    [InlineData(500, ErrorType.ApiError)]
    [InlineData(503, ErrorType.OverloadedError)]
    [InlineData(504, ErrorType.TimeoutError)]
    public async Task Reads_an_error(int status, ErrorType type)
    {
        await using var service = await TranslatingService.StartAsync(
            Dialect.Chat, TranslatingService.Whole("""{"error":{"message":"Not so.","type":"any","param":null,"code":"word"}}""", status));

        var error = await Assert.ThrowsAnyAsync<AnthropicApiException>(() => Client(service).Messages.Create(Ask("hi"), Token));

        Assert.Equal((status, type, "Not so."), ((int)error.StatusCode, error.Type!.Value(), error.ApiMessage));
    }

    [Fact]
    public async Task Reads_an_error_within_a_stream()
    {
        await using var service = await TranslatingService.StartAsync(Dialect.Chat, TranslatingService.Streamed(
            [.. CompletionStream("stop", """{"content":"x"}""")[..2], """{"error":{"message":"Too much.","type":"rate_limit_error"}}"""]));

        var error = await Assert.ThrowsAnyAsync<AnthropicSseException>(() => CollectAsync(service, Ask("hi")));

        Assert.Equal((ErrorType.RateLimitError, "Too much."), (error.Type!.Value(), error.ApiMessage));
    }

    [Fact]
    public async Task Is_told_why_its_request_cannot_be_carried()
    {
        await using var service = await AnsweringAsync();

        var error = await Assert.ThrowsAnyAsync<AnthropicApiException>(
            () => Client(service).Messages.Create(Ask("hi") with { Thinking = new ThinkingConfigEnabled(1024) }, Token));

        Assert.Contains("'thinking'", error.ApiMessage, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MessageCreateParams Ask(string text) => new() { Model = "gpt-5", MaxTokens = 100, Messages = [new UserMessageParam(text)] };

    private static string Text(Message message) => string.Concat(message.Content.Select(block => block.Value).OfType<TextBlock>().Select(block => block.Text));

    private static Task<TranslatingService> AnsweringAsync(params string[] bodies) =>
        TranslatingService.StartAsync(Dialect.Chat, [.. bodies.Select(body => TranslatingService.Whole(body))]);

    private static AnthropicClient Client(TranslatingService service) =>
        new() { ApiKey = "placeholder", BaseUrl = service.Url.ToString().TrimEnd('/'), MaxRetries = 0, ResponseValidation = true };

    private static async Task<Collected> CollectAsync(TranslatingService service, MessageCreateParams ask)
    {
        var blocks = new List<StringBuilder>();
        var collected = new Collected();
        var isStopped = false;
        await foreach (var one in Client(service).Messages.CreateStreaming(ask, Token))
        {
            one.Validate();
            if (one.TryPickContentBlockStart(out var start))
            {
                Assert.Equal(blocks.Count, start.Index);
                blocks.Add(new StringBuilder(start.ContentBlock.TryPickToolUse(out var tool) ? $"{tool.ID} {tool.Name}: " : "text: "));
            }
            else if (one.TryPickContentBlockDelta(out var delta))
            {
                Assert.Equal(blocks.Count - 1, delta.Index);
                blocks[^1].Append(delta.Delta.TryPickText(out var text) ? text.Text : delta.Delta.TryPickInputJson(out var input) ? input.PartialJson : "?");
            }
            else if (one.TryPickDelta(out var end)) collected = collected with { Stop = end.Delta.StopReason!.Value(), Usage = end.Usage };
            isStopped |= one.TryPickStop(out _);
        }
        Assert.True(isStopped);
        return collected with { Blocks = [.. blocks.Select(block => block.ToString())] };
    }

    private sealed record Collected(IReadOnlyList<string> Blocks = null!, StopReason Stop = default, MessageDeltaUsage? Usage = null);
}
