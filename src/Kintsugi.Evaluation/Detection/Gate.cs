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
    /// <param name="lookEvery">Samples between looks at the test over all of them (<see cref="BlockCourse"/>); one look after the last when it is as many as were planned or more.</param>
    public static Verdict Judge(IReadOnlyList<SampleCounts> counts, int planned, GateSettings settings, int lookEvery = int.MaxValue)
    {
        var answers = Answers.Of(counts, planned, settings, lookEvery);
        var (path, compared, asked) = (answers.Path, answers.Compared, answers.Asked);
        var seen = path.Kind == SequentialKind.Undecided ? compared : [.. counts.Take(path.Looks[^1].Samples)];
        var rise = ConditionalTest.PValueOfRise(seen);
        var informative = compared.Count(c => c.Informative);
        double? exclusion = informative == 0 ? null : ConditionalTest.PValueOfExclusion(path.Kind == SequentialKind.Excluded ? seen : compared, settings.Odds);
        var bound = RiseBound.Upper(compared, settings.Beta);
        var critical = compared.FindAll(c => c.IsCritical);

        var (kind, statement, more) = Decide();
        return new Verdict(
            kind, statement, rise, exclusion, bound, Mean(compared, c => 1 - c.BaselineRate), Mean(compared, c => 1 - c.CandidateRate),
            Interval(compared, c => c.BaselineRuns - c.BaselineFailures, c => c.BaselineRuns),
            Interval(compared, c => c.CandidateRuns - c.CandidateFailures, c => c.CandidateRuns),
            informative, compared.Count, asked - compared.Count, Suspects(compared), answers.IsFloorBroken, more)
        {
            Path = path,
            Slices = answers.Slices,
            BrokenCritical = answers.BrokenCritical,
        };

        (VerdictKind, string, string?) Decide()
        {
            if (!answers.AreComparable)
                return (VerdictKind.Incomparable, Say($"only {compared.Count} of {asked} samples could be compared"),
                    "Bless a baseline for this dataset, or run again when the world is back.");
            if (path.Kind == SequentialKind.Rise) return Regressed($"the failure rate rose ({PValue.InWords(rise)}{At()}");
            if (answers.BrokenCritical.Count > 0) return Regressed($"{answers.BrokenCritical.Count} of {critical.Count} critical samples broke ({PValue.InWords(ConditionalTest.PValueOfRise(critical))} over all that are critical");
            if (answers.Slices.Where(s => s.Rose).MinBy(s => s.PValue) is { } worst)
                return Regressed($"the failure rate rose in the slice {worst.Name}, over {worst.Samples} samples ({PValue.InWords(worst.PValue)} against {worst.Level:0.####}");
            if (answers.IsFloorBroken)
                return (VerdictKind.Regressed, Say($"the pass rate is below the floor of {Percent(settings.Floor!.Value)}, and the baseline's is not"), null);
            if (Unanswered() is { } open) return (VerdictKind.Insufficient, open.Statement, open.More);
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
            (VerdictKind.Regressed, Say($"{Say(shown)}; an unchanged agent is called regressed in at most {Percent(settings.WholeAlpha)} of evaluations)"), null);

        // Nothing is healthy whose dearest samples nobody could look at: a change may be what keeps them from being run.
        (string Statement, string More)? Unanswered()
        {
            var lost = counts.Count(c => c.IsCritical && !c.Comparable);
            if (lost > 0)
                return (Say($"{lost} of {counts.Count(c => c.IsCritical)} critical samples could not be compared"), "Bless again where they are new or have changed; where the world failed on them, see why and run again.");
            if (critical.Exists(c => c.BaselineFailures == 0 && c.CandidateFailures == c.CandidateRuns))
                return ("a critical sample that always passed fails every run, and so few runs cannot show that it is no chance", "Bless with gate.baseline_runs of 5 or more and run again.");
            return settings.BySlice && SliceTests.Spoiled(counts) is { } slice
                ? (Say($"in the slice {slice} no sample could be compared"), "See why the world fails on its samples, and run again.")
                : null;
        }

        string At() => path.Looks[^1].Samples < planned ? Say($", after {path.Looks[^1].Samples} of {planned} samples") : "";

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

    /// <summary>Whether <see cref="Judge"/> says regressed: the same questions, without the bounds and p-values that only its report needs.</summary>
    public static bool IsRegressed(IReadOnlyList<SampleCounts> counts, int planned, GateSettings settings, int lookEvery = int.MaxValue)
    {
        var answers = Answers.Of(counts, planned, settings, lookEvery);
        return answers.AreComparable && answers.Alarm;
    }

    internal static SequentialPlan PlanOf(int planned, GateSettings settings, int lookEvery) => new(
        settings.Shares.Global, settings.Beta, settings.Odds, SpendingKind.OBrienFleming, MayExclude: true, planned, Math.Clamp(lookEvery, 1, Math.Max(1, planned)));

    private static List<string> Suspects(IEnumerable<SampleCounts> compared)
    {
        var known = new Dictionary<(Cell, int), double>();
        return
        [
            .. compared.Where(c => c.CandidateRate > c.BaselineRate)
                .OrderBy(PValueAlone).ThenBy(c => c.SampleId, StringComparer.Ordinal)
                .Select(c => c.SampleId),
        ];

        double PValueAlone(SampleCounts sample)
        {
            if (!known.TryGetValue((sample.Cell, sample.CandidateFailures), out var p))
                known[(sample.Cell, sample.CandidateFailures)] = p = ConditionalTest.PValueOfRise([sample]);
            return p;
        }
    }

    private static double Mean(List<SampleCounts> compared, Func<SampleCounts, double> rate) => compared.Count == 0 ? 0 : compared.Average(rate);

    private static (double Low, double High) Interval(List<SampleCounts> compared, Func<SampleCounts, int> passes, Func<SampleCounts, int> runs) =>
        compared.Count == 0 ? (0, 1) : RateInterval.ClopperPearson(compared.Sum(passes), compared.Sum(runs), 0.05);

    private static string Percent(double share) => Say($"{share * 100:0.##} %");

    private static string Say(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the tests say, each at its share of alpha.</summary>
    /// <param name="Asked">Samples that were to be compared: all that were planned, but for those a decided course left out altogether.</param>
    private sealed record Answers(
        SequentialOutcome Path, List<SampleCounts> Compared, int Asked, IReadOnlyList<SliceVerdict> Slices, List<string> BrokenCritical, bool IsFloorBroken)
    {
        public bool AreComparable => Compared.Count > 0 && 2 * Compared.Count >= Asked;

        public bool Alarm => Path.Kind == SequentialKind.Rise || BrokenCritical.Count > 0 || Slices.Any(s => s.Rose) || IsFloorBroken;

        public static Answers Of(IReadOnlyList<SampleCounts> counts, int planned, GateSettings settings, int lookEvery)
        {
            ArgumentNullException.ThrowIfNull(counts);
            ArgumentNullException.ThrowIfNull(settings);
            planned = Math.Max(planned, counts.Count);
            var path = SequentialTest.Decide(counts, PlanOf(lookEvery < planned ? planned : counts.Count, settings, lookEvery));
            var compared = counts.Where(c => c.Comparable).ToList();
            var shares = settings.Shares;
            return new Answers(
                path, compared, lookEvery < planned ? planned - LeftOut(counts, planned, path) : planned,
                settings.BySlice ? SliceTests.Judge(compared, shares.Slices) : [],
                Broken(compared.FindAll(c => c.IsCritical), shares.Critical),
                settings.Floor is { } floor && BreaksFloor(counts, floor, shares.Floor));
        }

        /// <summary>Samples that a course which ends once it is decided never ran; none when a sample that is not critical ran after the deciding look.</summary>
        private static int LeftOut(IReadOnlyList<SampleCounts> counts, int planned, SequentialOutcome path)
        {
            if (path.Kind == SequentialKind.Undecided) return 0;
            var after = counts.Skip(path.Looks[^1].Samples).Where(c => c.CandidateRuns > 0).ToList();
            return after.Exists(c => !c.IsCritical) ? 0 : planned - path.Looks[^1].Samples - after.Count;
        }

        /// <summary>Two tests at half of the share each: every critical sample by itself, where those that could show nothing cost nothing, for one that broke outright beside others that are
        /// flaky; and all of them together, for several that failed more often.</summary>
        private static List<string> Broken(List<SampleCounts> critical, double share)
        {
            List<SampleCounts> alone = [.. critical.Select(c => c with { Slices = [c.SampleId] })];
            List<string> rose = [.. SliceTests.Judge(alone, share / 2).Where(s => s.Rose).OrderBy(s => s.PValue).Select(s => s.Tags[0])];
            return rose.Count > 0 ? rose
                : critical.Count > 0 && ConditionalTest.PValueOfRise(critical) <= share / 2 ? Suspects(critical)
                : [];
        }

        // The candidate answers for every sample it ran on, those too that came after the blessing; the baseline for those it was blessed on. Each sample weighs the same: critical
        // ones run more often, and where these are harder than the others the candidate's runs would fail more often than the baseline's with nothing changed.
        private static bool BreaksFloor(IReadOnlyList<SampleCounts> counts, double floor, double share)
        {
            var now = EffectiveRuns.OfCandidate(counts, roundsFailuresUp: false);
            var then = EffectiveRuns.OfBaseline(counts, roundsFailuresUp: true);
            return now.Runs > 0
                && RateInterval.Upper(now.Runs - now.Failures, now.Runs, share) < floor
                && RateInterval.Lower(then.Runs - then.Failures, then.Runs, share) >= floor;
        }
    }
}
