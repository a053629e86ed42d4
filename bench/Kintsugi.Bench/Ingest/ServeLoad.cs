using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Kintsugi.Tests.Tracing;
using Kintsugi.Tests.Tracing.LangSmith;

namespace Kintsugi.Bench.Ingest;

/// <summary>The memory of the real server, when more arrives than it can write and when much arrives for long.</summary>
public static class ServeLoad
{
    private const int Quarters = 4;

    /// <summary>Different ones, so that the same runs do not come again at once.</summary>
    private const int Forms = 64;

    private static readonly (string What, int Senders, Func<ServedTraces, Func<HttpRequestMessage>> Make)[] Loads =
    [
        ("OTLP protobuf, 1.0 MB, 2,400 spans", 100, server => Protobuf(server, 600)),
        ("OTLP protobuf, 16.8 MB, 40,000 spans", 24, server => Protobuf(server, 10_000)),
        ("OTLP JSON, 7.9 MB, 20,000 spans", 24, JsonOf),
        ("OTLP gRPC, 3.4 MB, 8,000 spans", 24, Grpc),
        ("LangSmith zstd, 4 MB, 1,600 runs", 24, server => Form(server, 400, 0)),
        ("LangSmith zstd, 19 MB, 4 runs", 24, server => Form(server, 1, 4_500_000)),
    ];

