using System.Globalization;

namespace Kintsugi.Evaluation.Detection;

/// <summary>The deploy gate: is the candidate worse than its baseline, over all samples, on the critical ones, in a slice, or below the floor?</summary>
/// <remarks>
/// <para>Each question has its share of alpha (<see cref="GateShares"/>), so that a version as good as its baseline is called regressed in at most alpha of all
/// deployments, however many slices there are.</para>
/// <para>The floor alarms when the candidate's upper bound is below it and the baseline's lower bound is not, each at the floor's share. Then
/// two equal versions alarm with at most that share: if their true rate is at or above the floor the first bound errs, if below the second. The weaker
/// rule, that the baseline's *upper* bound is not below, alarms on up to a quarter of equal pairs whose true rate lies just below the floor.</para>
/// <para>Healthy in either of two ways, by odds or by margin; each statement holds with error beta by itself. A sample set that can exclude
/// neither is insufficient, never healthy. Neither excludes damage to a few samples of no slice.</para>
/// </remarks>
public static class Gate
{
    /// <param name="counts">In the order in which the samples ran.</param>
    /// <param name="planned">Samples that should have been compared, at least as many as can be.</param>
    /// <param name="course">How they ran; null for all of them before the first look.</param>
    public static Verdict Judge(IReadOnlyList<SampleCounts> counts, int planned, GateSettings settings, BlockCourse? course = null)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(settings);
        planned = Math.Max(planned, counts.Count);
        var compared = counts.Where(c => c.Comparable).ToList();
        var path = SequentialTest.Decide(counts, PlanOf(course?.Samples ?? counts.Count, settings, course?.LookEvery ?? counts.Count));
        var seen = counts.Take(path.Looks is [.., var last] ? last.Samples : 0).ToList();
        var rise = ConditionalTest.PValueOfRise(path.Kind == SequentialKind.Undecided ? compared : seen);
        var informative = compared.Count(c => c.Informative);
        double? exclusion = informative == 0 ? null : ConditionalTest.PValueOfExclusion(path.Kind == SequentialKind.Excluded ? seen : compared, settings.Odds);
        var bound = RiseBound.Upper(compared, settings.Beta);
        IReadOnlyList<SliceVerdict> slices = settings.BySlice ? SliceTests.Judge(compared, settings.Shares.Slices) : [];
        var critical = BrokenOf(compared, settings.Shares.Critical);
        var floorBroken = settings.Floor is { } floor && BreaksFloor(counts, floor, settings.Shares.Floor);

        var (kind, statement, more) = Decide();
        return new Verdict(
            kind, statement, rise, exclusion, bound, Mean(compared, c => 1 - c.BaselineRate), Mean(compared, c => 1 - c.CandidateRate),
            Interval(compared, c => c.BaselineRuns - c.BaselineFailures, c => c.BaselineRuns),
            Interval(compared, c => c.CandidateRuns - c.CandidateFailures, c => c.CandidateRuns),
            informative, compared.Count, planned - compared.Count, Suspects(compared), floorBroken, more)
        {
            Path = path,
            Slices = slices,
            BrokenCritical = critical,
        };

        (VerdictKind, string, string?) Decide()
        {
            if (compared.Count == 0 || 2 * compared.Count < planned)
                return (VerdictKind.Incomparable, Say($"only {compared.Count} of {planned} samples could be compared"),
                    "Bless a baseline for this dataset, or run again when the world is back.");
            if (path.Kind == SequentialKind.Rise) return Regressed($"the failure rate rose ({PValue.InWords(rise)}{At()}");
            if (critical.Count > 0) return Regressed($"{critical.Count} of {Critical(compared).Count} critical samples broke ({PValue.InWords(ConditionalTest.PValueOfRise(Critical(compared)))} over all that are critical");
            if (slices.Where(s => s.Rose).MinBy(s => s.PValue) is { } worst)
                return Regressed($"the failure rate rose in the slice {worst.Name}, over {worst.Samples} samples ({PValue.InWords(worst.PValue)} against {worst.Level:0.####}");
            if (floorBroken)
                return (VerdictKind.Regressed, Say($"the pass rate is below the floor of {Percent(settings.Floor!.Value)}, and the baseline's is not"), null);
            if (path.Kind == SequentialKind.Excluded)
                return (VerdictKind.Healthy, Say($"a rise of failure odds ×{settings.Odds:0.##} is excluded{At()}, error ≤ {Percent(settings.Beta)}"), null);
            if (bound <= settings.Margin)
                return (VerdictKind.Healthy, Say($"a rise above {settings.Margin * 100:0.##} points is excluded, error ≤ {Percent(settings.Beta)}"), null);
            var unsteady = ConditionalTest.PValueOfUnsteadiness(compared);
            if (unsteady <= settings.Alpha)
                return (VerdictKind.Flaky, Say($"no rise is shown, but more samples disagree with themselves than the baseline explains ({PValue.InWords(unsteady)})"), Advice());
            return (VerdictKind.Insufficient, Say($"neither a rise nor its absence is shown ({PValue.InWords(rise)}; the rise is at most {bound * 100:0.#} points)"), Advice());
        }

