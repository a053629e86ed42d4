using Kintsugi.Evaluation.Alarms;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Server;

/// <summary>Counts each hour of production once it is over, and again when more of it arrives; asks whether a version that was deployed is worse.</summary>
internal sealed class AlarmWatch(ISpanStore store, ArrivedHours arrived, AlarmPlace place, TimeProvider clock, Action<string> failed)
{
    /// <summary>The service under which this product sends its own spans: what fails in them are evaluations.</summary>
    private const string Own = "kintsugi";

    /// <summary>What most spans need to end and to arrive.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Kept = ProductionWatch.Compared + ProductionWatch.Watched;

    private readonly TrafficHours _hours = new(place.Traces);
    private readonly HashSet<string> _unnamed = new(StringComparer.Ordinal);
    private bool _hasJudged;

    /// <returns>When the hours end that are counted.</returns>
    public async Task<DateTimeOffset> RoundAsync(CancellationToken cancellationToken)
    {
        var over = Hour(clock.GetUtcNow() - Late);
        var oldest = Hour(clock.GetUtcNow() - Kept);
        var counted = _hours.CountedTo();
        List<long> hours =
        [
            .. arrived.Take().Concat(Hours(Math.Max(counted ?? oldest, oldest), over)).Where(h => h >= oldest && h < over).Distinct().Order(),
        ];
        foreach (var hour in hours) _hours.Put(hour, await store.CountAsync(Ns(hour), Ns(hour + 1), cancellationToken));
        if (counted != over) _hours.Counted(over);
        if (hours.Count > 0 || !_hasJudged) await JudgeAsync(oldest, cancellationToken);
        return Time(over);
    }

    private async Task JudgeAsync(long oldest, CancellationToken cancellationToken)
    {
        _hours.Trim(oldest);
        foreach (var service in _hours.ServicesSince(oldest).Where(s => s != Own && (place.Services.Count == 0 || place.Services.Contains(s))))
        {
            List<VersionHour> hours = [.. _hours.Read(service, oldest).Select(h => new VersionHour(h.Version, Time(h.Hour), h.Requests, h.Errors))];
            if (hours.TrueForAll(h => h.Version.Length == 0) && _unnamed.Add(service))
                failed($"the service '{Storage.Shown.Word(service)}' does not say its version (service.version; LangSmith: revision_id), so its deployments cannot be watched.");
            foreach (var alarm in ProductionWatch.Judge(hours)) await place.Raise(service, alarm, cancellationToken);
        }
        _hasJudged = true;
    }

    private static IEnumerable<long> Hours(long from, long to)
    {
        for (var hour = from; hour < to; hour++) yield return hour;
    }

    private static long Hour(DateTimeOffset time) => time.ToUnixTimeSeconds() / 3600;

    private static DateTimeOffset Time(long hour) => DateTimeOffset.FromUnixTimeSeconds(hour * 3600);

    private static long Ns(long hour) => hour * TrafficHours.HourNs;
}
