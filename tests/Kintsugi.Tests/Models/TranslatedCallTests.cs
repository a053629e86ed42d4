using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers.Simulated;
using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

/// <summary>Calls whose provider speaks another format than the one that was asked in, through the whole gateway.</summary>
public class TranslatedCallTests
{
    private const string MessagesAnswer =
        """{"id":"m1","type":"message","role":"assistant","model":"stub-1-2026","content":[{"type":"text","text":"yes"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1000,"output_tokens":100}}""";

    private static readonly string[] MessagesStream =
    [
        Event("message_start", """{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"stub-1-2026","content":[],"stop_reason":null,"usage":{"input_tokens":1000,"output_tokens":1}}}"""),
        Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"yes"}}"""),
        Event("content_block_stop", """{"type":"content_block_stop","index":0}"""),
        Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":100}}"""),
        Event("message_stop", """{"type":"message_stop"}"""),
    ];

    [Fact]
    public async Task A_chat_is_asked_of_Anthropic_in_its_own_words_and_with_its_own_headers()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, MessagesAnswer));
        await using var rig = GatewayRig.Of(Anthropic, service.Url);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        var request = Assert.Single(service.Requests);
        Assert.Equal("/v1/messages", request.Path);
        Assert.Equal((GatewayRig.Key, "2023-06-01", ""), (request.Headers["x-api-key"], request.Headers["anthropic-version"], request.Authorization));
        Assert.Contains("\"max_tokens\":", request.Body, StringComparison.Ordinal);
        Assert.Contains("\"choices\"", answer.Text(), StringComparison.Ordinal);
        var call = Assert.Single(calls.Calls);
        Assert.Equal((1000, 100, "stop", null), (call.InputTokens, call.OutputTokens, call.FinishReason, call.Fault));
    }

    [Fact]
    public async Task A_healthy_fallback_of_another_format_answers_for_one_that_is_down()
    {
        await using var first = await StubService.StartAsync(StubService.Fails(503));
        await using var second = await StubService.StartAsync(StubService.Json(200, MessagesAnswer));
        await using var rig = GatewayRig.Of(SecondIsAnthropic, first.Url, second.Url);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(model: "stub-1-2026"), calls);

        Assert.Equal(200, answer.Status);
        Assert.Equal(("p1", null), (Assert.Single(calls.Calls).Provider, calls.Calls[0].Fault));
    }

    [Fact]
    public async Task A_translated_stream_arrives_in_the_callers_format_and_its_tokens_are_known()
    {
        await using var service = await StubService.StartAsync(StubService.Streams(breaks: false, MessagesStream));
        await using var rig = GatewayRig.Of(Anthropic, service.Url);
        var calls = Fresh();

        var (text, relayed) = await StreamAsync(rig, calls);

        Assert.Equal((true, false), (relayed.IsRelayed, relayed.IsBroken));
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("usage\":{", text, StringComparison.Ordinal); // it was not asked for
        Assert.Equal((1000, 100), (Assert.Single(calls.Calls).InputTokens, calls.Calls[0].OutputTokens));
    }

    [Fact]
    public async Task A_translated_stream_that_breaks_off_is_no_whole_answer()
    {
        await using var service = await StubService.StartAsync(StubService.Streams(breaks: false, MessagesStream[..3]));
        await using var rig = GatewayRig.Of(Anthropic, service.Url);
        var calls = Fresh();

        var (text, relayed) = await StreamAsync(rig, calls);

        Assert.Equal((true, true), (relayed.IsRelayed, relayed.IsBroken));
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Equal(Faults.Cut, Assert.Single(calls.Calls).Fault);
    }

    [Fact]
    public async Task A_stream_that_is_not_in_the_providers_format_is_garbage()
    {
        await using var service = await StubService.StartAsync(StubService.Streams(breaks: false, "data: this is no JSON\n\n"));
        await using var rig = GatewayRig.Of(Anthropic, service.Url);
        var calls = Fresh();

        await StreamAsync(rig, calls);

        Assert.Equal(Faults.Garbage, Assert.Single(calls.Calls).Fault);
    }

    [Theory]
    [InlineData("\"logprobs\":true", "logprobs")]
    [InlineData("\"seed\":7", "seed")]
    public async Task What_has_no_words_in_the_providers_format_is_refused_with_a_reason_and_not_held_against_the_agent(string member, string named)
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, MessagesAnswer));
        await using var rig = GatewayRig.Of(Anthropic, service.Url);
        var calls = Fresh();
        var request = GatewayRig.Ask();
        request = request with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Body.Span).Replace("{\"model\"", $"{{{member},\"model\"", StringComparison.Ordinal)) };

        var answer = await rig.AskAsync(request, calls);

        Assert.Equal(400, answer.Status);
        Assert.Contains(named, answer.Text(), StringComparison.Ordinal);
        Assert.Equal(Faults.NotSpoken, Assert.Single(calls.Calls).Fault);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_feature_that_a_header_asks_for_is_not_lost_in_translation()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        var request = MessagesRequest with { Headers = [new("anthropic-beta", "context-1m-2025-08-07")] };

        var answer = await rig.AskAsync(request, Fresh());

        Assert.Contains("anthropic-beta asks for context-1m-2025-08-07", answer.Text(), StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Theory]
    [InlineData("/v1/messages", """{"model":"sim-large","max_tokens":100,"messages":[{"role":"user","content":"Answer with yes."}]}""", "\"type\":\"message\"")]
    [InlineData("/v1/responses", """{"model":"sim-large","input":"Answer with yes."}""", "\"object\":\"response\"")]
    [InlineData("/v1/messages", """{"model":"sim-large","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Answer with yes."}]}""", "event: message_stop")]
    public async Task The_simulated_model_answers_in_every_format(string path, string body, string mark)
    {
        var providers = new Dictionary<string, IModelProvider> { ["simulated"] = new SimulatedProvider("simulated", SimulatedWeather.Calm, TimeProvider.System) };
        await using var gateway = new ModelGateway(ModelsConfig.Embedded, providers, null, TimeProvider.System);

        var answer = await gateway.AskAsync(new ModelRequest(path, Encoding.UTF8.GetBytes(body)), Fresh(), TestContext.Current.CancellationToken);

        Assert.Equal(200, answer.Status);
        Assert.Contains(mark, answer.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_Anthropic_agent_is_answered_by_a_service_in_the_OpenAI_format_errors_included()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"), StubService.Json(400, """{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}"""));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(MessagesRequest, calls);
        var refused = await rig.AskAsync(MessagesRequest, calls);

        Assert.Equal("/v1/chat/completions", service.Requests[0].Path);
        Assert.Contains("\"stop_reason\":\"end_turn\"", answer.Text(), StringComparison.Ordinal);
        Assert.StartsWith("""{"type":"error","error":{"type":"invalid_request_error","message":"too long"}""", refused.Text(), StringComparison.Ordinal);
        Assert.Equal([null, Refusals.ContextLength], calls.Calls.Select(call => call.Refusal));
    }

    private static readonly ModelRequest MessagesRequest =
        new("/v1/messages", """{"model":"stub-1","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}"""u8.ToArray());

    private static ModelsConfig Anthropic(ModelsConfig config) => OfKind(config, "p0");

    private static ModelsConfig SecondIsAnthropic(ModelsConfig config) => OfKind(config, "p1");

    private static ModelsConfig OfKind(ModelsConfig config, string name) => config with
    {
        Providers = config.Providers.ToDictionary(p => p.Key, p => p.Key == name ? p.Value with { Kind = "anthropic" } : p.Value),
    };

    private static async Task<(string Text, RelayedAnswer Relayed)> StreamAsync(GatewayRig rig, SampleCalls calls)
    {
        var text = new StringBuilder();
        var relayed = await rig.Gateway.RelayAsync(GatewayRig.Ask(stream: true), calls, (_, chunk, _) =>
        {
            text.Append(Encoding.UTF8.GetString(chunk.Span));
            return ValueTask.CompletedTask;
        }, TestContext.Current.CancellationToken);
        return (text.ToString(), relayed);
    }

    private static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";
}
