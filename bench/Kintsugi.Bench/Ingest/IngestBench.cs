using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Storage;
using Kintsugi.Tests.Tracing;
using Kintsugi.Tests.Tracing.LangSmith;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Bench.Ingest;

/// <summary>What it costs to take spans, from the bytes of a request to committed rows.</summary>
public static class IngestBench
{
    private const int SpansATrace = 4;
    private const int TracesARequest = 100;

    /// <summary>A hundred runs, which is what a sender is told to send at once.</summary>
    private const int TracesAForm = 25;

    /// <param name="spans">How many, in all.</param>
    public static async Task<int> RunAsync(int spans, string? file, CancellationToken cancellationToken)
    {
        var table = new StringBuilder();
        table.AppendLine("# Taking spans").AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{spans:N0} spans like those of an instrumented agent, in requests of {TracesARequest} traces of {SpansATrace} spans; a quarter as many runs as LangSmith's SDK sends them, each as its start and its end, in forms of {TracesAForm * RunMaker.RunsATrace} runs. CPU of this process from the bytes of a request to committed rows, median of five parts. `Kintsugi.Bench ingest --write bench/results/ingest.md` makes it again.").AppendLine();
        table.AppendLine("| | target, µs CPU | µs CPU a span | bytes a span in | bytes a span on disk |").AppendLine("|---|---:|---:|---:|---:|");
        var directory = Directory.CreateTempSubdirectory("kintsugi-ingest-").FullName;
        try
        {
            await OtlpAsync(spans, directory, table, cancellationToken);
            await PostgresAsync(spans, table, cancellationToken);
            await LangSmithAsync(spans / 4, directory, table, cancellationToken);
        }
        finally
        {
            Directory.Delete(directory, true);
        }
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table.ToString(), cancellationToken);
        return 0;
    }

    private static async Task OtlpAsync(int spans, string directory, StringBuilder table, CancellationToken cancellationToken)
    {
        var requests = Requests(spans);
        var bytes = requests.Average(r => r.Length) / (TracesARequest * SpansATrace);
        var parse = await Cost(requests, TracesARequest * SpansATrace, request => { OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole(); return Task.CompletedTask; });
        table.AppendLine(CultureInfo.InvariantCulture, $"| read and redact alone | | {parse:0.0} | {bytes:0} | |");
        var path = Path.Combine(directory, "otlp.db");
        await using var store = new SqliteSpanStore(Database.OpenSpans(path), LangSmithRun.Merge);
        await using var intake = new SpanIntake(store);
        var cost = await Cost(requests, TracesARequest * SpansATrace, request => TakeAsync(intake, request, cancellationToken));
        table.AppendLine(CultureInfo.InvariantCulture, $"| OTLP protobuf to SQLite, committed | 25 | {cost:0.0} | {bytes:0} | {new FileInfo(path).Length / spans} |");
    }

    private static async Task PostgresAsync(int spans, StringBuilder table, CancellationToken cancellationToken)
    {
        await using var server = await PostgresOfBench.StartAsync(cancellationToken);
        if (server is null)
        {
            table.AppendLine("| OTLP protobuf to PostgreSQL, committed | 15 | none is installed | | |");
            return;
        }
        await using var store = new PostgresSpanStore(PostgresDatabase.OpenSpans(server.ConnectionString), LangSmithRun.Merge, TimeProvider.System);
        await using var intake = new SpanIntake(store);
        var cost = await Cost(Requests(spans), TracesARequest * SpansATrace, request => TakeAsync(intake, request, cancellationToken));
        table.AppendLine(CultureInfo.InvariantCulture, $"| OTLP protobuf to PostgreSQL, committed; without the server's own | 15 | {cost:0.0} | | |");
    }

    private static async Task LangSmithAsync(int runs, string directory, StringBuilder table, CancellationToken cancellationToken)
    {
        List<byte[]> forms = [.. Enumerable.Range(0, runs / (TracesAForm * RunMaker.RunsATrace)).Select(seed => RunMaker.Form(new Random(seed), TracesAForm).Bytes())];
        var bytes = forms.Average(f => f.Length) / (TracesAForm * RunMaker.RunsATrace);
        List<byte[]> packed = [.. forms.Select(RunForm.Zstd)];
        forms.Clear();
        using var like = RunForm.Content([], "zstd");
        var (type, path, memory) = (like.Headers.ContentType!.ToString(), Path.Combine(directory, "langsmith.db"), new IngestMemory(16 << 20));
        var database = Database.OpenSpans(path);
        await using var store = new SqliteSpanStore(database, LangSmithRun.Merge);
        await using var intake = new SpanIntake(store);
        var api = new LangSmithApi(database, intake, store, memory, SpanRedaction.OfKeys, TimeProvider.System, evaluated: null);
        var cost = await Cost(packed, TracesAForm * RunMaker.RunsATrace, async form =>
        {
            var context = new DefaultHttpContext { Request = { Body = new MemoryStream(form), ContentType = type, ContentLength = form.Length } };
            context.Request.Headers.ContentEncoding = "zstd";
            using var body = await RequestBytes.ReadAsync(context.Request, memory, LangSmithEndpoints.MostBytes, cancellationToken);
            await api.TakeAsync(RunBatch.OfForm(type, body.Bytes), body.TakenBytes, cancellationToken);
        });
        table.AppendLine(CultureInfo.InvariantCulture, $"| LangSmith form in zstd to SQLite, committed | 60 | {cost:0.0} | {bytes:0} ({packed.Average(p => p.Length) / (TracesAForm * RunMaker.RunsATrace):0} in zstd) | {new FileInfo(path).Length / runs} |");
    }

    private static async Task TakeAsync(SpanIntake intake, byte[] request, CancellationToken cancellationToken)
    {
        var batch = OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole();
        if (!await intake.TryWriteAsync(batch.Spans, batch.Notes, cancellationToken)) throw new InvalidOperationException("The intake is full although nothing waits.");
    }

    private static List<byte[]> Requests(int spans)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, spans / (TracesARequest * SpansATrace)).Select(i => SpanMaker.Request(random, TracesARequest, startNs: 1_795_000_000_000_000_000 + (i * 1_000_000_000L)))];
    }

    /// <param name="spans">Of one request.</param>
    /// <returns>Median over five parts, in microseconds a span.</returns>
    private static async Task<double> Cost(List<byte[]> requests, int spans, Func<byte[], Task> take)
    {
        List<double> parts = [];
        foreach (var part in requests.Chunk(Math.Max(1, requests.Count / 5)))
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            foreach (var request in part) await take(request);
            parts.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds / (part.Length * (double)spans));
        }
        parts.Sort();
        return parts[parts.Count / 2];
    }
}
