using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>Opens the store that is asked for.</summary>
public static class SpanStores
{
    /// <param name="postgres">A connection string of PostgreSQL; null for a file.</param>
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public static ISpanStore Open(string? postgres, string file, TimeProvider clock) =>
        postgres is null ? new SqliteSpanStore(Database.OpenSpans(file), Merged) : new PostgresSpanStore(PostgresDatabase.OpenSpans(postgres), Merged, clock);

    // Until runs of LangSmith are taken, nothing comes in pieces.
    private static SpanRow Merged(SpanRow older, SpanRow newer) => newer;
}
