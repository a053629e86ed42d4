using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Kintsugi.Storage;
using Kintsugi.Tests.Tracing;
using Kintsugi.Tests.Tracing.LangSmith;
using Kintsugi.Tests.Tracing.Otlp;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Bench.Ingest;

/// <summary>The real server, killed, and sent what nobody would send by mistake.</summary>
public static class ServeDrill
{
    private const int Senders = 8;

    /// <summary>Kills `kintsugi serve` (-9) at random moments under load; every acknowledged trace must be there afterwards.</summary>
    public static async Task<int> KillAsync(int kills, int seed, string? file, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kintsugi-serve-").FullName;
        try
        {
            var random = new Random(seed);
            ConcurrentBag<TraceId> acknowledged = [];
            for (var kill = 0; kill < kills; kill++)
            {
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await using var server = await ServedTraces.StartAsync(directory, cancellationToken);
                var load = Enumerable.Range(0, Senders).Select(n => Task.Run(() => SendAsync(server.Http, new Random((seed * 1_000_003) + (kill * Senders) + n), acknowledged, ended.Token), cancellationToken)).ToList();
                await Task.Delay(TimeSpan.FromMilliseconds(300 + random.Next(1_200)), cancellationToken);
                server.Kill();
                await ended.CancelAsync();
                await Task.WhenAll(load);
            }
            await using var store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(directory, ".kintsugi", "traces.db")), (_, later) => later);
            var lost = 0;
            foreach (var trace in acknowledged)
                if (await store.ReadAsync(trace, cancellationToken) is not { Spans.Count: 4 }) lost++;
            var said = string.Create(CultureInfo.InvariantCulture, $"`kintsugi serve` killed (-9) {kills} times under the load of {Senders} senders: of {acknowledged.Count:N0} acknowledged traces of 4 spans {lost} are lost or incomplete. `Kintsugi.Bench ingest-kill --kills {kills} --seed {seed}`.\n");
            Console.Write(said);
            if (file is not null) await File.AppendAllTextAsync(file, "\n" + said, cancellationToken);
            return lost == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    /// <summary>Sends hostile requests, to OTLP and to LangSmith's API in turn; each is taken or refused, and the server's memory keeps its bound.</summary>
    public static async Task<int> FuzzAsync(int cases, int firstSeed, string? file, CancellationToken cancellationToken)
    {
        await using var server = await ServedTraces.StartAsync(cancellationToken);
        ConcurrentDictionary<(string Endpoint, int Status), int> answers = [];
        ConcurrentQueue<int> broken = [];
        var next = firstSeed - 1;
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            using var http = new HttpClient { BaseAddress = server.Http };
            for (int seed; (seed = Interlocked.Increment(ref next)) < firstSeed + cases;)
            {
                using var request = seed % 2 == 0 ? Hostile(new Random(seed)) : LangSmithFuzz.Request(new Random(seed));
                var endpoint = Endpoint(request.RequestUri!.OriginalString);
                using var answer = await http.SendAsync(request, cancellationToken);
                answers.AddOrUpdate((endpoint, (int)answer.StatusCode), 1, (_, n) => n + 1);
                if ((int)answer.StatusCode >= 500) broken.Enqueue(seed);
            }
        }, cancellationToken)));
        var table = new StringBuilder().AppendLine(CultureInfo.InvariantCulture,
            $"{cases:N0} hostile requests from seed {firstSeed}, {Senders} at a time, one of 500 a giant or a bomb: {broken.Count} broke something{(broken.IsEmpty ? "" : $" (seeds {string.Join(", ", broken.Take(5))})")}; memory at most {server.PeakBytes >> 20} MiB. `Kintsugi.Bench ingest-fuzz --cases {cases} --first-seed {firstSeed}`.").AppendLine();
        table.AppendLine("| endpoint | requests | answers |").AppendLine("|---|---:|---|");
        foreach (var endpoint in answers.GroupBy(a => a.Key.Endpoint).OrderBy(g => g.Key, StringComparer.Ordinal))
            table.AppendLine(CultureInfo.InvariantCulture, $"| `{endpoint.Key}` | {endpoint.Sum(a => a.Value):N0} | {string.Join(", ", endpoint.OrderBy(a => a.Key.Status).Select(a => $"{a.Key.Status} × {a.Value:N0}"))} |");
        Console.Write(table);
        if (file is not null) await File.AppendAllTextAsync(file, "\n" + table, cancellationToken);
        return broken.IsEmpty ? 0 : 1;
    }

    private static HttpRequestMessage Hostile(Random random)
    {
        var (path, bytes, type, encoding) = OtlpFuzz.Request(random);
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("content-type", type);
        if (encoding.Length > 0) content.Headers.TryAddWithoutValidation("content-encoding", encoding);
        return new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
    }

    private static string Endpoint(string path) => string.Join('/', path.Split('?')[0].Trim('/').Split('/').Select(part => Guid.TryParse(part, out _) ? "ID" : part));

    private static async Task SendAsync(Uri server, Random random, ConcurrentBag<TraceId> acknowledged, CancellationToken ended)
    {
        using var http = new HttpClient();
        while (!ended.IsCancellationRequested)
        {
            var body = SpanMaker.Request(random, 1 + random.Next(20));
            List<TraceId> sent = [.. OtlpProtobuf.Traces(body.ToArray(), SpanRedaction.OfKeys).Whole().Spans.Select(s => s.Trace).Distinct()];
            try
            {
                using var answer = await PostAsync(http, server, body, ended);
                if (answer.StatusCode == HttpStatusCode.OK) foreach (var trace in sent) acknowledged.Add(trace);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                return; // it was killed
            }
        }
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, Uri server, byte[] body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        return await http.PostAsync(new Uri(server, "v1/traces"), content, cancellationToken);
    }
}
