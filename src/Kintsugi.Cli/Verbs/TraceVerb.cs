using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Cli.Verbs;

/// <summary>Looks at what `serve` keeps.</summary>
internal static class TraceVerb
{
    private const int Most = 500;

    private const string Remedy = "Have `kintsugi serve` take some; docs/ingest.md says how.";

    public static Command Command() => new("trace", "Looks at the traces that `serve` keeps.") { List(), Show() };

    private static Verb List()
    {
        var options = new Options(
            Edge.AgentDirectory(),
            Store(),
            new Option<string?>("--service") { Description = "Only traces of this service, or LangSmith project.", HelpName = "NAME" },
            new Option<string?>("--version") { Description = "Only traces of this version, as the sender calls it.", HelpName = "NAME" },
            new Option<string?>("--since") { Description = "Only traces that began since: a time (2026-11-28, 2026-11-28T10:00Z) or an age (30m, 24h, 7d).", HelpName = "TIME" },
            new Option<bool>("--failed") { Description = "Only traces in which something failed." },
            new Option<string?>("--model") { Description = "Only traces in which this model answered.", HelpName = "NAME" },
            new Option<string?>("--signature") { Description = "Only traces with this error, by its signature.", HelpName = "HASH" },
            new Option<string?>("--text") { Description = $"Only traces that hold these letters as they stand; the newest {SpanQuery.MostScanned:N0} spans are looked through.", HelpName = "TEXT" },
            new Option<int>("--most") { Description = $"So many at most, up to {Most}.", HelpName = "N", DefaultValueFactory = _ => 20 },
            Edge.Json());
        return new Verb("list", "Lists traces, newest first.")
        {
            Arguments = { options.Directory },
            Options = { options.Store, options.Service, options.Version, options.Since, options.Failed, options.Model, options.Signature, options.Text, options.Most, options.Json },
            Examples =
            [
                ("kintsugi trace list --failed --since 24h", "what went wrong since yesterday"),
                ("kintsugi trace list --text 'order A-7' --json", "by words; docs/trace-list.schema.json describes the document"),
            ],
        }.Does((parsed, cancellationToken) => ListAsync(parsed, options, cancellationToken));
    }

    private static Verb Show()
    {
        var trace = new Argument<string>("TRACE_ID") { Description = "The trace, as `trace list` calls it, or a LangSmith trace's UUID." };
        var directory = Edge.DirectoryOption();
        var store = Store();
        var json = Edge.Json();
        return new Verb("show", "Shows one trace: what ran within what, which models and tools were called, what was said, what failed.")
        {
            Arguments = { trace },
            Options = { directory, store, json },
            Examples =
            [
                ("kintsugi trace show 4bf92f3577b34da6a3ce929d0e0e4736", "as a tree"),
                ("kintsugi trace show 4bf92f3577b34da6a3ce929d0e0e4736 --json", "whole; docs/trace-show.schema.json describes the document"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var said = parsed.GetValue(trace)!;
            var id = TraceId.Of(said) ?? throw new UsageException($"'{Text.Plain(said, 60)}' is no id of a trace. Write its 32 hexadecimal digits; `kintsugi trace list` has them.");
            await using var spans = TraceSources.Open(parsed.GetValue(directory)!, parsed.GetValue(store), Remedy, TimeProvider.System);
            var stored = await spans.ReadAsync(id, cancellationToken) ?? throw new UsageException($"there is no trace {id}. `kintsugi trace list` has those that are kept.");
            if (parsed.GetValue(json)) Print(TraceDocument.Of(SpanBodies.Read(stored)));
            else TraceText.Write(Console.Out, SpanBodies.Read(stored));
            return ExitStatus.Ok;
        });
    }

    private static async Task<int> ListAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var most = parsed.GetValue(options.Most);
        if (most is < 1 or > Most) throw new UsageException($"--most is {most}. Write 1 to {Most}.");
        var (failed, model, signature, text) = (parsed.GetValue(options.Failed), parsed.GetValue(options.Model), parsed.GetValue(options.Signature), parsed.GetValue(options.Text));
        await using var store = TraceSources.Open(parsed.GetValue(options.Directory)!, parsed.GetValue(options.Store), Remedy, TimeProvider.System);
        var query = new SpanQuery(
            TraceSources.Ns(DatasetFromTraces.Since(parsed.GetValue(options.Since), TimeProvider.System)), Service: parsed.GetValue(options.Service), Version: parsed.GetValue(options.Version),
            Signature: signature, Model: model, FailedOnly: failed, RootsOnly: !failed && model is null && signature is null && text is null, Text: text, Limit: 1000);
        List<TraceRow> rows = [];
        foreach (var id in (await store.FindAsync(query, cancellationToken)).Select(s => s.Trace).Distinct().Take(most))
            if (await store.ReadAsync(id, cancellationToken) is { } stored) rows.Add(TraceRow.Of(stored));
        if (parsed.GetValue(options.Json)) Print(new TraceListDocument(rows));
        else if (rows.Count == 0) Console.Out.WriteLine("No such traces.");
        else foreach (var row in rows) TraceText.WriteRow(Console.Out, row);
        return ExitStatus.Ok;
    }

    private static Option<string?> Store() => new("--store")
    {
        Description = "Where `serve` keeps spans, as it was told: a connection string of PostgreSQL. Default: the file beside the agent.",
        HelpName = "WHERE",
    };

    private static void Print<T>(T document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, HealDocument.Json));

    private sealed record Options(
        Argument<string> Directory, Option<string?> Store, Option<string?> Service, Option<string?> Version, Option<string?> Since, Option<bool> Failed, Option<string?> Model,
        Option<string?> Signature, Option<string?> Text, Option<int> Most, Option<bool> Json);
}
