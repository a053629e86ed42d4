using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Storage;
using Kintsugi.Tests.Tracing;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Bench.Ingest;

/// <summary>How long a store with many spans takes to answer.</summary>
public static class QueryBench
{
    private const int TracesARequest = 250;
    private const int Services = 8;
    private const int Asked = 200;

    /// <param name="spans">How many are stored first.</param>
    public static async Task<int> RunAsync(long spans, string? file, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kintsugi-queries-").FullName;
        try
        {
            await using var store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(directory, "traces.db")), (_, later) => later);
            var random = new Random(11);
            List<TraceId> known = [];
            for (long stored = 0; stored < spans;)
            {
                var request = SpanMaker.Request(random, TracesARequest, $"service-{random.Next(Services)}", $"1.{random.Next(5)}", failing: random.Next(3) == 0 ? 40 : 0, startNs: 1_795_000_000_000_000_000 + (stored * 10_000_000L));
                var batch = OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole();
                await store.WriteAsync(batch.Spans, batch.Notes, cancellationToken);
                stored += batch.Spans.Count;
                if (random.Next(20) == 0) known.Add(batch.Spans[random.Next(batch.Spans.Count)].Trace);
            }
            var table = new StringBuilder();
            table.AppendLine("# Asking for spans").AppendLine().AppendLine(CultureInfo.InvariantCulture,
                $"{spans:N0} spans of {Services} services in SQLite ({new FileInfo(Path.Combine(directory, "traces.db")).Length / 1e9:0.0} GB), each question {Asked} times. `Kintsugi.Bench queries --write bench/results/queries.md` makes it again.").AppendLine();
            table.AppendLine("| question | target, ms | median, ms | slowest of 20, ms |").AppendLine("|---|---:|---:|---:|");
            await Row("a trace by its id", "5", () => store.ReadAsync(known[random.Next(known.Count)], cancellationToken));
            await Row("the 50 newest failures of a service", "50", () => store.FindAsync(new SpanQuery(Service: Service(), FailedOnly: true), cancellationToken));
            await Row("the 50 newest failures of all services", "", () => store.FindAsync(new SpanQuery(FailedOnly: true), cancellationToken));
            await Row("the 50 newest of one version of a service", "", () => store.FindAsync(new SpanQuery(Service: Service(), Version: $"1.{random.Next(5)}"), cancellationToken));
            await Row("the 50 newest whole requests of a service", "", () => store.FindAsync(new SpanQuery(Service: Service(), RootsOnly: true), cancellationToken));
            await Row("the 50 newest of a service with a word that stands in one of hundred", "", () => store.FindAsync(new SpanQuery(Service: Service(), Text: $"of {random.Next(1, 28)} May names {random.Next(20, 24)}"), cancellationToken));
            Console.Write(table);
            if (file is not null) await File.WriteAllTextAsync(file, table.ToString(), cancellationToken);
            return 0;

            string Service() => $"service-{random.Next(Services)}";

            async Task Row(string question, string target, Func<Task> ask)
            {
                List<double> took = [];
                for (var i = 0; i < Asked; i++)
                {
                    var started = Stopwatch.GetTimestamp();
                    await ask();
                    took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
                took.Sort();
                table.AppendLine(CultureInfo.InvariantCulture, $"| {question} | {target} | {took[Asked / 2]:0.00} | {took[Asked * 19 / 20]:0.00} |");
            }
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }
}
