using System.Globalization;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Detection's looks: runs the candidate and holds it against the blessed outcomes of the baseline.</summary>
public static class LookRunner
{
    /// <summary>Above this share of world failures a look says nothing; below it they leave the denominator.</summary>
    private const double WorldShare = 0.10;

    /// <summary>Samples asked afresh beside recalled ones: a tenth of the dataset, and not fewer than these.</summary>
    private const int FewestSentinels = 12;

    /// <summary>A false alarm costs a second look, nothing more.</summary>
    private const double SentinelAlpha = 0.10;

    public static async Task<IncidentEvent> RunAsync(LookStep step, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        if (step.Wait > TimeSpan.Zero) await Task.Delay(step.Wait, context.Clock, cancellationToken);
        var samples = context.Dataset.Samples;
        var earlier = state.Looks is [.., var last] ? last.Counts.ToDictionary(c => c.SampleId, c => c.Head) : [];
        List<SampleRecord> before = [.. samples.Select(s => new SampleRecord(s.Id, s.HeldOut, state.Baseline!.Outcomes.GetValueOrDefault(s.Id, ""), earlier.GetValueOrDefault(s.Id, "")))];
        var plan = Plan(samples, before, context.Agent.Gate);
        var block = step.N == 0 ? plan.First : plan.Second!;

        var (course, run) = await RunAsync(block, before, context, Draws.Look, Recall.Recorded, cancellationToken);
        if (await RecordingsAreStaleAsync(run, step.N, context, cancellationToken))
            (course, run) = await RunAsync(block, before, context, Draws.Again, Recall.Fresh, cancellationToken);

        if (SaysNothing(run))
            return new WorldFailed(step.N, Outcomes.Faults(run), run.Results.Count(r => r.Outcome == Outcome.World), run.Results.Count, run.Cost, run.Duration);

        var records = BlockRun.After(before, run.Results);
        var view = View(course.Judge(records), records, block.Settings, samples, context.Blessed?.CountGone([.. samples.Select(s => s.Id), .. state.Quarantined]) ?? 0); // what a person set aside is in the dataset still
        return new Looked(step.N, step.N == 0 && plan.Second is not null, run.Cost.AgentRuns - run.Results.Count, view, records, run.StartFailure is { } failure ? CheckoutPaths.Relative(failure, context.Git.TopLevel) : null, Trace(run, records, context), run.Cost, run.Duration)
        {
            Judges = [.. context.Scorers.OfType<JudgeScorer>().Select(j => View(j.InUse))],
        };
    }

    private static async Task<(BlockRun Course, EvalRun Run)> RunAsync(
        EpochBlock block, List<SampleRecord> before, HealContext context, Func<int, int, IReadOnlyList<int>> draws, Recall recall, CancellationToken cancellationToken)
    {
        var course = new BlockRun(block, context.Dataset.Samples, before, context.Agent.Gate, draws, context.Seed, isFast: false);
        return (course, await context.Stand.RunAsync(context.HeadVersion, course.First, course.Course, recall, "detect", cancellationToken));
    }

    /// <summary>
    /// Sentinels: where the look recalled recordings, some samples are asked afresh. If they fail more often than the look says, the model behind
    /// the name has changed since it was recorded, and a look at recordings would not see it.
    /// </summary>
    private static async Task<bool> RecordingsAreStaleAsync(EvalRun look, int n, HealContext context, CancellationToken cancellationToken)
    {
        if (look.Cost.ModelCalls == look.Cost.LiveModelCalls || SaysNothing(look)) return false;
        var chosen = context.Dataset.Samples.ToArray();
        new Random(context.Seed).Shuffle(chosen);
        List<Sample> sentinels = [.. chosen.Take(Math.Max(FewestSentinels, chosen.Length / 10))];
        var fresh = await context.Stand.RunAsync(context.HeadVersion, sentinels, Draws.Sentinel(n), Recall.Fresh, "sentinel", cancellationToken);
        var (then, now) = (Outcomes.BySample(look), Outcomes.BySample(fresh));
        return ConditionalTest.PValueOfRise([.. sentinels.Select(s => Counts(new SampleRecord(s.Id, s.HeldOut, then[s.Id], now[s.Id])))]) <= SentinelAlpha;
    }

    public static SampleCounts Counts(SampleRecord record) => new(
        record.SampleId, Outcomes.Failures(record.Baseline), Outcomes.Runs(record.Baseline), Outcomes.Failures(record.Head), Outcomes.Runs(record.Head));

