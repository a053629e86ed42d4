using Dapper;
using Kintsugi.Storage;

namespace Kintsugi.Tracing.Store;

/// <summary>Keeps what production did, hour by hour, after the spans that told it are gone.</summary>
/// <param name="database"><see cref="Database.OpenSpans"/>.</param>
public sealed class TrafficHours(Database database)
{
    public const long HourNs = 3_600_000_000_000;

    /// <returns>Hours since 1970 up to which all is counted; null while none is.</returns>
    public long? CountedTo()
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<long?>("select to_hour from traffic_counted");
    }

    /// <summary>Notes that every hour before this one was counted.</summary>
    public void Counted(long toHour) => database.Write(durable: false, (connection, transaction) =>
    {
        connection.Execute("delete from traffic_counted", transaction: transaction);
        return connection.Execute("insert into traffic_counted values (@toHour)", new { toHour }, transaction);
    });

    /// <summary>Keeps what an hour had. Where it was counted before, the larger count stays: spans may be late, and others sampled away meanwhile.</summary>
    public void Put(long hour, IReadOnlyList<Traffic> counted)
    {
        ArgumentNullException.ThrowIfNull(counted);
        database.Write(durable: false, (connection, transaction) => counted.Sum(row => connection.Execute(
            row.Signature is null
                ? """
                  insert into traffic (service, version, hour, requests, model_calls) values (@Service, @Version, @hour, @Requests, @ModelCalls)
                  on conflict do update set requests = max(requests, excluded.requests), model_calls = max(model_calls, excluded.model_calls)
                  """
                : """
                  insert into traffic_error (service, version, hour, signature, requests) values (@Service, @Version, @hour, @Signature, @Requests)
                  on conflict do update set requests = max(requests, excluded.requests)
                  """,
            new { row.Service, Version = row.Version ?? "", hour, row.Signature, row.Requests, row.ModelCalls }, transaction)));
    }

    /// <summary>Services that called a model since an hour, by name.</summary>
    public IReadOnlyList<string> ServicesSince(long hour)
    {
        using var connection = database.Connect();
        return [.. connection.Query<string>("select service from traffic where hour >= @hour group by service having sum(model_calls) > 0 order by service", new { hour })];
    }

    /// <summary>What each version of a service did in each hour.</summary>
    public IReadOnlyList<TrafficHour> Read(string service, long sinceHour)
    {
        using var connection = database.Connect();
        var values = new { service, sinceHour };
        var errors = connection.Query<(long Hour, string Version, string Signature, long Requests)>("select hour, version, signature, requests from traffic_error where service = @service and hour >= @sinceHour", values)
            .ToLookup(e => (e.Hour, e.Version));
        return
        [
            .. connection.Query<(long Hour, string Version, long Requests)>("select hour, version, requests from traffic where service = @service and hour >= @sinceHour order by hour, version", values)
                .Select(t => new TrafficHour(t.Hour, t.Version, (int)t.Requests, errors[(t.Hour, t.Version)].ToDictionary(e => e.Signature, e => (int)e.Requests, StringComparer.Ordinal))),
        ];
    }

    /// <summary>Forgets what lies before an hour.</summary>
    public void Trim(long hour) => database.Write(durable: false, (connection, transaction) =>
        connection.Execute("delete from traffic where hour < @hour; delete from traffic_error where hour < @hour", new { hour }, transaction));
}

/// <summary>What one version did in one hour since 1970.</summary>
/// <param name="Version">Empty where its senders said none.</param>
/// <param name="Errors">By signature, the requests that hit it.</param>
public sealed record TrafficHour(long Hour, string Version, int Requests, IReadOnlyDictionary<string, int> Errors);