        (VerdictKind, string, string?) Regressed(FormattableString shown) =>
            (VerdictKind.Regressed, Say($"{Say(shown)}; an unchanged agent is called regressed in at most {Percent(settings.Alpha)} of runs)"), null);

        string At() => path.Looks[^1].Samples < (course?.Samples ?? 0) ? Say($", after {path.Looks[^1].Samples} of {course!.Samples} samples") : "";

        string Advice()
        {
            // The half-width of every interval falls as 1/√runs, so the bound's excess over the rate seen says how many times the runs are needed.
            var seen = Mean(compared, c => c.CandidateRate) - Mean(compared, c => c.BaselineRate);
            if (seen >= settings.Margin)
                return Say($"The failure rate seen rose by {seen * 100:0.#} points, above the margin: more epochs will show whether that is real.");
            var times = Math.Max(1.1, Math.Pow((bound - seen) / (settings.Margin - seen), 2));
            return Say($"About {Math.Ceiling(times * compared.Sum(c => c.CandidateRuns)):0} candidate runs in all (more epochs or more samples), and the baseline's in proportion, would show a rise above {settings.Margin * 100:0.##} points or exclude it.");
        }
    }

    internal static SequentialPlan PlanOf(int planned, GateSettings settings, int lookEvery) => new(
        settings.Shares.Global, settings.Beta, settings.Odds, SpendingKind.OBrienFleming, MayExclude: true, planned, Math.Clamp(lookEvery, 1, Math.Max(1, planned)));

    private static List<SampleCounts> Critical(List<SampleCounts> compared) => compared.FindAll(c => c.IsCritical);

    /// <summary>One test over all critical samples together: those that never fail on either side carry nothing, so that a single one that breaks outright shows.</summary>
    private static List<string> BrokenOf(List<SampleCounts> compared, double share)
    {
        var critical = Critical(compared);
        return critical.Count > 0 && ConditionalTest.PValueOfRise(critical) <= share ? Suspects(critical) : [];
    }

    // The candidate answers for every sample it ran on, those too that came after the blessing; the baseline for those it was blessed on.
    private static bool BreaksFloor(IReadOnlyList<SampleCounts> counts, double floor, double share)
    {
        var runs = counts.Sum(c => c.CandidateRuns);
        var cached = counts.Sum(c => c.BaselineRuns);
        return runs > 0
            && RateInterval.Upper(runs - counts.Sum(c => c.CandidateFailures), runs, share) < floor
            && RateInterval.Lower(cached - counts.Sum(c => c.BaselineFailures), cached, share) >= floor;
    }

    private static List<string> Suspects(List<SampleCounts> compared) =>
    [
        .. compared.Where(c => c.CandidateRate > c.BaselineRate)
            .OrderBy(c => ConditionalTest.PValueOfRise([c])).ThenBy(c => c.SampleId, StringComparer.Ordinal)
            .Select(c => c.SampleId),
    ];

    private static double Mean(List<SampleCounts> compared, Func<SampleCounts, double> rate) => compared.Count == 0 ? 0 : compared.Average(rate);

    private static (double Low, double High) Interval(List<SampleCounts> compared, Func<SampleCounts, int> passes, Func<SampleCounts, int> runs) =>
        compared.Count == 0 ? (0, 1) : RateInterval.ClopperPearson(compared.Sum(passes), compared.Sum(runs), 0.05);

    private static string Percent(double share) => Say($"{share * 100:0.##} %");

    private static string Say(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}
