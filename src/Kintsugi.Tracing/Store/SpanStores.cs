using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>Opens the store that is asked for.</summary>
public static class SpanStores
{
    /// <param name="postgres">A connection string of PostgreSQL; null for a file.</param>
    /// <param name="merge">Puts a LangSmith run that arrives (second) together with what is stored of it (first).</param>
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public static ISpanStore Open(string? postgres, string file, Func<SpanRow, SpanRow, SpanRow> merge, TimeProvider clock) =>
        postgres is null ? new SqliteSpanStore(Database.OpenSpans(file), merge) : new PostgresSpanStore(PostgresDatabase.OpenSpans(postgres), merge, clock);
}
