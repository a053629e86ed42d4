using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Kintsugi.Storage;
using Kintsugi.Tests.Tracing;
using Kintsugi.Tests.Tracing.Otlp;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Bench.Ingest;

/// <summary>The real server, killed and overloaded, and sent what nobody would send by mistake.</summary>
public static class ServeDrill
{
    private const int Senders = 8;

    /// <summary>Kills `kintsugi serve` (-9) at random moments under load; every acknowledged trace must be there afterwards.</summary>
    public static async Task<int> KillAsync(int kills, int seed, string? file, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kintsugi-serve-").FullName;
        try
        {
            MakeAgent(directory);
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

    /// <summary>Sends more than can be written, in large bodies and many at once; memory must keep its bound.</summary>
    public static async Task<int> OverloadAsync(int seconds, string? file, CancellationToken cancellationToken) =>
        await OverloadAsync(100, 600, seconds, file, cancellationToken) + await OverloadAsync(24, 10_000, seconds, file, cancellationToken);

    private static async Task<int> OverloadAsync(int senders, int traces, int seconds, string? file, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kintsugi-serve-").FullName;
        try
        {
            MakeAgent(directory);
            await using var server = await ServedTraces.StartAsync(directory, cancellationToken);
            var body = SpanMaker.Request(new Random(5), traces);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            ended.CancelAfter(TimeSpan.FromSeconds(seconds));
            ConcurrentDictionary<int, int> answers = [];
            var (unannounced, most) = (0, 0L);
            var load = Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
            {
                using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
                while (!ended.IsCancellationRequested)
                {
                    using var answer = await PostAsync(http, server.Http, body, cancellationToken);
                    answers.AddOrUpdate((int)answer.StatusCode, 1, (_, n) => n + 1);
                    if (answer.StatusCode == HttpStatusCode.TooManyRequests && answer.Headers.RetryAfter is null) Interlocked.Increment(ref unannounced);
                }
            }, cancellationToken)).ToList();
            while (!ended.IsCancellationRequested)
            {
                most = Math.Max(most, server.ResidentBytes());
                await Task.Delay(100, CancellationToken.None);
            }
            await Task.WhenAll(load);
            var said = string.Create(CultureInfo.InvariantCulture,
                $"{senders} senders of bodies of {body.Length / 1e6:0.0} MB ({4 * traces:N0} spans) without a pause for {seconds} s: answers {string.Join(", ", answers.OrderBy(a => a.Key).Select(a => $"{a.Key} × {a.Value}"))}, {unannounced} of the 429 without Retry-After; the server's memory was at most {most >> 20} MiB. `Kintsugi.Bench ingest-overload --seconds {seconds}`.\n");
            Console.Write(said);
            if (file is not null) await File.AppendAllTextAsync(file, "\n" + said, cancellationToken);
            return answers.Keys.All(status => status is 200 or 429) && unannounced == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    /// <summary>Sends hostile requests; each is taken or refused, and the server's memory keeps its bound.</summary>
    public static async Task<int> FuzzAsync(int cases, int firstSeed, string? file, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kintsugi-serve-").FullName;
        try
        {
            MakeAgent(directory);
            await using var server = await ServedTraces.StartAsync(directory, cancellationToken);
            ConcurrentDictionary<int, int> answers = [];
            ConcurrentQueue<int> broken = [];
            var next = firstSeed - 1;
            var most = 0L;
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
            {
                using var http = new HttpClient();
                for (int seed; (seed = Interlocked.Increment(ref next)) < firstSeed + cases;)
                {
                    var (path, bytes, type, encoding) = OtlpFuzz.Request(new Random(seed));
                    using var content = new ByteArrayContent(bytes);
                    content.Headers.TryAddWithoutValidation("content-type", type);
                    if (encoding.Length > 0) content.Headers.TryAddWithoutValidation("content-encoding", encoding);
                    using var answer = await http.PostAsync(new Uri(server.Http, path), content, cancellationToken);
                    answers.AddOrUpdate((int)answer.StatusCode, 1, (_, n) => n + 1);
                    if ((int)answer.StatusCode is not (200 or 400 or 413 or 415 or 429)) broken.Enqueue(seed);
                    if (seed % 1_000 == 0) most = Math.Max(most, server.ResidentBytes());
                }
            }, cancellationToken)));
            var said = string.Create(CultureInfo.InvariantCulture,
                $"{cases:N0} hostile requests from seed {firstSeed}: answers {string.Join(", ", answers.OrderBy(a => a.Key).Select(a => $"{a.Key} × {a.Value:N0}"))}; {broken.Count} broke something{(broken.IsEmpty ? "" : $" (seeds {string.Join(", ", broken.Take(5))})")}; memory at most {most >> 20} MiB. `Kintsugi.Bench ingest-fuzz --cases {cases} --first-seed {firstSeed}`.\n");
            Console.Write(said);
            if (file is not null) await File.AppendAllTextAsync(file, "\n" + said, cancellationToken);
            return broken.IsEmpty ? 0 : 1;
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    private static void MakeAgent(string directory) =>
        File.WriteAllText(Path.Combine(directory, "kintsugi.yaml"), "agent: { name: desk, prompt: p.md, model: sim-large, protocol: prompt }\ndataset: gold.jsonl\nscorers: [ exact: {} ]\n");

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

/// <summary>`kintsugi serve` in a process of its own.</summary>
internal sealed class ServedTraces(Process process, Uri http) : IAsyncDisposable
{
    public Uri Http => http;

    public static async Task<ServedTraces> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "kintsugi"), ["serve", directory, "--port", "0", "--grpc-port", "0"]) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            if (line.Split("OTEL_EXPORTER_OTLP_ENDPOINT=") is [_, var rest] && line.Contains("protobuf", StringComparison.Ordinal)) return new ServedTraces(process, new Uri(rest.Split(' ')[0]));
        throw new InvalidOperationException("The server did not start.");
    }

    public long ResidentBytes()
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    public void Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
