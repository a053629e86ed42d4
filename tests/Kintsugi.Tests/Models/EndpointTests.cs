using System.Net;
using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Routing;
using Microsoft.AspNetCore.Http;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

public class EndpointTests
{
    private static readonly string[] Events =
    [
        """data: {"id":"c","model":"stub-1","system_fingerprint":"fp_2","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""" + "\n\n",
        """data: {"id":"c","model":"stub-1","choices":[{"index":0,"delta":{"content":"héllo"},"finish_reason":null}]}""" + "\n\n",
        """data: {"id":"c","model":"stub-1","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}""" + "\n\n",
        """data: {"id":"c","model":"stub-1","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}""" + "\n\n",
        "data: [DONE]\n\n",
    ];

    private const string LastWords =
        """data: {"error":{"message":"The model provider 'p0' broke off within its answer.","type":"server_error","param":null,"code":"cut"}}""" + "\n\n";

    [Fact]
    public async Task An_answer_passes_through_byte_for_byte_and_the_key_is_added_outside()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();
        await using var edge = await EdgeAsync(rig, calls);

        using var response = await PostAsync(edge, GatewayRig.Ask());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(StubService.Completion("yes"), await TextAsync(response));
        var sent = Assert.Single(service.Requests);
        Assert.Equal(("POST", "/v1/chat/completions", $"Bearer {GatewayRig.Key}"), (sent.Method, sent.Path, sent.Authorization));
        Assert.Equal(Encoding.UTF8.GetString(GatewayRig.Ask().Body.Span), sent.Body);
        Assert.Single(calls.Calls);
    }

    [Fact]
    public async Task A_stream_arrives_while_it_is_written_and_replays_as_the_same_stream()
    {
        var more = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(Events[0]);
            await context.Response.Body.FlushAsync();
            await more.Task;
            foreach (var piece in Events[1..]) await context.Response.WriteAsync(piece);
        });
        await using var rig = GatewayRig.Of(service);
        var live = Fresh();
        await using var edge = await EdgeAsync(rig, live);

        using var response = await PostAsync(edge, GatewayRig.Ask(stream: true));
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var first = new byte[Events[0].Length];
        await body.ReadExactlyAsync(first, TestContext.Current.CancellationToken); // the service still holds the rest back
        more.SetResult();
        using var reader = new StreamReader(body);
        var all = Encoding.UTF8.GetString(first) + await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        var replayed = Recorded();
        await using var again = await EdgeAsync(rig, replayed);
        using var second = await PostAsync(again, GatewayRig.Ask(stream: true));

        Assert.Equal(string.Concat(Events), all);
        Assert.Equal(all, await TextAsync(second));
        Assert.Equal("text/event-stream", second.Content.Headers.ContentType?.MediaType);
        var call = Assert.Single(live.Calls);
        Assert.Equal((12, 3, "length", "stub-1", "fp_2", null), (call.InputTokens, call.OutputTokens, call.FinishReason, call.ServedModel, call.Fingerprint, call.Fault));
        Assert.True(Assert.Single(replayed.Calls).Replayed);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_breaks_off_is_not_ended_as_if_it_were_whole_nor_asked_again_nor_recorded(bool breaks)
    {
        var arrived = new TaskCompletionSource();
        var half = string.Concat(Events[..2]);
        await using var service = await StubService.StartAsync(async context =>
        {
            await StubService.Streams(breaks: false, half)(context);
            await arrived.Task; // a reset could overtake what was not read yet
            if (breaks) context.Abort();
        });
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();
        await using var edge = await EdgeAsync(rig, calls);

        using var response = await PostAsync(edge, GatewayRig.Ask(stream: true));
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[Encoding.UTF8.GetByteCount(half)], TestContext.Current.CancellationToken);
        arrived.SetResult();
        var more = new byte[LastWords.Length];
        await body.ReadExactlyAsync(more, TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));

        Assert.Equal(LastWords, Encoding.UTF8.GetString(more));
        var call = Assert.Single(calls.Calls);
        Assert.Equal(Faults.Cut, call.Fault);
        Assert.Equal(half, call.Answer.Text());
        Assert.Single(service.Requests);
        Assert.Null(rig.Cassette.Find(new(Kintsugi.Models.Cassettes.Question.Read(GatewayRig.Ask(stream: true)).Hash, "s", 0, 0)));
    }

    [Fact]
    public async Task A_stream_that_fails_before_its_first_byte_is_asked_again()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(503), StubService.Streams(breaks: false, Events));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig, Fresh());

        using var response = await PostAsync(edge, GatewayRig.Ask(stream: true));

        Assert.Equal(string.Concat(Events), await TextAsync(response));
    }

    [Fact]
    public async Task A_rate_limit_reaches_the_agent_with_the_time_to_wait()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(429, retryAfter: "30"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig, Fresh());

        using var response = await PostAsync(edge, GatewayRig.Ask());

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(30), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task The_list_of_models_is_the_providers()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, """{"object":"list","data":[]}"""));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig, Fresh());

        using var response = await edge.Client.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("""{"object":"list","data":[]}""", await TextAsync(response));
        Assert.Equal("GET", Assert.Single(service.Requests).Method);
    }

    [Theory]
    [InlineData("/v1/messages/batches", "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\"", null)]
    [InlineData("/v1/chat/completion", "\"code\":\"unknown_path\"", null)]
    [InlineData("/v1beta/models/gemini-2.5-pro:generateContent", "{\"error\":{\"code\":404,\"message\":\"Google's", Faults.NotSpoken)]
    [InlineData("/model/anthropic.claude-3-5-sonnet/converse", "{\"message\":\"Amazon Bedrock's", Faults.NotSpoken)]
    public async Task What_is_not_served_is_refused_in_its_dialect_and_only_a_wire_that_we_do_not_speak_is_not_held_against_the_agent(string path, string words, string? fault)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();
        await using var edge = await EdgeAsync(rig, calls);

        using var response = await PostAsync(edge, GatewayRig.Ask() with { Path = path });

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(words, await TextAsync(response), StringComparison.Ordinal);
        Assert.Equal(fault, Assert.Single(calls.Calls).Fault);
    }

    [Fact]
    public async Task A_request_beyond_the_bound_is_refused()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig, Fresh());
        var large = new ModelRequest("/v1/chat/completions", new byte[GatewayEndpoints.MaxRequestBytes + 1]);

        using var announced = await PostAsync(edge, large);
        using var chunked = await PostAsync(edge, large, chunked: true);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_connection_of_no_sample_is_not_served()
    {
        await using var edge = await Edge.StartAsync(_ => null);

        using var response = await PostAsync(edge, GatewayRig.Ask());

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData(false, 200)]
    [InlineData(false, 400)]
    [InlineData(true, 200)]
    public async Task A_key_that_the_provider_echoes_reaches_neither_agent_nor_recording_nor_call(bool streamed, int status)
    {
        var text = streamed
            ? Events[0] + "data: {\"model\":\"" + GatewayRig.Key + "\"}\n\n" + string.Concat(Events[1..])
            : StubService.Completion($"your key is {GatewayRig.Key}");
        var half = text.IndexOf(GatewayRig.Key, StringComparison.Ordinal) + 7;
        await using var service = await StubService.StartAsync(
            streamed ? StubService.Streams(breaks: false, text[..half], text[half..]) : StubService.Json(status, text));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();
        await using var edge = await EdgeAsync(rig, calls);

        using var response = await PostAsync(edge, GatewayRig.Ask(stream: streamed));
        var body = await TextAsync(response);
        await rig.Cassette.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(text.Replace(GatewayRig.Key, new string('*', GatewayRig.Key.Length), StringComparison.Ordinal), body);
        Assert.DoesNotContain(GatewayRig.Key, Assert.Single(calls.Calls).Answer.Text(), StringComparison.Ordinal);
        Assert.DoesNotContain(GatewayRig.Key, calls.Calls[0].ToString(), StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(rig.Folder))
        {
            await using var stored = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stored.Length];
            await stored.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(GatewayRig.Key)));
        }
    }

    private static Task<Edge> EdgeAsync(GatewayRig rig, SampleCalls calls) => Edge.StartAsync(_ => new GatewaySeat(rig.Gateway, calls));

    private static async Task<HttpResponseMessage> PostAsync(Edge edge, ModelRequest request, bool chunked = false)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, request.Path) { Content = new ReadOnlyMemoryContent(request.Body) };
        message.Headers.Add("Authorization", "Bearer placeholder");
        message.Headers.TransferEncodingChunked = chunked;
        return await edge.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
