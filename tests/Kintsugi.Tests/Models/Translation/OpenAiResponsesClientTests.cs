#pragma warning disable OPENAI001 // The client for responses is marked as experimental; it is the only official one.
using System.ClientModel;
using System.ClientModel.Primitives;
using Kintsugi.Models.Wire;
using OpenAI.Responses;
using static Kintsugi.Tests.Models.Scripts;

namespace Kintsugi.Tests.Models;

/// <summary>OpenAI's own client for responses, asking services that speak chat completions and Anthropic messages.</summary>
public class OpenAiResponsesClientTests
{
    private static readonly ResponseTool Look = ResponseTool.CreateFunctionTool("look", BinaryData.FromString("""{"type":"object"}"""), strictModeEnabled: false, "Looks.");

    public static TheoryData<Dialect> Spoken => [Dialect.Chat, Dialect.Messages];

    [Theory]
    [MemberData(nameof(Spoken))]
    public async Task Reads_text_usage_model_and_status(Dialect spoken)
    {
        await using var service = await TranslatingService.StartAsync(
            spoken, TranslatingService.Whole(spoken == Dialect.Chat ? Completion("\"content\":\"Grüß Gott\"") : Message(TextBlock("Grüß Gott"))));

        ResponseResult answer = await Client(service).CreateResponseAsync(
            new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem("hi")]) { Instructions = "Be brief.", MaxOutputTokenCount = 50, Tools = { Look } }, Token);

        Assert.Equal("Grüß Gott", answer.GetOutputText());
        Assert.Equal((ResponseStatus.Completed, spoken == Dialect.Chat ? "gpt-served" : "claude-served"), (answer.Status, answer.Model));
        Assert.Equal((10, 4, 5), (answer.Usage.InputTokenCount, answer.Usage.InputTokenDetails.CachedTokenCount, answer.Usage.OutputTokenCount));
        Assert.Equal((50, "look"), (answer.MaxOutputTokenCount, ((FunctionTool)Assert.Single(answer.Tools)).FunctionName));
    }

    [Theory]
    [MemberData(nameof(Spoken))]
    public async Task Makes_a_round_of_tool_calls(Dialect spoken)
    {
        await using var service = await TranslatingService.StartAsync(spoken, [.. (spoken == Dialect.Chat
            ? new[] { Completion("\"content\":null,\"tool_calls\":[" + ChatCall("call_1", """{\"at\":1}""") + "," + ChatCall("call_2", "") + "]", "tool_calls"), Completion("\"content\":\"a cat\"") }
            : [Message($"{ToolBlock("call_1", "look", """{"at":1}""")},{ToolBlock("call_2", "look", "{}")}", "tool_use"), Message(TextBlock("a cat"))])
            .Select(body => TranslatingService.Whole(body))]);
        List<ResponseItem> items = [ResponseItem.CreateUserMessageItem(
            [ResponseContentPart.CreateInputTextPart("What is this?"), ResponseContentPart.CreateInputImagePart(BinaryData.FromBytes([1, 2, 3], "image/png"))])];

        ResponseResult first = await Client(service).CreateResponseAsync(new CreateResponseOptions("m", items) { Tools = { Look } }, Token);
        var calls = first.OutputItems.OfType<FunctionCallResponseItem>().ToList();
        items.AddRange(first.OutputItems);
        items.AddRange(calls.Select(call => ResponseItem.CreateFunctionCallOutputItem(call.CallId, "a cat")));
        ResponseResult second = await Client(service).CreateResponseAsync(new CreateResponseOptions("m", items) { Tools = { Look } }, Token);

        Assert.Equal([("call_1", "look", """{"at":1}"""), ("call_2", "look", "{}")], calls.Select(call => (call.CallId, call.FunctionName, call.FunctionArguments.ToString())));
        Assert.Equal("a cat", second.GetOutputText());
        Assert.Contains("AQID", service.Requests[0].GetProperty("messages")[0].GetRawText(), StringComparison.Ordinal);
        Assert.Contains("\"call_2\"", service.Requests[1].GetProperty("messages")[1].GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Spoken))]
    public async Task Streams_text_and_parallel_tool_calls(Dialect spoken)
    {
        await using var service = await TranslatingService.StartAsync(spoken, TranslatingService.Streamed(spoken == Dialect.Chat
            ? CompletionStream(
                "tool_calls", """{"content":"Grü"}""", """{"content":"ß Gott"}""",
                """{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"look","arguments":""}}]}""",
                """{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"look","arguments":"{"}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"{\"at\":1}"}},{"index":1,"function":{"arguments":"}"}}]}""")
            : MessageStream("tool_use", TextDeltas("Grü", "ß Gott"), ToolDeltas("call_1", "look", """{\"at\":""", "1}"), ToolDeltas("call_2", "look", ""))));

        var updates = await UpdatesAsync(service, new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem("hi")]) { Tools = { Look }, StreamingEnabled = true });

        Assert.Equal("Grüß Gott", string.Concat(updates.OfType<StreamingResponseOutputTextDeltaUpdate>().Select(update => update.Delta)));
        Assert.Equal("Grüß Gott", Assert.Single(updates.OfType<StreamingResponseOutputTextDoneUpdate>()).Text);
        Assert.Equal(["""{"at":1}""", "{}"], updates.OfType<StreamingResponseFunctionCallArgumentsDoneUpdate>().Select(update => update.FunctionArguments.ToString()));
        var whole = Assert.IsType<StreamingResponseCompletedUpdate>(updates[^1]).Response;
        Assert.Equal("Grüß Gott", whole.GetOutputText());
        Assert.Equal([("call_1", """{"at":1}"""), ("call_2", "{}")], whole.OutputItems.OfType<FunctionCallResponseItem>().Select(call => (call.CallId, call.FunctionArguments.ToString())));
        Assert.Equal((10, 4, 5), (whole.Usage.InputTokenCount, whole.Usage.InputTokenDetails.CachedTokenCount, whole.Usage.OutputTokenCount));
        Assert.Equal(Enumerable.Range(0, updates.Count), updates.Select(update => update.SequenceNumber));
    }

    [Theory]
    [InlineData(Dialect.Chat, "length", "max_output_tokens")]
    [InlineData(Dialect.Chat, "content_filter", "content_filter")]
    [InlineData(Dialect.Messages, "max_tokens", "max_output_tokens")]
    [InlineData(Dialect.Messages, "refusal", "content_filter")]
    public async Task Reads_why_an_answer_is_incomplete(Dialect spoken, string reason, string expected)
    {
        await using var service = await TranslatingService.StartAsync(
            spoken,
            TranslatingService.Whole(spoken == Dialect.Chat ? Completion("\"content\":\"x\"", reason) : Message(TextBlock("x"), reason)),
            TranslatingService.Streamed(spoken == Dialect.Chat ? CompletionStream(reason, """{"content":"x"}""") : MessageStream(reason, TextDeltas("x"))));

        ResponseResult whole = await Client(service).CreateResponseAsync("m", "hi", cancellationToken: Token);
        var last = (await UpdatesAsync(service, new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem("hi")]) { StreamingEnabled = true }))[^1];

        Assert.Equal((ResponseStatus.Incomplete, expected), (whole.Status, whole.IncompleteStatusDetails.Reason.ToString()));
        Assert.Equal(expected, Assert.IsType<StreamingResponseIncompleteUpdate>(last).Response.IncompleteStatusDetails.Reason.ToString());
    }

    [Theory]
    [MemberData(nameof(Spoken))]
    public async Task Gets_the_json_that_it_asked_for(Dialect spoken)
    {
        await using var service = await TranslatingService.StartAsync(spoken, TranslatingService.Whole(
            spoken == Dialect.Chat ? Completion("""
                "content":"{\"a\":1}"
                """) : Message(ToolBlock("t", "json_answer", """{"a":1}"""), "tool_use")));
        var text = new ResponseTextOptions { TextFormat = ResponseTextFormat.CreateJsonSchemaFormat("n", BinaryData.FromString("""{"type":"object"}"""), jsonSchemaIsStrict: true) };

        ResponseResult answer = await Client(service).CreateResponseAsync(new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem("hi")]) { TextOptions = text }, Token);

        Assert.Equal("""{"a":1}""", answer.GetOutputText());
        Assert.Equal(ResponseStatus.Completed, answer.Status);
    }

    [Theory]
    [InlineData(Dialect.Chat, """{"error":{"message":"Too much.","type":"server_error","code":"rate_limit_exceeded"}}""")]
    [InlineData(Dialect.Messages, """{"type":"error","error":{"type":"rate_limit_error","message":"Too much."}}""")]
    public async Task Reads_an_error_within_a_stream(Dialect spoken, string error)
    {
        var events = spoken == Dialect.Chat ? CompletionStream("stop", """{"content":"x"}""")[..2] : MessageStream("end_turn", TextDeltas("x"))[..4];
        await using var service = await TranslatingService.StartAsync(spoken, TranslatingService.Streamed([.. events, error]));

        var updates = await UpdatesAsync(service, new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem("hi")]) { StreamingEnabled = true });

        var failed = Assert.IsType<StreamingResponseFailedUpdate>(updates[^1]).Response;
        Assert.Equal((ResponseStatus.Failed, "rate_limit_exceeded", "Too much."), (failed.Status, failed.Error.Code.ToString(), failed.Error.Message));
    }

    [Theory]
    [MemberData(nameof(Spoken))]
    public async Task Reads_an_error(Dialect spoken)
    {
        await using var service = await TranslatingService.StartAsync(
            spoken, TranslatingService.Whole("""{"type":"error","error":{"type":"not_found_error","message":"No such model."}}""", 404));

        var error = await Assert.ThrowsAsync<ClientResultException>(() => Client(service).CreateResponseAsync("m", "hi", cancellationToken: Token));

        Assert.Equal(404, error.Status);
        Assert.Contains("No such model.", error.Message, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string ChatCall(string id, string arguments) => $$$"""{"id":"{{{id}}}","type":"function","function":{"name":"look","arguments":"{{{arguments}}}"} }""";

    private static ResponsesClient Client(TranslatingService service) =>
        new(new ApiKeyCredential("placeholder"), new ResponsesClientOptions { Endpoint = new Uri(service.Url, "v1"), RetryPolicy = new ClientRetryPolicy(0) });

    private static async Task<List<StreamingResponseUpdate>> UpdatesAsync(TranslatingService service, CreateResponseOptions options)
    {
        var updates = new List<StreamingResponseUpdate>();
        await foreach (var update in await Client(service).CreateResponseStreamingAsync(options, Token)) updates.Add(update);
        return updates;
    }
}
