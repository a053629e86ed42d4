namespace Kintsugi.Evaluation.Alarms;

/// <summary>Whether a version that was deployed has more errors of some kind than production had: three comparisons that share one alpha.</summary>
/// <remarks>
/// <para>The version beside others in the hours that both served whole (<see cref="CanaryTest"/>, 0.02, looked at after 1, 2, 4, … 128 such hours, an eighth each);
/// its first two whole hours against those before it (<see cref="DeploymentAlarm"/>, 0.02, both must alarm by the same signature); and the evidence of all its hours
/// (<see cref="RateProcess"/>, 0.01, of which no hour alone makes an alarm). By the union bound at most 0.05 false alarms a deployment, under the assumptions of each; `Kintsugi.Bench alarms` simulates the whole.</para>
/// <para>Hours without any request are not known to be quiet, and left out. Errors are counted by the version's own requests only: where it serves a part of the traffic,
/// the comparisons with earlier hours see less than there is. The hour of a deployment is no canary's hour, since its versions did not share it at random.</para>
/// </remarks>
public static class ProductionWatch
{
    /// <summary>A version is watched for so long; after that it is what is usual.</summary>
    public static readonly TimeSpan Watched = TimeSpan.FromDays(7);

    /// <summary>How far back a version is compared.</summary>
    public static readonly TimeSpan Compared = TimeSpan.FromDays(28);

    private const double CanaryAlpha = 0.02, TwoHoursAlpha = 0.02, RateAlpha = 0.01;

    /// <summary>So that no hour alone reaches one over <see cref="RateAlpha"/>.</summary>
    private const double MostOfAnHour = 10;

    private const int MostVersions = 10;
    private const int MostNamed = 5;
    private static readonly int[] CanaryLooks = [1, 2, 4, 8, 16, 32, 64, 128];

    /// <summary>Judges each version that was deployed within <see cref="Watched"/> before the last hour; of more than ten those with the most requests.</summary>
    /// <param name="hours">Of one service, complete ones, at most one of a version and hour.</param>
    /// <returns>At most one alarm a version, the version with the most requests first. The same hours give the same alarms.</returns>
    public static IReadOnlyList<ProductionAlarm> Judge(IReadOnlyList<VersionHour> hours)
    {
        ArgumentNullException.ThrowIfNull(hours);
        List<VersionHour> served = [.. hours.Where(h => h.Requests > 0).OrderBy(h => h.Hour).ThenBy(h => h.Version, StringComparer.Ordinal)];
        if (served is not [var first, .., var last]) return [];
        return
        [
            .. served.Where(h => h.Version.Length > 0).GroupBy(h => h.Version, StringComparer.Ordinal)
                .Where(version => Deployed([.. version]) is var deployed && deployed > first.Hour && last.Hour - deployed < Watched)
                .OrderByDescending(version => version.Sum(h => (long)h.Requests)).ThenBy(version => version.Key, StringComparer.Ordinal).Take(MostVersions)
                .Select(version => Deployment.Of(version.Key, served)).Select(d => Canary(d) ?? TwoHours(d) ?? Rate(d)).OfType<ProductionAlarm>(),
        ];
    }

    /// <summary>The first of two hours in a row: a request of long before, from a test or by a clock that is wrong, is no deployment.</summary>
    private static DateTimeOffset Deployed(List<VersionHour> served) =>
        (served.Zip(served.Skip(1)).FirstOrDefault(pair => pair.Second.Hour - pair.First.Hour == TimeSpan.FromHours(1)).First ?? served[0]).Hour;

    private static ProductionAlarm? Canary(Deployment deployment)
    {
        foreach (var look in CanaryLooks.TakeWhile(k => k <= deployment.Shared.Count))
        {
            List<(VersionHour Own, List<VersionHour> Others)> looked = [.. deployment.Shared.Take(look)];
            var verdict = CanaryTest.Judge(
                [.. looked.Select(h => new CanaryHour(h.Own.Requests, h.Others.Sum(o => o.Requests), h.Own.Errors, Deployment.Errors(h.Others)))], CanaryAlpha / CanaryLooks.Length);
            if (verdict.Alarm)
            {
                return deployment.Alarm(
                    AlarmRule.Canary, Math.Min(1, verdict.Risen[0].PValue * verdict.Tested * CanaryLooks.Length), verdict.Risen.Select(r => r.Signature),
                    [.. looked.Select(h => h.Own)], [.. looked.SelectMany(h => h.Others)]);
            }
        }
        return null;
    }

    private static ProductionAlarm? TwoHours(Deployment deployment)
    {
        if (deployment.Since is not [_, var first, var second, ..]) return null;
        var verdicts = new[] { first, second }.Select(h => DeploymentAlarm.Judge(deployment.HistoryCounts, Deployment.Counts(h), TwoHoursAlpha)).ToList();
        if (!verdicts.TrueForAll(v => v.Alarm)) return null;
        var both = verdicts[0].Suspects.Select(s => s.Signature).Intersect(verdicts[1].Suspects.Select(s => s.Signature), StringComparer.Ordinal).ToList();
        return both.Count == 0 ? null : deployment.Alarm(AlarmRule.TwoHours, verdicts.Max(v => v.PValue), both, [first, second], deployment.History);
    }

