using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Storage;
using Kintsugi.Tests.Tracing;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Bench.Ingest;

/// <summary>What it costs to take spans, from the bytes of a request to committed rows.</summary>
public static class IngestBench
{
    private const int SpansATrace = 4;

    /// <param name="spans">How many, in all.</param>
    public static async Task<int> RunAsync(int spans, string? file, CancellationToken cancellationToken)
    {
        var table = new StringBuilder();
        table.AppendLine("# Taking spans").AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{spans:N0} spans like those of an instrumented agent, in requests of 100 traces of {SpansATrace} spans. CPU of this process from the bytes of a request to committed rows, median of five parts. `Kintsugi.Bench ingest --write bench/results/ingest.md` makes it again.").AppendLine();
        table.AppendLine("| | µs CPU a span | bytes a span in | bytes a span on disk |").AppendLine("|---|---:|---:|---:|");
        var directory = Directory.CreateTempSubdirectory("kintsugi-ingest-").FullName;
        try
        {
            var requests = Requests(spans);
            var bytes = requests.Average(r => r.Length) / (100.0 * SpansATrace);
            var parse = Cost(requests, request => { OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole(); return Task.CompletedTask; });
            table.AppendLine(CultureInfo.InvariantCulture, $"| read and redact alone | {await parse:0.0} | {bytes:0} | |");
            var path = Path.Combine(directory, "traces.db");
            await using (var store = new SqliteSpanStore(Database.OpenSpans(path), (_, later) => later))
            {
                await using var intake = new SpanIntake(store);
                var cost = await Cost(Requests(spans), async request =>
                {
                    var batch = OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole();
                    if (!await intake.TryWriteAsync(batch.Spans, batch.Notes, cancellationToken)) throw new InvalidOperationException("The intake is full although nothing waits.");
                });
                table.AppendLine(CultureInfo.InvariantCulture, $"| OTLP protobuf to SQLite, committed | {cost:0.0} | {bytes:0} | {new FileInfo(path).Length / spans} |");
            }
        }
        finally
        {
            Directory.Delete(directory, true);
        }
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table.ToString(), cancellationToken);
        return 0;
    }

    private static List<byte[]> Requests(int spans)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, spans / (100 * SpansATrace)).Select(i => SpanMaker.Request(random, 100, startNs: 1_795_000_000_000_000_000 + (i * 1_000_000_000L)))];
    }

    /// <returns>Median over five parts, in microseconds a span.</returns>
    private static async Task<double> Cost(List<byte[]> requests, Func<byte[], Task> take)
    {
        List<double> parts = [];
        foreach (var part in requests.Chunk(Math.Max(1, requests.Count / 5)))
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            foreach (var request in part) await take(request);
            parts.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds / (part.Length * 100.0 * SpansATrace));
        }
        parts.Sort();
        return parts[parts.Count / 2];
    }
}
