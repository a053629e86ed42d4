using Kintsugi.Cli.Output;
using Kintsugi.Cli.Verbs;
using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Cli;

/// <summary>Which traces to look at.</summary>
internal sealed record TraceSelection(DateTimeOffset? Since, string? Service, string? Version)
{
    public bool Holds(Trace trace) =>
        (Since is null || trace.Root?.Start >= Since) && (Service is null || trace.Service == Service) && (Version is null || trace.Version == Version);
}

/// <summary>Where traces come from.</summary>
internal static class TraceSources
{
    /// <summary>Where `serve` keeps spans, below the agent's directory.</summary>
    public const string SpansFile = ".kintsugi/traces.db";

    /// <exception cref="UsageException">There is no such file.</exception>
    /// <exception cref="Kintsugi.Evaluation.BadFileException">A line is no trace.</exception>
    public static async Task<IReadOnlyList<Trace>> FromFileAsync(string file, TraceSelection selection, CancellationToken cancellationToken)
    {
        if (!File.Exists(file)) throw new UsageException($"there is no file '{Text.Plain(file)}'. Give one with traces, JSON Lines; docs/gold.md says how a line looks.");
        await using var stream = File.OpenRead(file);
        return [.. (await TraceLine.ReadAsync(file, stream, cancellationToken)).Where(selection.Holds)];
    }

    /// <summary>The newest of what `serve` keeps: up to a thousand requests, and the traces of up to a thousand spans that failed.</summary>
    /// <param name="postgres">A connection string; null for the file beside the agent.</param>
    /// <exception cref="UsageException">Nothing was ever kept there.</exception>
    public static async Task<IReadOnlyList<Trace>> FromStoreAsync(string agentDirectory, string? postgres, TraceSelection selection, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var store = Open(agentDirectory, postgres, "Have `kintsugi serve` take some, or give a file with --from; docs/gold.md says how.", clock);
        var query = new SpanQuery(Ns(selection.Since), Service: selection.Service, Version: selection.Version, Limit: 1000);
        var failed = await store.FindAsync(query with { FailedOnly = true }, cancellationToken);
        var roots = await store.FindAsync(query with { RootsOnly = true }, cancellationToken);
        List<Trace> traces = [];
        foreach (var id in failed.Concat(roots).Select(s => s.Trace).Distinct())
            if (await store.ReadAsync(id, cancellationToken) is { } stored && SpanBodies.Read(stored) is var trace && selection.Holds(trace)) traces.Add(trace);
        return traces;
    }

    /// <param name="postgres">A connection string; null for the file beside the agent.</param>
    /// <exception cref="UsageException">Nothing was ever kept there.</exception>
    public static ISpanStore Open(string agentDirectory, string? postgres, string remedy, TimeProvider clock)
    {
        var file = Path.Combine(agentDirectory, SpansFile);
        if (postgres is null && !File.Exists(file)) throw new UsageException($"there are no traces in {SpansFile}. {remedy}");
        return SpanStores.Open(postgres, file, LangSmithRun.Merge, clock);
    }

    public static long? Ns(DateTimeOffset? time) => time is { } since ? since.ToUnixTimeMilliseconds() * 1_000_000 : null;
}