    private static ProductionAlarm? Rate(Deployment deployment)
    {
        if (!deployment.HasWholeDay) return null;
        var process = RateProcess.Start(deployment.HistoryCounts, MostOfAnHour);
        foreach (var (n, hour) in deployment.Since.Index())
        {
            process = process.After(Deployment.Counts(hour));
            if (process.EValue < 1 / RateAlpha) continue;
            var strongest = process.BySignature[0].EValue;
            return deployment.Alarm(
                AlarmRule.Rate, 1 / process.EValue, process.BySignature.Where(s => s.EValue >= Math.Min(strongest, 1 / RateAlpha)).Select(s => s.Signature),
                [.. deployment.Since.Take(n + 1)], deployment.History);
        }
        return null;
    }

    /// <summary>A version's hours, and what they are compared with.</summary>
    /// <param name="Since">Hours that the version served, the one in which it was first seen among them.</param>
    /// <param name="History">Hours before it, of all versions.</param>
    /// <param name="HistoryCounts">The same, one an hour.</param>
    /// <param name="Shared">Hours that the version and others served from their beginning to their end.</param>
    private sealed record Deployment(
        string Version, IReadOnlyList<VersionHour> Since, IReadOnlyList<VersionHour> History, IReadOnlyList<HourCounts> HistoryCounts,
        IReadOnlyList<(VersionHour Own, List<VersionHour> Others)> Shared)
    {
        public static Deployment Of(string version, IReadOnlyList<VersionHour> served)
        {
            List<VersionHour> all = [.. served.Where(h => h.Version == version)];
            var deployed = Deployed(all);
            List<VersionHour> since = [.. all.Where(h => h.Hour >= deployed)];
            List<VersionHour> history = [.. served.Where(h => h.Hour < deployed && h.Hour >= deployed - Compared)];
            var others = served.Where(h => h.Version != version && h.Hour >= deployed).ToLookup(h => h.Hour);
            var own = since.Select(h => h.Hour).ToHashSet();
            return new Deployment(
                version, since, history, [.. history.GroupBy(h => h.Hour).Select(h => new HourCounts(h.Key, Errors(h)))],
                [.. since.Where(h => own.Contains(h.Hour.AddHours(-1)) && own.Contains(h.Hour.AddHours(1))).Select(h => (h, Whole(h.Hour, others))).Where(h => h.Item2.Count > 0)]);
        }

        /// <summary>Whether every hour of the day has an hour of the history near it.</summary>
        public bool HasWholeDay => Enumerable.Range(0, 24).All(hour => HistoryCounts.Any(h => h.Matches(hour)));

        public static HourCounts Counts(VersionHour hour) => new(hour.Hour, hour.Errors);

        public static Dictionary<string, int> Errors(IEnumerable<VersionHour> hours) =>
            hours.SelectMany(h => h.Errors).GroupBy(e => e.Key, StringComparer.Ordinal).ToDictionary(e => e.Key, e => e.Sum(one => one.Value), StringComparer.Ordinal);

        /// <param name="signatures"><see cref="HourCounts.Novel"/> stands for those of the judged hours that the others do not have.</param>
        public ProductionAlarm Alarm(AlarmRule rule, double pValue, IEnumerable<string> signatures, IReadOnlyList<VersionHour> judged, IReadOnlyList<VersionHour> usual)
        {
            var (counts, before) = (Errors(judged), Errors(usual));
            var (requests, requestsBefore) = (judged.Sum(h => h.Requests), usual.Sum(h => h.Requests));
            List<string> novel = [.. counts.Where(c => !before.ContainsKey(c.Key)).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key)];
            if (novel.Count > 1) // many that hardly repeat say little one by one
            {
                counts[HourCounts.Novel] = Math.Min(requests, novel.Sum(n => counts[n]));
                novel.Insert(0, HourCounts.Novel);
            }
            return new ProductionAlarm(
                Version, Since[0].Hour, judged[^1].Hour.AddHours(1), rule, pValue,
                [
                    .. signatures.SelectMany(s => s == HourCounts.Novel ? novel : [s]).Distinct(StringComparer.Ordinal).Where(counts.ContainsKey).Take(MostNamed)
                        .Select(s => new RisenError(s, counts[s], requests, before.GetValueOrDefault(s), requestsBefore)),
                ]);
        }

        private static List<VersionHour> Whole(DateTimeOffset hour, ILookup<DateTimeOffset, VersionHour> others)
        {
            var (before, after) = (others[hour.AddHours(-1)].Select(h => h.Version).ToHashSet(StringComparer.Ordinal), others[hour.AddHours(1)].Select(h => h.Version).ToHashSet(StringComparer.Ordinal));
            return [.. others[hour].Where(h => before.Contains(h.Version) && after.Contains(h.Version))];
        }
    }
}
