using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>Which hours spans have begun in that were written lately: a span arrives when it ends, and that of a long run hours after it began.</summary>
public sealed class ArrivedHours
{
    /// <summary>Senders' clocks may say anything: what is beyond is not noted.</summary>
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private HashSet<long> _hours = [];

    internal void Note(IReadOnlyList<SpanRow> spans)
    {
        lock (_lock)
        {
            var last = -1L;
            foreach (var span in spans)
            {
                var hour = span.StartNs / TrafficHours.HourNs;
                if (hour == last || _hours.Count >= Most) continue;
                _hours.Add(last = hour);
            }
        }
    }

    /// <returns>Hours since 1970, those since the last time this was asked.</returns>
    public IReadOnlySet<long> Take()
    {
        lock (_lock)
        {
            var taken = _hours;
            _hours = [];
            return taken;
        }
    }
}