    /// <summary>Sends more than can be written, in large bodies and many at once; memory must keep its bound.</summary>
    public static async Task<int> OverloadAsync(int seconds, string? file, CancellationToken cancellationToken)
    {
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"Requests without a pause for {seconds} s, each row to a server of its own; memory is the most that the process has had resident. `Kintsugi.Bench ingest-overload --seconds {seconds}`.").AppendLine();
        table.AppendLine("| requests, decompressed | senders | taken | refused | of these without Retry-After | other answers | memory, MiB |").AppendLine("|---|---:|---:|---:|---:|---:|---:|");
        var isGood = true;
        foreach (var (what, senders, make) in Loads)
        {
            await using var server = await ServedTraces.StartAsync(cancellationToken);
            var answers = await LoadAsync(make(server), senders, TimeSpan.FromSeconds(seconds), cancellationToken);
            isGood &= answers.Others == 0 && answers.Unannounced == 0 && answers.Taken > 0;
            var row = string.Create(CultureInfo.InvariantCulture, $"| {what} | {senders} | {answers.Taken:N0} | {answers.Refused:N0} | {answers.Unannounced} | {answers.Others} | {server.PeakBytes >> 20} |");
            Console.WriteLine(row);
            table.AppendLine(row);
        }
        if (file is not null) await File.AppendAllTextAsync(file, "\n" + table, cancellationToken);
        return isGood ? 0 : 1;
    }

    /// <summary>Sends for long what can be written, and watches whether memory grows.</summary>
    /// <param name="gigabytes">Of bodies, decompressed; half of them OTLP, half LangSmith's.</param>
    public static async Task<int> StreamAsync(double gigabytes, string? file, CancellationToken cancellationToken)
    {
        await using var server = await ServedTraces.StartAsync(cancellationToken);
        var (sent, wanted, seeds) = (0L, (long)(gigabytes * 1e9), 0);
        List<(long Sent, long Bytes)> samples = [];
        var senders = Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            using var http = new HttpClient();
            while (Interlocked.Read(ref sent) < wanted)
            {
                var random = new Random(Interlocked.Increment(ref seeds));
                var form = n % 2 == 0 ? null : RunMaker.Form(random, 250).Bytes();
                var body = form ?? SpanMaker.Request(random, 600, startNs: 1_795_000_000_000_000_000 + (random.Next() * 1_000_000L));
                for (var isTaken = false; !isTaken;)
                {
                    using var answer = form is null ? await http.SendAsync(Post(server.Http, "v1/traces", new ByteArrayContent(body), "application/x-protobuf"), cancellationToken) : await http.PostAsync(new Uri(server.Http, "runs/multipart"), RunForm.Content(form, "zstd"), cancellationToken);
                    isTaken = answer.IsSuccessStatusCode;
                    if (!isTaken && answer.StatusCode != HttpStatusCode.TooManyRequests) throw new InvalidOperationException($"The server answers {(int)answer.StatusCode}.");
                }
                Interlocked.Add(ref sent, body.Length);
            }
        }, cancellationToken)).ToList();
        var all = Task.WhenAll(senders);
        while (!all.IsCompleted)
        {
            samples.Add((Interlocked.Read(ref sent), server.ResidentBytes));
            await Task.WhenAny(all, Task.Delay(100, cancellationToken));
        }
        await all;
        var quarters = Enumerable.Range(0, Quarters).Select(q => samples.Where(s => s.Sent * Quarters / wanted == q).Select(s => s.Bytes >> 20).DefaultIfEmpty().ToList()).ToList();
        var said = string.Create(CultureInfo.InvariantCulture,
            $"A stream of {sent / 1e9:0.0} GB, half of it OTLP and half LangSmith's in zstd, all taken: resident memory in its four quarters on average {string.Join(", ", quarters.Select(q => $"{q.Average():0}"))} MiB, at most {string.Join(", ", quarters.Select(q => q.Max()))} MiB. It stands for a longer one as far as the last quarters are alike. `Kintsugi.Bench ingest-stream --gigabytes {gigabytes}`.\n");
        Console.Write(said);
        if (file is not null) await File.AppendAllTextAsync(file, "\n" + said, cancellationToken);
        return quarters[^1].Average() < 1.2 * quarters[1].Average() ? 0 : 1;
    }

    private static async Task<Answers> LoadAsync(Func<HttpRequestMessage> make, int senders, TimeSpan time, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(time);
        ConcurrentBag<Answers> all = [];
        await Task.WhenAll(Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
            var mine = new Answers(0, 0, 0, 0);
            while (!ended.IsCancellationRequested)
            {
                using var answer = await http.SendAsync(make(), cancellationToken);
                await answer.Content.ReadAsByteArrayAsync(cancellationToken);
                var grpc = answer.TrailingHeaders.Concat(answer.Headers).FirstOrDefault(h => h.Key == "grpc-status").Value?.First();
                if (grpc is null ? answer.IsSuccessStatusCode : grpc == "0") mine = mine with { Taken = mine.Taken + 1 };
                else if (grpc is null ? answer.StatusCode == HttpStatusCode.TooManyRequests : grpc == "14") mine = mine with { Refused = mine.Refused + 1, Unannounced = mine.Unannounced + (grpc is null && answer.Headers.RetryAfter is null ? 1 : 0) };
                else mine = mine with { Others = mine.Others + 1 };
            }
            all.Add(mine);
        }, cancellationToken)));
        return all.Aggregate((a, b) => new Answers(a.Taken + b.Taken, a.Refused + b.Refused, a.Unannounced + b.Unannounced, a.Others + b.Others));
    }

    private static Func<HttpRequestMessage> Protobuf(ServedTraces server, int traces)
    {
        var body = SpanMaker.Request(new Random(5), traces);
        return () => Post(server.Http, "v1/traces", new ByteArrayContent(body), "application/x-protobuf");
    }

    private static Func<HttpRequestMessage> JsonOf(ServedTraces server)
    {
        const string attribute = """{"key":"gen_ai.input.messages","value":{"stringValue":"[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"Ticket: the invoice names 20 euros\"}]}]"}}""";
        var spans = string.Join(',', Enumerable.Range(1, 20_000).Select(i => string.Create(CultureInfo.InvariantCulture,
            $$$"""{"traceId":"{{{i:x32}}}","spanId":"{{{i:x16}}}","name":"chat","kind":3,"startTimeUnixNano":"1795000000000000000","endTimeUnixNano":"1795000000400000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{{{attribute}}}]}""")));
        var body = Encoding.UTF8.GetBytes($$$"""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"desk"}}]},"scopeSpans":[{"spans":[{{{spans}}}]}]}]}""");
        return () => Post(server.Http, "v1/traces", new ByteArrayContent(body), "application/json");
    }

    private static Func<HttpRequestMessage> Grpc(ServedTraces server)
    {
        var body = SpanMaker.Request(new Random(5), 2_000);
        byte[] framed = [0, .. BitConverter.GetBytes(IPAddress.HostToNetworkOrder(body.Length)), .. body];
        return () =>
        {
            var call = Post(server.Grpc, "opentelemetry.proto.collector.trace.v1.TraceService/Export", new ByteArrayContent(framed), "application/grpc");
            (call.Version, call.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            return call;
        };
    }

    private static Func<HttpRequestMessage> Form(ServedTraces server, int traces, int filling)
    {
        List<byte[]> forms = [.. Enumerable.Range(0, Forms).Select(seed => RunForm.Zstd(RunMaker.Form(new Random(seed), traces, filling: filling).Bytes()))];
        using var like = RunForm.Content([], "zstd");
        var (type, next) = (like.Headers.ContentType!.ToString(), 0);
        return () => Post(server.Http, "runs/multipart", new ByteArrayContent(forms[Interlocked.Increment(ref next) % Forms]) { Headers = { ContentEncoding = { "zstd" } } }, type);
    }

    private static HttpRequestMessage Post(Uri server, string path, ByteArrayContent content, string type)
    {
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return new HttpRequestMessage(HttpMethod.Post, new Uri(server, path)) { Content = content };
    }

    private sealed record Answers(int Taken, int Refused, int Unannounced, int Others);
}
