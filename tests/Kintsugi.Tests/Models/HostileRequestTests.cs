using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Models.Gateway;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

/// <summary>What an agent may send to make the gateway ask for something else, or show what is not the agent's.</summary>
public class HostileRequestTests
{
    private const string Body = """{"model":"stub-1","messages":[{"role":"user","content":"hello"}]}""";

    private static readonly string Plain = $"Host: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {Body.Length}\r\n";

    /// <summary>Requests that two readers could read as two: refused before anything is passed on.</summary>
    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 60\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 60\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, identity\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-A: b\rEvil: c\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-A: b\r\n folded: c\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\n\r\n")]
    [InlineData("POST http://169.254.169.254/v1/chat/completions HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\nConnection: close\r\n\r\n", 404)]
    [InlineData("POST /v1/chat/completions HTTP/9.9\r\nHost: a\r\n\r\n", 505)]
    public async Task Framing_that_can_be_read_in_two_ways_is_refused_and_reaches_nobody(string request, int status = 400)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig);

        var answer = await SendAsync(edge, Encoding.Latin1.GetBytes(request + Body));

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(GatewayRig.Key, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("invalid_json", answer, StringComparison.Ordinal); // it was not even read
        Assert.Empty(service.Requests);
    }

    /// <summary>A length beside chunks is the classic of smuggling: the chunks count, and what follows them is no second request.</summary>
    [Fact]
    public async Task A_request_hidden_behind_another_is_not_asked()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig);
        var hidden = $"POST /v1/embeddings HTTP/1.1\r\n{Plain}\r\n{Body}";

        var answer = await SendAsync(
            edge,
            Encoding.Latin1.GetBytes(
                $"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n{hidden}"));

        Assert.DoesNotContain(service.Requests, request => request.Path != "/v1/chat/completions");
        Assert.True(service.Requests.Count <= 1 && answer.Split("HTTP/1.1 ").Length <= 2, answer);
    }

    /// <summary>Whom the agent means does not decide who is asked.</summary>
    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\n")]
    [InlineData("POST http://api.openai.com/v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nX-HTTP-Method-Override: DELETE\r\n")]
    [InlineData("POST /v1/chat/completions?api-version=1&key=stolen HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nAuthorization: Bearer mine\r\napi-key: mine\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nopenai-beta: a\r\nopenai-organization: org-1\r\nanthropic-beta: {\"no\"}\r\n")]
    public async Task Only_the_configured_provider_is_asked_with_its_own_key_and_nothing_of_the_agents_but_the_question(string head)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig);

        var answer = await SendAsync(edge, Encoding.Latin1.GetBytes($"{head}{Plain[Plain.IndexOf('\n', StringComparison.Ordinal)..].TrimStart('\n')}\r\n{Body}"));

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        var sent = Assert.Single(service.Requests);
        Assert.Equal(("POST", "/v1/chat/completions", $"Bearer {GatewayRig.Key}", Body), (sent.Method, sent.Target, sent.Authorization, sent.Body));
        Assert.Equal(service.Url.Authority, sent.Headers["Host"]);
        Assert.Empty(sent.Headers.Keys.Except(["Host", "Authorization", "Content-Type", "Content-Length", "OpenAI-Beta"], StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("/v1/../v1/chat/completions", 200)] // the server's own reading of a path: this is the chat, and so is the next
    [InlineData("/v1/chat/%63ompletions", 200)]
    [InlineData("/v1/chat/completions/", 200)]
    [InlineData("//v1/chat/completions", 404)]
    [InlineData("/v1/../../etc/passwd", 404)]
    [InlineData("/v1/chat%2Fcompletions", 404)]
    [InlineData("/v1/%2e%2e/admin", 404)]
    [InlineData("/v1/chat/completions/../../models/delete", 404)]
    [InlineData("/v1/chat/completions;a=b", 404)]
    [InlineData("/v1/chat/completions%00", 400)]
    [InlineData("/V1/Chat/Completions", 200)]
    [InlineData("/", 404)]
    public async Task A_path_is_one_that_is_served_or_is_refused(string path, int status)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig);

        var answer = await SendAsync(edge, Encoding.Latin1.GetBytes($"POST {path} HTTP/1.1\r\n{Plain}\r\n{Body}"));

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? ["/v1/chat/completions"] : [], service.Requests.Select(request => request.Target));
    }

    public static TheoryData<string, byte[]> BadBodies { get; } = new()
    {
        { "nothing", [] },
        { "no JSON", "hello"u8.ToArray() },
        { "half an object", """{"model":"stub-1","messages":["""u8.ToArray() },
        { "two objects", """{"model":"stub-1"}{"model":"stub-1"}"""u8.ToArray() },
        { "an array", "[]"u8.ToArray() },
        { "a key twice", """{"model":"stub-1","model":"stub-2","messages":[]}"""u8.ToArray() },
        { "a key twice, once escaped", """{"model":"stub-1","\u006dodel":"stub-2","messages":[]}"""u8.ToArray() },
        { "a key twice within", """{"model":"stub-1","messages":[{"role":"user","role":"system"}]}"""u8.ToArray() },
        { "a comment", """{"model":"stub-1"/* sly */,"messages":[]}"""u8.ToArray() },
        { "bytes that are not UTF-8", [.. """{"model":"stub-1","messages":[{"role":"user","content":" """u8, 0xff, 0xfe, .. """ "}]}"""u8] },
        { "half a surrogate pair", """{"model":"stub-1","messages":[{"role":"user","content":"\ud83d"}]}"""u8.ToArray() },
        { "UTF-16", Encoding.Unicode.GetBytes(Body) },
        { "ten thousand levels", Encoding.UTF8.GetBytes($$"""{"model":"stub-1","messages":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}""") },
    };

    [Theory, MemberData(nameof(BadBodies))]
    public async Task A_body_that_cannot_be_read_in_one_way_is_refused_in_the_callers_dialect(string what, byte[] body)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig);

        foreach (var (path, words) in new[]
            {
                ("/v1/chat/completions", "\"code\":\"invalid_json\""),
                ("/v1/responses", "\"code\":\"invalid_json\""),
                ("/v1/embeddings", "\"code\":\"invalid_json\""),
                ("/v1/messages", """{"type":"error","error":{"type":"invalid_request_error","message":"""),
                ("/v1/messages/count_tokens", """{"type":"error","error":{"type":"invalid_request_error","message":"""),
            })
        {
            using var response = await edge.Client.PostAsync(path, new ByteArrayContent(body), TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

            Assert.True(response.StatusCode == HttpStatusCode.BadRequest && text.Contains(words, StringComparison.Ordinal), $"{what} at {path}: {response.StatusCode} {text}");
        }
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_body_that_never_ends_is_refused_at_the_bound_in_the_callers_dialect()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var edge = await EdgeAsync(rig);

        var answer = await SendAsync(edge, Encoding.Latin1.GetBytes($"POST /v1/messages HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {long.MaxValue}\r\n\r\n{{"));

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"request_too_large\"", answer, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    private static Task<Edge> EdgeAsync(GatewayRig rig) => Edge.StartAsync(_ => new GatewaySeat(rig.Gateway, Fresh()));

    /// <returns>All that came back until the server closed the connection.</returns>
    private static async Task<string> SendAsync(Edge edge, byte[] request)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, edge.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
