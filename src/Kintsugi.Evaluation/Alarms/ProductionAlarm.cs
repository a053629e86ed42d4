namespace Kintsugi.Evaluation.Alarms;

/// <summary>By which comparison a version was found worse. Stored.</summary>
public enum AlarmRule
{
    /// <summary>Than another version in the same hours: <see cref="CanaryTest"/>.</summary>
    Canary,

    /// <summary>Than the hours before the deployment, twice in a row: <see cref="DeploymentAlarm"/>.</summary>
    TwoHours,

    /// <summary>Than the hours before, over all hours since: <see cref="RateProcess"/>.</summary>
    Rate,
}

/// <summary>Production shows more errors of some kind since a version was deployed.</summary>
/// <param name="Deployed">The hour in which the version was first seen.</param>
/// <param name="Until">End of the last hour that was looked at.</param>
/// <param name="PValue">Of the comparison, over all signatures; at <see cref="AlarmRule.Rate"/> one over the evidence, valid whenever it is looked at.</param>
/// <param name="Risen">What there is more of, the most suspicious first; at least one.</param>
public sealed record ProductionAlarm(string Version, DateTimeOffset Deployed, DateTimeOffset Until, AlarmRule Rule, double PValue, IReadOnlyList<RisenError> Risen);

/// <summary>An error that a version has more of than is usual.</summary>
/// <param name="Signature">A hash, or <see cref="HourCounts.Novel"/> for all together that were never seen before, where there are several.</param>
/// <param name="Count">Requests of the version that hit it, of <paramref name="Requests"/>, in the hours that were judged.</param>
/// <param name="UsualCount">Requests that hit it, of <paramref name="UsualRequests"/>, in what the version was compared with.</param>
public sealed record RisenError(string Signature, int Count, int Requests, int UsualCount, int UsualRequests);
