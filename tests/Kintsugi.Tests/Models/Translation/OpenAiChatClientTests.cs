using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using Kintsugi.Models.Wire;
using OpenAI;
using OpenAI.Chat;
using static Kintsugi.Tests.Models.Scripts;

namespace Kintsugi.Tests.Models;

/// <summary>OpenAI's own client, asking a service that speaks Anthropic messages.</summary>
public class OpenAiChatClientTests
{
    private static readonly ChatTool Look = ChatTool.CreateFunctionTool("look", "Looks.", BinaryData.FromString("""{"type":"object","properties":{"at":{"type":"integer"}}}"""));

    [Fact]
    public async Task Reads_text_usage_model_and_finish_reason()
    {
        await using var service = await AnsweringAsync(Message($"{TextBlock("Grüß ")},{TextBlock("Gott")}"));

        ChatCompletion answer = await Client(service).CompleteChatAsync([new SystemChatMessage("Be brief."), new UserChatMessage("hi")], cancellationToken: Token);

        Assert.Equal("Grüß Gott", Assert.Single(answer.Content).Text);
        Assert.Equal((ChatFinishReason.Stop, "claude-served", "msg_1"), (answer.FinishReason, answer.Model, answer.Id));
        Assert.Equal((10, 4, 5, 15), (answer.Usage.InputTokenCount, answer.Usage.InputTokenDetails.CachedTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount));
        Assert.Equal("Be brief.", service.Requests[0].GetProperty("system")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("end_turn", ChatFinishReason.Stop)]
    [InlineData("stop_sequence", ChatFinishReason.Stop)]
    [InlineData("max_tokens", ChatFinishReason.Length)]
    [InlineData("model_context_window_exceeded", ChatFinishReason.Length)]
    [InlineData("pause_turn", ChatFinishReason.Length)]
    [InlineData("refusal", ChatFinishReason.ContentFilter)]
    public async Task Reads_why_the_model_stopped(string reason, ChatFinishReason expected)
    {
        await using var service = await TranslatingService.StartAsync(
            Dialect.Messages, TranslatingService.Whole(Message(TextBlock("x"), reason)), TranslatingService.Streamed(MessageStream(reason, TextDeltas("x"))));

        ChatCompletion whole = await Client(service).CompleteChatAsync([new UserChatMessage("hi")], cancellationToken: Token);
        var streamed = await CollectAsync(service, [new UserChatMessage("hi")], new());

        Assert.Equal((expected, expected), (whole.FinishReason, streamed.Finish));
    }

    [Fact]
    public async Task Makes_a_round_of_tool_calls_with_an_image_at_hand()
    {
        await using var service = await AnsweringAsync(
            Message($"{TextBlock("I look.")},{ToolBlock("toolu_1", "look", """{"at":1}""")},{ToolBlock("toolu_2", "look", "{}")}", "tool_use"), Message(TextBlock("a cat")));
        List<ChatMessage> messages =
            [new UserChatMessage(ChatMessageContentPart.CreateTextPart("What is this?"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes([1, 2, 3]), "image/png"))];

        ChatCompletion first = await Client(service).CompleteChatAsync(messages, new() { Tools = { Look }, ToolChoice = ChatToolChoice.CreateRequiredChoice() }, Token);
        messages.Add(new AssistantChatMessage(first));
        messages.AddRange(first.ToolCalls.Select(call => new ToolChatMessage(call.Id, "a cat")));
        ChatCompletion second = await Client(service).CompleteChatAsync(messages, new() { Tools = { Look } }, Token);

        Assert.Equal(ChatFinishReason.ToolCalls, first.FinishReason);
        Assert.Equal(
            [("toolu_1", "look", """{"at":1}"""), ("toolu_2", "look", "{}")],
            first.ToolCalls.Select(call => (call.Id, call.FunctionName, call.FunctionArguments.ToString())));
        Assert.Equal("a cat", second.Content[0].Text);
        Assert.Equal("""{"type":"base64","media_type":"image/png","data":"AQID"}""", service.Requests[0].GetProperty("messages")[0].GetProperty("content")[1].GetProperty("source").GetRawText());
        Assert.Equal("""{"type":"any"}""", service.Requests[0].GetProperty("tool_choice").GetRawText());
        Assert.Equal(
            """[{"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_1","name":"look","input":{"at":1}},{"type":"tool_use","id":"toolu_2","name":"look","input":{}}]""",
            service.Requests[1].GetProperty("messages")[1].GetProperty("content").GetRawText());
    }

    [Fact]
    public async Task Streams_text_and_parallel_tool_calls()
    {
        await using var service = await StreamingAsync(MessageStream(
            "tool_use", TextDeltas("Grü", "ß Gott"), ToolDeltas("toolu_1", "look", "", """{\"at\":""", " 1}"), ToolDeltas("toolu_2", "look", "")));

        var answer = await CollectAsync(service, [new UserChatMessage("hi")], new() { Tools = { Look } });

        Assert.Equal("Grüß Gott", answer.Text);
        Assert.Equal([("toolu_1", "look", """{"at": 1}"""), ("toolu_2", "look", "{}")], answer.Calls);
        Assert.Equal(ChatFinishReason.ToolCalls, answer.Finish);
        Assert.Equal((10, 4, 5), (answer.Usage!.InputTokenCount, answer.Usage.InputTokenDetails.CachedTokenCount, answer.Usage.OutputTokenCount)); // this client always asks for it
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gets_the_json_that_it_asked_for_as_text(bool streamed)
    {
        var options = new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("city", BinaryData.FromString("""{"type":"object"}"""), jsonSchemaIsStrict: true) };
        await using var service = await TranslatingService.StartAsync(Dialect.Messages, streamed
            ? TranslatingService.Streamed(MessageStream("tool_use", TextDeltas("Here it is."), ToolDeltas("toolu_1", "json_answer", """{\"name\":""", """\"Köln\"}""")))
            : TranslatingService.Whole(Message($"{TextBlock("Here it is.")},{ToolBlock("toolu_1", "json_answer", """{"name":"Köln"}""")}", "tool_use")));

        if (streamed)
        {
            var answer = await CollectAsync(service, [new UserChatMessage("hi")], options);
            Assert.Equal(("""{"name":"Köln"}""", ChatFinishReason.Stop, 0), (answer.Text, answer.Finish, answer.Calls.Count));
        }
        else
        {
            ChatCompletion answer = await Client(service).CompleteChatAsync([new UserChatMessage("hi")], options, Token);
            Assert.Equal(("""{"name":"Köln"}""", ChatFinishReason.Stop, 0), (answer.Content[0].Text, answer.FinishReason, answer.ToolCalls.Count));
        }
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(529, "overloaded_error")]
    public async Task Reads_an_error(int status, string type)
    {
        await using var service = await TranslatingService.StartAsync(
            Dialect.Messages, TranslatingService.Whole($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"Not so."},"request_id":"r"}""", status));

        var error = await Assert.ThrowsAsync<ClientResultException>(() => Client(service).CompleteChatAsync([new UserChatMessage("hi")], cancellationToken: Token));

        Assert.Equal(status, error.Status);
        Assert.Contains("Not so.", error.Message, StringComparison.Ordinal);
        Assert.Contains(type, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_told_why_its_request_cannot_be_carried()
    {
        await using var service = await AnsweringAsync();

        var error = await Assert.ThrowsAsync<ClientResultException>(() => Client(service).CompleteChatAsync([new UserChatMessage("hi")], new() { FrequencyPenalty = 0.5f }, Token));

        Assert.Equal(400, error.Status);
        Assert.Contains("'frequency_penalty'", error.Message, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<TranslatingService> AnsweringAsync(params string[] bodies) =>
        TranslatingService.StartAsync(Dialect.Messages, [.. bodies.Select(body => TranslatingService.Whole(body))]);

    private static Task<TranslatingService> StreamingAsync(string[] events) => TranslatingService.StartAsync(Dialect.Messages, TranslatingService.Streamed(events));

    private static ChatClient Client(TranslatingService service) =>
        new("claude", new ApiKeyCredential("placeholder"), new OpenAIClientOptions { Endpoint = new Uri(service.Url, "v1"), RetryPolicy = new ClientRetryPolicy(0) });

    private static async Task<Collected> CollectAsync(TranslatingService service, IEnumerable<ChatMessage> messages, ChatCompletionOptions options)
    {
        var text = new StringBuilder();
        var calls = new SortedDictionary<int, (string Id, string Name, string Arguments)>();
        var collected = new Collected();
        await foreach (var update in Client(service).CompleteChatStreamingAsync(messages, options, Token))
        {
            foreach (var part in update.ContentUpdate) text.Append(part.Text);
            foreach (var call in update.ToolCallUpdates)
            {
                var known = calls.GetValueOrDefault(call.Index);
                calls[call.Index] = (call.ToolCallId ?? known.Id, call.FunctionName ?? known.Name, known.Arguments + call.FunctionArgumentsUpdate);
            }
            collected = collected with { Finish = update.FinishReason ?? collected.Finish, Usage = update.Usage ?? collected.Usage };
        }
        return collected with { Text = text.ToString(), Calls = [.. calls.Values] };
    }

    private sealed record Collected(string Text = "", IReadOnlyList<(string Id, string Name, string Arguments)> Calls = null!, ChatFinishReason? Finish = null, ChatTokenUsage? Usage = null);
}
