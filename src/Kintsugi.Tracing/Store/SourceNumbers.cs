using Dapper;
using Kintsugi.Tracing.Spans;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tracing.Store;

/// <summary>The number of each source, and of its service, as SQLite holds them.</summary>
internal sealed class SourceNumbers
{
    /// <summary>Strangers choose what a source says: what is remembered of them has a bound.</summary>
    public const int MostRemembered = 4_096;

    private readonly Dictionary<SpanSource, SourceNumber> _known = [];
    private SpanSource? _last;
    private SourceNumber _lastNumber;

    /// <summary>Writes the source down if it is new.</summary>
    public SourceNumber Of(SpanSource source, SqliteConnection connection)
    {
        if (ReferenceEquals(source, _last)) return _lastNumber; // spans of one request follow each other
        if (!_known.TryGetValue(source, out var number))
        {
            if (_known.Count >= MostRemembered) _known.Clear();
            _known[source] = number = Stored(source, connection);
        }
        (_last, _lastNumber) = (source, number);
        return number;
    }

    public void Forget()
    {
        _known.Clear();
        _last = null;
    }

    private static SourceNumber Stored(SpanSource source, SqliteConnection connection)
    {
        var values = new { source.Service, source.Version, source.Scope, source.Resource, digest = SourceDigest.Of(source) };
        connection.Execute(
            """
            insert into source (service, name, version, scope, resource, digest)
            select coalesce((select service from source where name = @Service limit 1), (select coalesce(max(id), 0) + 1 from source)), @Service, @Version, @Scope, @Resource, @digest
            where not exists (select 1 from source where digest = @digest)
            """, values);
        var (id, service) = connection.QuerySingle<(long, long)>("select id, service from source where digest = @digest", values);
        return new SourceNumber(id, service);
    }
}

internal readonly record struct SourceNumber(long Id, long Service);
