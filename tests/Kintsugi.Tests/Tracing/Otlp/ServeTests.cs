using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Kintsugi.Server;
using Kintsugi.Storage;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ZstdSharp;

namespace Kintsugi.Tests.Tracing.Otlp;

/// <summary>The server as senders see it: over TCP, by the vendor's own exporter where there is one.</summary>
public sealed class ServeTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-serve-").FullName;
    private readonly HttpClient _http = new();
    private readonly ConcurrentQueue<string> _failed = [];
    private SqliteSpanStore _store = null!;
    private ServeHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(_directory, "traces.db")), (_, later) => later);
        _host = await StartAsync(null);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_directory, true);
    }

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task What_the_exporter_of_DotNet_sends_is_stored(OtlpExportProtocol protocol)
    {
        using var source = new ActivitySource($"an.agent.{protocol}");
        ActivityTraceId trace;
        using (Sdk.CreateTracerProviderBuilder().AddSource(source.Name).ConfigureResource(r => r.AddService("desk", serviceVersion: "2.1"))
            .AddOtlpExporter(o => (o.Protocol, o.Endpoint) = (protocol, protocol == OtlpExportProtocol.Grpc ? _host.Grpc : new Uri(_host.Http, "v1/traces"))).Build())
        {
            using var root = source.StartActivity("invoke_agent desk")!;
            trace = root.TraceId;
            using var call = source.StartActivity("chat sim-large", ActivityKind.Client)!;
            call.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.request.model", "sim-large").SetTag("gen_ai.usage.input_tokens", 12L);
            call.AddException(new TimeoutException("no answer within 30 s")).SetStatus(ActivityStatusCode.Error, "no answer within 30 s");
        }

        var stored = (await _store.ReadAsync(TraceId.Of(trace.ToHexString())!.Value, Token))!;

        var (agent, model) = (stored.Spans[0], stored.Spans[1]);
        Assert.Equal(("desk", "2.1", source.Name), (model.Source.Service, model.Source.Version, model.Source.Scope));
        Assert.Equal((agent.Id, SpanRole.Model, "sim-large"), (model.Parent!.Value, model.Role, model.Model!));
        Assert.Equal(ErrorSignature.Of("System.TimeoutException", "no answer within 20 s").Hash, model.Signature);
        Assert.Null(agent.Signature);
        var read = OtlpProtobuf.Read(model.Body.Span, model.Source.Scope);
        Assert.Equal(12, (long)read.Attributes["gen_ai.usage.input_tokens"]!);
        Assert.Equal(("exception", "no answer within 30 s"), (Assert.Single(read.Events).Name, read.StatusMessage));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("zstd")]
    public async Task A_request_is_read_in_each_compression(string encoding)
    {
        var request = SpanMaker.Request(new Random(1), 5, failing: 2);

        using var answer = await PostAsync("v1/traces", Compressed(request, encoding), "application/x-protobuf", encoding);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(20, (await _store.FindAsync(new SpanQuery(Limit: 100), Token)).Count);
        Assert.Equal(3, (await _store.FindAsync(new SpanQuery(FailedOnly: true), Token)).Count);
    }

    [Fact]
    public async Task OTLP_in_JSON_is_stored_as_in_protobuf()
    {
        const string request =
            """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"desk"}},{"key":"host.name","value":{"stringValue":"a-laptop"}},{"key":"team","value":{"stringValue":"care"}}]},
             "scopeSpans":[{"scope":{"name":"gen_ai"},"spans":[
              {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"","name":"chat m","kind":3,"startTimeUnixNano":"1795000000000000000","endTimeUnixNano":1795000001000000000,
               "attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"m"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":15240}},{"key":"n","value":{"intValue":"7"}},
                             {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"boolValue":true}]}}}],
               "status":{"code":"STATUS_CODE_ERROR","message":"boom 7"}},
              {"traceId":"00000000000000000000000000000000","spanId":"eee19b7ec3c1b175","name":"no trace","startTimeUnixNano":"1"}]}]}]}
            """;

        using var answer = await PostAsync("v1/traces", Encoding.UTF8.GetBytes(request), "application/json; charset=utf-8", "");

        Assert.Equal($$$"""{"partialSuccess":{"rejectedSpans":"1","errorMessage":"{{{OtlpBatch.RejectedFor}}}"}}""", await answer.Content.ReadAsStringAsync(Token));
        var span = Assert.Single(await _store.FindAsync(new SpanQuery(), Token));
        Assert.Equal(("desk", """{"team":"care"}""", "m", 1_000_000_000L), (span.Source.Service, span.Source.Resource, span.Model, span.DurationNs!.Value));
        Assert.Equal(ErrorSignature.Of("chat m", "boom 8").Hash, span.Signature);
        Assert.Equal("""{"gen_ai.request.model":"m","gen_ai.usage.input_tokens":15240,"n":7,"list":["a",true]}""", OtlpJson.Read(span.Body.Span, "").Attributes.ToJsonString());
    }

    [Fact]
    public async Task A_log_record_is_kept_with_its_span()
    {
        var request = SpanMaker.Message(m => ProtoWriter.Bytes(m, 1, SpanMaker.Message(resource => ProtoWriter.Bytes(resource, 2, SpanMaker.Message(scope => ProtoWriter.Bytes(scope, 2, SpanMaker.Message(record =>
        {
            ProtoWriter.Fixed64(record, 1, 1_795_000_000_000_000_000);
            ProtoWriter.Bytes(record, 5, SpanMaker.Message(any => ProtoWriter.Bytes(any, 6, SpanMaker.Message(map => SpanMaker.Attribute(map, 1, "content", "Say hi")))));
            SpanMaker.Attribute(record, 6, "event.name", "gen_ai.user.message");
            ProtoWriter.Bytes(record, 9, new TraceId(5).ToBytes());
            ProtoWriter.Bytes(record, 10, new SpanId(6).ToBytes());
        })))))));

        using var answer = await PostAsync("v1/logs", request, "application/x-protobuf", "");
        await _store.WriteAsync([new SpanRow(new TraceId(5), new SpanId(6), null, new SpanSource("a", null, "", "{}"), "chat", SpanRole.Model, 1, 1, null, null, SpanFormat.OtlpProtobuf, default)], [], Token);

        var note = Assert.Single((await _store.ReadAsync(new TraceId(5), Token))!.Notes);
        Assert.Equal(("gen_ai.user.message", """{"body":{"content":"Say hi"},"attributes":{"event.name":"gen_ai.user.message"}}"""), (note.Name, note.Body));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task A_bomb_is_refused_at_its_bound(string encoding)
    {
        using var answer = await PostAsync("v1/traces", Compressed(new byte[300 << 20], encoding), "application/x-protobuf", encoding);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_body_takes_no_more_memory_than_others_leave_unless_it_is_alone()
    {
        var memory = new IngestMemory(1 << 20);
        var context = new DefaultHttpContext { Request = { Body = new MemoryStream(new byte[3 << 20]) } };

        Assert.True(memory.TryTake(100));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => RequestBytes.ReadAsync(context.Request, memory, OtlpEndpoints.MostBytes, Token));
        memory.Give(100);
        context.Request.Body = new MemoryStream(new byte[3 << 20]);
        using (var body = await RequestBytes.ReadAsync(context.Request, memory, OtlpEndpoints.MostBytes, Token)) Assert.Equal(3 << 20, body.Length);

        Assert.Equal(429, refused.Status);
        Assert.True(memory.TryTake(1 << 20)); // all was given back
    }

    [Fact]
    public void Memory_that_was_given_back_is_lent_again_and_no_more_of_it_is_kept_than_twice_the_bound()
    {
        var memory = new IngestMemory(1 << 20);

        var first = memory.TryRent(700_000, 0)!;
        Assert.Null(memory.TryRent(700_000, 0));
        memory.Return(first);

        Assert.Same(first, memory.TryRent(600_000, 0));
        memory.Return(first);
        var small = memory.TryRent(100_000, 0)!;
        Assert.NotSame(first, small); // it would count for its whole length
        memory.Return(small);
        memory.Return(memory.TryRent(3 << 20, 0)!); // alone it may be larger, and is not kept
        Assert.NotSame(first, memory.TryRent(600_000, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_of_many_spans_is_stored_whole_or_refused_before_any_of_them(bool isWhole)
    {
        var request = SpanMaker.Request(new Random(3), 600);
        if (!isWhole) request = [.. request, .. Request(SpanMaker.Message(scope => ProtoWriter.Bytes(scope, 2, [0x0a, 0xff])))];
        List<TraceId> traces = [.. OtlpProtobuf.Traces(SpanMaker.Request(new Random(3), 600), SpanRedaction.OfKeys).Whole().Spans.Select(s => s.Trace).Distinct()];

        using var answer = await PostAsync("v1/traces", request, "application/x-protobuf", "");

        Assert.Equal(isWhole ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.StatusCode);
        foreach (var trace in traces) Assert.Equal(isWhole ? 4 : 0, (await _store.ReadAsync(trace, Token))?.Spans.Count ?? 0);
        if (!isWhole) return;
        var spans = (await _store.ReadAsync(traces[^1], Token))!.Spans;
        Assert.All(spans, span => Assert.Equal(span.Name, OtlpProtobuf.Read(span.Body.Span, "").Name));

        static byte[] Request(byte[] scope) => SpanMaker.Message(request => ProtoWriter.Bytes(request, 1, SpanMaker.Message(m => ProtoWriter.Bytes(m, 2, scope))));
    }

    [Fact]
    public async Task Values_of_two_bytes_do_not_become_a_tree_of_hundred_times_their_size()
    {
        var many = SpanMaker.Message(list =>
        {
            for (var i = 0; i < 1_000_000; i++) ProtoWriter.Bytes(list, 1, []);
        });
        var record = SpanMaker.Message(log =>
        {
            ProtoWriter.Fixed64(log, 1, 5);
            ProtoWriter.Bytes(log, 5, SpanMaker.Message(any => ProtoWriter.Bytes(any, 5, many)));
            ProtoWriter.Bytes(log, 9, new TraceId(7).ToBytes());
            ProtoWriter.Bytes(log, 10, new SpanId(6).ToBytes());
        });
        var logs = SpanMaker.Message(request => ProtoWriter.Bytes(request, 1, SpanMaker.Message(m => ProtoWriter.Bytes(m, 2, SpanMaker.Message(s => ProtoWriter.Bytes(s, 2, record))))));
        var traces = $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"5","attributes":[{{string.Join(',', Enumerable.Repeat("{}", 500_000))}}]}]}]}]}""";

        using var ofLogs = await PostAsync("v1/logs", logs, "application/x-protobuf", "");
        using var ofTraces = await PostAsync("v1/traces", Encoding.UTF8.GetBytes(traces), "application/json", "");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (ofLogs.StatusCode, ofTraces.StatusCode));
        Assert.Contains("\"rejectedSpans\":\"1\"", await ofTraces.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, OtlpProtobuf.Logs(logs, SpanRedaction.OfKeys).Whole().Rejected);
        Assert.InRange(OtlpProtobuf.Logs(logs, SpanRedaction.OfKeys).Whole().Notes.Single().Body.Length, 100_000, 1_000_000);
    }

    [Fact]
    public async Task More_calls_than_are_let_in_at_once_are_all_answered_in_their_turn()
    {
        var request = SpanMaker.Request(new Random(9), 50);
        byte[] framed = [0, .. BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(request.Length)), .. request];

        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            using var call = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.Grpc, "opentelemetry.proto.collector.trace.v1.TraceService/Export"))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(framed) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
            };
            using var answer = await _http.SendAsync(call, Token);
            await answer.Content.ReadAsByteArrayAsync(Token);
            return answer.TrailingHeaders.GetValues("grpc-status").Single();
        }));

        Assert.All(statuses, status => Assert.Equal("0", status));
    }

    [Theory]
    [InlineData("text/plain", "", "hello", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-protobuf", "br", "hello", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-protobuf", "gzip", "hello", HttpStatusCode.BadRequest)]
    [InlineData("application/x-protobuf", "zstd", "hello", HttpStatusCode.BadRequest)]
    [InlineData("application/x-protobuf", "", "hello", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "", "{\"resourceSpans\":", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "", "[]", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "", "{\"a\":1,\"a\":1}", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "", "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"\\ud800\",\"traceId\":\"\\ud800\"}]}]}]}", HttpStatusCode.BadRequest)]
    public async Task What_is_no_OTLP_is_refused_with_a_word(string type, string encoding, string body, HttpStatusCode status)
    {
        using var answer = await PostAsync("v1/traces", Encoding.UTF8.GetBytes(body), type, encoding);

        Assert.Equal(status, answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Without_the_key_nobody_is_let_in()
    {
        await using var host = await StartAsync("the-key-of-the-team");
        async Task<HttpStatusCode> Try(string? header, string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Http, "v1/traces")) { Content = new ByteArrayContent([]) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
            if (header is not null) request.Headers.TryAddWithoutValidation(header, value);
            using var answer = await _http.SendAsync(request, Token);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await Try(null, ""));
        Assert.Equal(HttpStatusCode.Unauthorized, await Try("x-api-key", "another"));
        Assert.Equal(HttpStatusCode.OK, await Try("x-api-key", "the-key-of-the-team"));
        Assert.Equal(HttpStatusCode.OK, await Try("Authorization", "Bearer the-key-of-the-team"));
    }

    /// <summary>The seeded slice of `Kintsugi.Bench ingest-fuzz`.</summary>
    [Fact]
    public async Task Whatever_arrives_is_taken_or_refused_and_never_breaks_the_server()
    {
        foreach (var seed in Enumerable.Range(1, 1_500))
        {
            var (path, body, type, encoding) = OtlpFuzz.Request(new Random(seed));
            using var answer = await PostAsync(path, body, type, encoding);
            Assert.True((int)answer.StatusCode is 200 or 400 or 413 or 415, $"seed {seed}: {answer.StatusCode} {string.Join(' ', _failed)}");
        }
    }

    private Task<ServeHost> StartAsync(string? key) =>
        ServeHost.StartAsync(new ServeSettings(IPAddress.Loopback, 0, 0, key, SpanRedaction.OfKeys, Retention.Everything), _store, null, null, TimeProvider.System, _failed.Enqueue, Token);

    private Task<HttpResponseMessage> PostAsync(string path, byte[] body, string type, string encoding)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("content-type", type);
        if (encoding.Length > 0) content.Headers.TryAddWithoutValidation("content-encoding", encoding);
        return _http.PostAsync(new Uri(_host.Http, path), content, Token);
    }

    private static byte[] Compressed(byte[] body, string encoding)
    {
        using var bytes = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(bytes, CompressionLevel.Fastest, true),
            "deflate" => new ZLibStream(bytes, CompressionLevel.Fastest, true),
            "zstd" => new CompressionStream(bytes, leaveOpen: true),
            _ => bytes,
        }) stream.Write(body);
        return bytes.ToArray();
    }
}
