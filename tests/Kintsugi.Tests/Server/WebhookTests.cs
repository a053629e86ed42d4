using System.Net;
using System.Security.Cryptography;
using System.Text;
using Kintsugi.Forge;
using Kintsugi.Server;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Tests.Server;

/// <summary>Webhooks as a forge, or whoever pretends to be one, delivers them: over TCP.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string Secret = "it-is-a-secret";

    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-webhooks-").FullName;
    private readonly HttpClient _http = new();
    private SqliteSpanStore _store = null!;
    private ServeHost _host = null!;
    private int _woken;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(_directory, "traces.db")), (_, later) => later);
        var settings = new ServeSettings(IPAddress.Loopback, 0, 0, "an-ingest-key", SpanRedaction.OfKeys, Retention.Everything)
        {
            Webhooks = new WebhookPlace(new WebhookGate(Secret), () => Interlocked.Increment(ref _woken)),
        };
        _host = await ServeHost.StartAsync(settings, _store, null, null, TimeProvider.System, _ => { }, Token);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_directory, true);
    }

    [Fact]
    public async Task A_signed_delivery_wakes_us_once_and_needs_no_key_of_ours()
    {
        var body = "{\"action\":\"created\"}"u8.ToArray();

        Assert.Equal(HttpStatusCode.Accepted, await DeliverAsync(body, Sign(body), "d-1"));
        Assert.Equal(HttpStatusCode.Accepted, await DeliverAsync(body, Sign(body), "d-1"));

        Assert.Equal(1, _woken);
    }

    [Fact]
    public async Task A_signature_is_that_of_GitHubs_own_example()
    {
        var gate = new WebhookGate("It's a Secret to Everybody");

        var answer = await gate.SignedAsync("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "d-1", new MemoryStream("Hello, World!"u8.ToArray()), Token);

        Assert.Equal(WebhookAnswer.Accepted, answer);
    }

    [Fact]
    public async Task GitLab_shows_its_secret()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await GitLabAsync("wrong", "e-1"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GitLabAsync("", "e-1"));
        Assert.Equal(HttpStatusCode.Accepted, await GitLabAsync(Secret, "e-1"));
        Assert.Equal(HttpStatusCode.Accepted, await GitLabAsync(Secret, "e-1"));

        Assert.Equal(1, _woken);
    }

    /// <summary>Forged, altered, replayed, out of order, without headers, of events nobody knows: only what is signed and new wakes, and all of it does.</summary>
    [Fact]
    public async Task Of_hostile_deliveries_none_wakes_us_and_none_of_the_others_is_lost()
    {
        const int Deliveries = 10_000;
        var (random, fresh, sent) = (new Random(20261129), 0, new List<(byte[] Body, string Id)>());
        for (var n = 0; n < Deliveries; n++)
        {
            var body = new byte[random.Next(0, 2_000)];
            random.NextBytes(body);
            var id = $"delivery-{n}";
            var (signature, delivery, expected) = random.Next(8) switch
            {
                0 => (Sign(body), id, HttpStatusCode.Accepted),
                1 => (Sign(body, "another secret"), id, HttpStatusCode.Unauthorized),
                2 => (Sign([.. body, 0]), id, HttpStatusCode.Unauthorized),
                3 => (null, id, HttpStatusCode.Unauthorized),
                4 => (Sign(body), null, HttpStatusCode.Unauthorized),
                5 => (Sign(body)["sha256=".Length..], id, HttpStatusCode.Unauthorized),
                6 => (Sign(body).Replace("sha256=", "sha1=", StringComparison.Ordinal), id, HttpStatusCode.Unauthorized),
                _ => ("replay", id, HttpStatusCode.Accepted),
            };
            if (signature == "replay")
            {
                if (sent.Count == 0) continue;
                (body, delivery) = sent[random.Next(sent.Count)];
                signature = Sign(body);
            }
            else if (expected == HttpStatusCode.Accepted)
            {
                fresh++;
                sent.Add((body, id));
            }
            Assert.Equal(expected, await DeliverAsync(body, signature, delivery));
        }

        Assert.Equal(fresh, _woken);
        Assert.InRange(fresh, Deliveries / 10, Deliveries / 6);
    }

    [Fact]
    public async Task A_giant_is_refused_and_never_held()
    {
        var before = GC.GetTotalAllocatedBytes();
        using var giant = new StreamContent(new Zeros(WebhookGate.MostBytes + 1L));

        var status = await DeliverAsync(giant, "sha256=" + new string('0', 64), "d-giant");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20L << 20); // of client and server together
        Assert.Equal(0, _woken);
    }

    private async Task<HttpStatusCode> GitLabAsync(string token, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.Http, "webhooks/gitlab")) { Content = new StringContent("{}") };
        request.Headers.TryAddWithoutValidation("X-Gitlab-Token", token);
        request.Headers.TryAddWithoutValidation("X-Gitlab-Event-UUID", id);
        using var answer = await _http.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private Task<HttpStatusCode> DeliverAsync(byte[] body, string? signature, string? id) => DeliverAsync(new ByteArrayContent(body), signature, id);

    private async Task<HttpStatusCode> DeliverAsync(HttpContent content, string? signature, string? id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.Http, "webhooks/github")) { Content = content };
        request.Headers.TryAddWithoutValidation("X-GitHub-Event", "nobody_knows");
        if (signature is not null) request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature);
        if (id is not null) request.Headers.TryAddWithoutValidation("X-GitHub-Delivery", id);
        using var answer = await _http.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private static string Sign(byte[] body, string secret = Secret) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>Many bytes that are nowhere.</summary>
    private sealed class Zeros(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            Array.Clear(buffer, offset, read);
            _left -= read;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