    /// <summary>With what the gate asks of the sample beside the whole.</summary>
    public static SampleCounts Counts(SampleRecord record, Sample sample) => Counts(record) with
    {
        Slices = sample.Tags,
        IsCritical = sample.Critical,
        IsSpoiled = record.Head.Length > 0 && Outcomes.Runs(record.Head) == 0,
    };

    /// <param name="settings">What it was judged by.</param>
    /// <param name="gone">Samples of the baseline that the dataset has no longer.</param>
    public static VerdictView View(Verdict verdict, IReadOnlyList<SampleRecord> records, GateSettings settings, IReadOnlyList<Sample> samples, int gone)
    {
        List<SampleRecord> both = [.. records.Where(r => Counts(r).Comparable)];
        var shown = both.Count == 0 ? records : both; // rates of unlike samples beside each other would contradict the verdict
        var (baseline, head) = (IncidentReports.RateOf(shown.Select(r => r.Baseline)), IncidentReports.RateOf(shown.Select(r => r.Head)));
        var exact = string.Create(CultureInfo.InvariantCulture,
            $"{verdict.Statement}; {verdict.Compared} samples compared, {verdict.InformativeSamples} informative, {PValue.InWords(verdict.PValue)} of a rise, rise ≤ {100 * verdict.RiseUpperBound:0.#} points.");
        return new VerdictView(
            verdict.Kind, $"{Plain(verdict, baseline, head)}{Uncompared(records)}{(gone == 0 ? "" : $" {gone} {(gone == 1 ? "sample" : "samples")} of the baseline {(gone == 1 ? "is" : "are")} no longer in the dataset.")} {VerdictWords.Why(verdict, settings, samples)}".TrimEnd(), exact, baseline, head,
            records.Count, records.Count(IsWorse), records.Sum(r => r.Head.Count(c => c == 'w')))
        {
            Looks = verdict.Path.Looks,
            Slices = verdict.Slices,
            CriticalBroke = verdict.BrokenCritical.Count > 0,
        };
    }

    private static JudgeView View(JudgeInUse judge)
    {
        var card = judge.Record.Card;
        return new JudgeView(judge.Statement, Of(card?.Whole.TruePasses, card?.Whole.Passes), Of(card?.Whole.TrueFails, card?.Whole.Fails), Of(card?.RepetitionStability.Count, card?.RepetitionStability.Of));

        static Rate? Of(int? count, int? of) => of > 0 && new Proportion(count!.Value, of.Value).Rate is { } rate ? new Rate(count.Value, of.Value, rate.Low, rate.High) : null;
    }

    /// <summary>What the comparison leaves out, or a version that fails all new samples would read as good.</summary>
    private static string Uncompared(IReadOnlyList<SampleRecord> records)
    {
        var left = records.Where(r => r.Baseline.Length == 0 && Outcomes.Runs(r.Head) > 0).ToList();
        return left.Count == 0 || left.Count == records.Count
            ? ""
            : $" Not compared: {left.Count} samples that are new or have changed since the blessing; {left.Count(r => 2 * Outcomes.Failures(r.Head) > Outcomes.Runs(r.Head))} of them fail.";
    }

    private static string Plain(Verdict verdict, Rate baseline, Rate head)
    {
        var rates = string.Create(CultureInfo.InvariantCulture, $"it passes {100 * head.Value:0.0} % of its runs, the baseline {100 * baseline.Value:0.0} %");
        return verdict.Kind switch
        {
            VerdictKind.Healthy => $"This version is as good as the baseline: {rates}.",
            VerdictKind.Regressed => $"This version is worse than the baseline: {rates}.",
            VerdictKind.Flaky => $"This version is not shown to be worse, but its answers vary more than the baseline's: {rates}.",
            VerdictKind.Incomparable => "This version cannot be compared with the baseline: too few samples have runs on both sides.",
            _ => $"There are too few runs to say whether this version is worse: {rates}.",
        };
    }

    /// <summary>Whether a sample fails more often now than it did.</summary>
    public static bool IsWorse(SampleRecord record)
    {
        var counts = Counts(record);
        if (counts.CandidateRuns == 0) return false;
        var before = counts.BaselineRuns == 0 ? 0 : (double)counts.BaselineFailures / counts.BaselineRuns;
        return (double)counts.CandidateFailures / counts.CandidateRuns > before + 0.5;
    }

