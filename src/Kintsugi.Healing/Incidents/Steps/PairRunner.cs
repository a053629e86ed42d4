using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Confirmation: fresh pairs of baseline and candidate, interleaved, before anything acts.</summary>
/// <remarks>The same pairs tell whether the baseline itself is worse now than when it was blessed: then the world has changed, not the agent.</remarks>
public static class PairRunner
{
    /// <summary>A new sample counts as bad input when the baseline fails it in more than half of at least this many fresh runs.</summary>
    private const int RunsForNewSample = 2;

    /// <summary>Failing samples without a blessed outcome that are run beside those of the plan.</summary>
    private const int MostUnblessed = 10;

    /// <summary>Error of calling the world changed.</summary>
    internal const double SentinelAlpha = 0.01;

    private const int MostBlamed = 8;

    private const string ProviderRefuses =
        "It refuses what the blessed version asks as well: see in kintsugi.yaml whether its URL is right and the model is still served under its name.";

    public static async Task<PairsRun> RunAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var look = state.Looks[^1];
        var plan = Confirmation.Choose(
            [.. look.Counts.Select(c => LookRunner.Counts(c, context.SampleOf(c.SampleId)))], look.Verdict.Slices, look.Verdict.CriticalBroke, new Random(context.Seed));
        var unblessed = look.Counts.Where(c => c.Baseline.Length == 0 && Outcomes.Failures(c.Head) > 0).Take(MostUnblessed).Select(c => c.SampleId);
        List<Sample> samples = [.. plan.Samples.Concat(unblessed).Select(context.SampleOf)];
        var baseline = samples.ToDictionary(s => s.Id, _ => "");
        var head = samples.ToDictionary(s => s.Id, _ => "");
        List<IReadOnlyList<PairOutcome>> rounds = [];
        var cost = RunCost.None;
        var took = TimeSpan.Zero;
        var decision = Confirmation.Decide(plan, rounds);
        while (decision.Kind == ConfirmationKind.Continue)
        {
            var draws = Draws.Pair(rounds.Count);
            var old = await context.Stand.RunAsync(context.BaseVersion, samples, [draws.Baseline], Recall.Fresh, "confirm", cancellationToken);
            var now = await context.Stand.RunAsync(context.HeadVersion, samples, [draws.Head], Recall.Fresh, "confirm", cancellationToken);
            if (LookRunner.RefusalOf(old) is { } refusal) throw new WorldFailedException(old.Results.Count, old.Results.Count, [refusal], ProviderRefuses);
            foreach (var run in new[] { old, now })
                if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, $"The confirmation begins again with `kintsugi incident resume {state.Incident}`.");
            var (before, after) = (Outcomes.BySample(old), Outcomes.BySample(now));
            foreach (var (id, letters) in before) baseline[id] += letters;
            foreach (var (id, letters) in after) head[id] += letters;
            rounds.Add([.. samples.Where(s => before[s.Id] != "w" && after[s.Id] != "w").Select(s => new PairOutcome(s.Id, before[s.Id] == "0", after[s.Id] == "0"))]);
            cost += old.Cost + now.Cost;
            took += old.Duration + now.Duration;
            decision = Confirmation.Decide(plan, rounds);
        }

        List<SampleRecord> pairs = [.. samples.Select(s => new SampleRecord(s.Id, s.HeldOut, baseline[s.Id], head[s.Id]))];
        var confirmed = decision.Kind == ConfirmationKind.Confirmed;
        var oldWorse = BlessedAreWorse(pairs, state.Baseline!.Outcomes);
        List<SampleRecord> unblessedBad = [.. pairs.Where(p => !state.Baseline!.Outcomes.ContainsKey(p.SampleId) && FailsNow(p.Baseline))];
        var newBad = unblessedBad.Count > 0;
        var goldChanged = unblessedBad.Count(p => context.Blessed?.Samples.ContainsKey(p.SampleId) == true);
        var rates = (Old: IncidentReports.RateOf(baseline.Values), New: IncidentReports.RateOf(head.Values));
        var statement = $"{samples.Count} samples, {rates.New.Runs} fresh pairs: the baseline passes {rates.Old.Passed} of {rates.Old.Runs} now, the candidate {rates.New.Passed} of {rates.New.Runs}.{Blamed(rounds, samples)}";
        return new PairsRun(confirmed, !confirmed && (oldWorse || newBad), !confirmed && newBad && !oldWorse, statement, pairs, cost, took, goldChanged);
    }

    private static string Blamed(IReadOnlyList<IReadOnlyList<PairOutcome>> rounds, IReadOnlyList<Sample> samples)
    {
        List<string> blamed = [.. Blame.Of(rounds).Select(b => b.SampleId)];
        return blamed.Count == 0 ? "" : $" Worse by their own pairs: {SampleNames.Of(blamed, samples, MostBlamed)}.";
    }

    /// <summary>Sentinels: are fresh runs of the baseline worse than its own blessed runs?</summary>
    private static bool BlessedAreWorse(IReadOnlyList<SampleRecord> pairs, IReadOnlyDictionary<string, string> blessed)
    {
        List<SampleCounts> counts = [.. pairs
            .Where(p => blessed.ContainsKey(p.SampleId))
            .Select(p => (p.SampleId, Then: blessed[p.SampleId], Now: p.Baseline))
            .Select(p => new SampleCounts(p.SampleId, Outcomes.Failures(p.Then), Outcomes.Runs(p.Then), Outcomes.Failures(p.Now), Outcomes.Runs(p.Now)))];
        return counts.Count > 0 && ConditionalTest.PValueOfRise(counts) <= SentinelAlpha;
    }

    private static bool FailsNow(string outcomes) => Outcomes.Runs(outcomes) >= RunsForNewSample && 2 * Outcomes.Failures(outcomes) > Outcomes.Runs(outcomes);
}