    /// <summary>Whether so much of the world failed in a run that it says nothing of the agent.</summary>
    public static bool SaysNothing(EvalRun run) => run.Results.Count(r => r.Outcome == Outcome.World) > WorldShare * run.Results.Count;

    /// <summary>The refusal that every model call of a run met, in words; null when one was answered, or none was made.</summary>
    /// <remarks>One version's calls may be refused because they are wrong. The blessed version's were not: then it is the provider that has changed.</remarks>
    public static string? RefusalOf(EvalRun run)
    {
        var calls = run.Results.SelectMany(r => r.Trajectory.ModelCalls).ToList();
        return calls.Count > 0 && calls.TrueForAll(c => c.Status is < 200 or >= 300) ? $"{calls[0].Provider}: status {calls[0].Status} ({calls.Count})" : null;
    }

    /// <summary>What a person does about an attempt that the world ended.</summary>
    internal static string NotCounted(IncidentState state) => $"The attempt is not counted; run `kintsugi incident resume {state.Incident}` once that is mended.";

    /// <summary>A run that says nothing counts against nobody's attempt.</summary>
    /// <exception cref="WorldFailedException">It says nothing.</exception>
    internal static void ThrowIfDown(EvalRun run, IncidentState state)
    {
        if (SaysNothing(run)) throw Down(run, NotCounted(state));
    }

    public static WorldFailedException Down(EvalRun run, string remedy) =>
        new(run.Results.Count(r => r.Outcome == Outcome.World), run.Results.Count, Outcomes.Faults(run), remedy);

    /// <summary>Visible samples that failed more often than on the baseline, the widest gap first.</summary>
    public static IEnumerable<SampleRecord> Suspects(Looked look) => Suspects(look, heldOut: false);

    /// <summary>Held-out ones likewise: for runs that are only counted.</summary>
    internal static IEnumerable<SampleRecord> HiddenSuspects(Looked look) => Suspects(look, heldOut: true);

    private static IEnumerable<SampleRecord> Suspects(Looked look, bool heldOut) => look.Counts
        .Where(c => c.HeldOut == heldOut && Counts(c).Comparable && Gap(c) > 0)
        .OrderByDescending(Gap).ThenBy(c => c.SampleId, StringComparer.Ordinal);

    private static double Gap(SampleRecord record)
    {
        var counts = Counts(record);
        return ((double)counts.CandidateFailures / counts.CandidateRuns) - ((double)counts.BaselineFailures / counts.BaselineRuns);
    }

    /// <summary>Runs per sample, fixed before the candidate runs, from the baseline's outcomes and what the samples are marked as.</summary>
    /// <param name="records">One of every sample, in the same order; of each only the baseline counts.</param>
    public static EpochPlan Plan(IReadOnlyList<Sample> samples, IReadOnlyList<SampleRecord> records, GateDefinition gate) => EpochPlan.Plan(
        [.. records.Zip(samples, (record, sample) => Counts(record with { Head = "" }, sample))], gate.MinEpochs, gate.MaxEpochs, Settings(samples, gate));

    /// <summary>What runs where there is nothing to hold it against.</summary>
    public static EpochBlock Unplanned(GateDefinition gate) => new(gate.MinEpochs, gate.MinEpochs, Settings([], gate));

    private static GateSettings Settings(IReadOnlyList<Sample> samples, GateDefinition gate) => new(gate.Floor, gate.Alpha, gate.Beta, gate.Margin, gate.Odds)
    {
        BySlice = gate.SlicesByTag && samples.Any(s => s.Tags.Count > 0),
        HasCritical = samples.Any(s => s.Critical),
    };

    /// <summary>The failure shown first: a visible sample that always passed and always fails now, the shortest to read.</summary>
    private static FailureTrace? Trace(EvalRun run, IReadOnlyList<SampleRecord> records, HealContext context)
    {
        var worse = records.Where(r => !r.HeldOut && IsWorse(r)).Select(r => r.SampleId).ToHashSet();
        var shown = run.Results.Where(r => r.Outcome == Outcome.Failed && worse.Contains(r.SampleId))
            .MinBy(r => (context.SampleOf(r.SampleId).Input.GetRawText().Length, r.SampleId));
        if (shown is null) return null;
        var trace = FailureTraces.Of(context.SampleOf(shown.SampleId), shown);
        return trace with { Error = trace.Error is { } error ? CheckoutPaths.Relative(error, context.Git.TopLevel) : null };
    }
}
