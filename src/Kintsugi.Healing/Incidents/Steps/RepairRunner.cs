using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>A mended head that is to be judged.</summary>
/// <param name="Tree">Of head, mended.</param>
/// <param name="Writing">How it was written; null where it is head without some hunks, and so the repository's own.</param>
internal sealed record Candidate(int N, string Strategy, string Tree, Writing? Writing = null)
{
    /// <summary>What it has cost to write.</summary>
    public RunCost Cost { get; init; } = RunCost.None;

    public TimeSpan Took { get; init; }

    public bool IsForeign => Writing is not null;
}

/// <summary>Tries one repair: composes it, applies it to the tip of the target branch, and lets it through only when every check passes on fresh runs.</summary>
public static class RepairRunner
{
    /// <summary>Failing samples on which recovery and the controls are shown.</summary>
    private const int FailingShown = 20;

    /// <summary>Fresh runs of each failing sample, patched and unpatched; more where few fail, or none of them could be shown to recover.</summary>
    private const int FewestFailingRuns = 3;

    /// <summary>Of all failing samples together.</summary>
    private const int FailingRunsInAll = 10;

    private const int MostFailingRuns = 20;

    /// <summary>Characters of what failing tests printed last.</summary>
    private const int LongestEnd = 400;

    /// <summary>The check by the agent's own tests.</summary>
    internal const string Tests = "tests";

    private const double ControlAlpha = 0.05;

    /// <summary>Held-out samples have a third of beta in each attempt, all samples in an attempt that repeats a doubted one: or three together would accept a bad fix too often.</summary>
    private const int ShareOfBeta = 3;

    /// <summary>A good fix meets a rise this significant once in a thousand acceptances: beyond it, another try is a waste.</summary>
    private const double BeyondDoubt = 0.001;

    public static async Task<IncidentEvent> TryAsync(AttemptStep step, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var mended = await FixTrees.RestoredAsync(state, context, step.Restore, cancellationToken);
        return await JudgeAsync(new Candidate(step.N, StrategyOf(step, state), mended), state, context, cancellationToken);
    }

    private static string StrategyOf(AttemptStep step, IncidentState state)
    {
        if (step.RollsBack) return Attempt.RollBack;
        if (!step.Restore.Order().SequenceEqual(state.Diagnosed!.CulpritHunks.Order()) && state.CulpritFiles is { } files && step.Restore.Order().SequenceEqual(files)) return Attempt.RestoreFiles;
        return IsRepin(state, step) ? "repin" : "restore";
    }

    /// <summary>Judges a mended head.</summary>
    internal static async Task<IncidentEvent> JudgeAsync(Candidate candidate, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var started = context.Clock.GetTimestamp();
        var trial = new AttemptTrial(candidate, state, context);
        var composed = await FixTrees.ComposeAsync(await FixTrees.TipAsync(state, context, cancellationToken), candidate.Tree, context, cancellationToken);

        if (composed.Tree is null) trial.Note("applies to the tip", false, $"{string.Join(", ", composed.Conflicts)}: conflicts with what the target branch has become");
        else await CheckAsync(trial, composed.Tip, composed.Tree, cancellationToken);
        if (trial.TipIsGood)
            return new Closed(IncidentOutcome.Superseded, $"The tip {composed.Tip.Id[..10]} of the target branch is good again; no fix is needed.");

        var fix = trial.Passed
            ? new Fix(composed.Tip.Id, composed.Tree!, await context.Git.DiffTextAsync(composed.Tip.Tree, composed.Tree!, cancellationToken), trial.Files, trial.Verification)
            : null;
        var writing = trial.Passed || trial.InDoubt ? candidate.Writing : candidate.Writing is { } lost ? lost with { Files = [] } : null;
        var attempt = new Attempt(
            candidate.N, candidate.Strategy, trial.Passed, trial.Reason, fix, trial.Checks, trial.Scores, candidate.Cost + trial.Cost, trial.InDoubt, writing);
        return new AttemptMade(attempt, trial.Strip) { Duration = candidate.Took + context.Clock.GetElapsedTime(started) };
    }

    private static bool IsRepin(IncidentState state, AttemptStep step) =>
        step.Restore.All(h => state.Diff!.Hunks.Single(hunk => hunk.Index == h).Component == Component.Model);

    private static async Task CheckAsync(AttemptTrial trial, Commit tip, string tree, CancellationToken cancellationToken)
    {
        trial.Note("applies to the tip", true, $"on {tip.Id[..10]}");
        var steps = new Func<Commit, string, CancellationToken, Task>[]
        {
            trial.GateAsync, trial.TestAsync, trial.RecoverAsync, trial.AcceptAsync, trial.DifferAsync, trial.RevertAsync,
        };
        foreach (var check in steps)
        {
            await check(tip, tree, cancellationToken);
            if (!trial.Passed || trial.TipIsGood) return;
        }
    }

    /// <summary>The checks of one attempt and what they have shown so far.</summary>
    private sealed class AttemptTrial(Candidate candidate, IncidentState state, HealContext context)
    {
        private readonly List<Check> _checks = [];
        private readonly Looked _look = state.Looks[^1];
        private Rate _before = new(0, 0, 0, 1);

        public IReadOnlyList<Check> Checks => _checks;

        private IReadOnlyDictionary<string, string> Baseline => state.Baseline!.Outcomes;

        public bool Passed => _checks.All(c => c.Passed != false);

        public bool TipIsGood { get; private set; }

        /// <summary>Whether it was refused by its acceptance alone, and not beyond doubt.</summary>
        public bool InDoubt { get; private set; }

        public string Reason => _checks.FirstOrDefault(c => c.Passed == false) is { } failed ? $"{failed.Name}: {failed.Detail}" : PassedOf(_checks.Count(c => c.Passed == true), _checks.Count);

        public Verification Verification { get; private set; } = Verification.Partial;

        public AcceptanceScores? Scores { get; private set; }

        public IReadOnlyList<SampleRecord> Strip { get; private set; } = [];

        public IReadOnlyList<string> Files { get; private set; } = [];

        public RunCost Cost { get; private set; } = RunCost.None;

        /// <summary>Visible samples that head fails and the baseline passes, the most telling first.</summary>
        private List<Sample> Failing => field ??= FailingOf();

        private int FailingRuns => Math.Max(
            Math.Max(FewestFailingRuns, (FailingRunsInAll + Failing.Count - 1) / Math.Max(1, Failing.Count)),
            ControlRuns.ToShow(Counts(Failing, Baseline, new Dictionary<string, string>()), spared: 0, ControlAlpha, MostFailingRuns));

        /// <summary>Fresh runs of each once the patch is taken back: what always failed shows in few that it fails again, what fails now and then is asked as often as before.</summary>
        private int RevertedRuns => _before.Passed > 0 ? FailingRuns : ControlRuns.ToShow(Counts(Failing, Baseline, new Dictionary<string, string>()), spared: 1, ControlAlpha, FailingRuns);

        /// <summary>Held-out ones where no visible one fails: they are run and counted, and nobody is told which they are.</summary>
        private List<Sample> FailingOf()
        {
            List<SampleRecord> suspects = [.. LookRunner.Suspects(_look)];
            if (suspects.Count == 0) suspects = [.. LookRunner.HiddenSuspects(_look)];
            return [.. suspects.Take(FailingShown).Select(c => context.SampleOf(c.SampleId))];
        }

        public void Note(string name, bool? passed, string detail) => _checks.Add(new Check(name, passed, detail));

        /// <summary>The patch gate: only what may change has changed.</summary>
        public async Task GateAsync(Commit tip, string tree, CancellationToken cancellationToken)
        {
            var patch = await Patches.ReadAsync(context, tip.Tree, tree, cancellationToken);
            Files = [.. patch.Select(p => (p.New ?? p.Old)!.Path).Order(StringComparer.Ordinal)];
            var refusals = PatchGate.Refusals(patch, await Patches.TermsAsync(context, tip.Tree, candidate.IsForeign, cancellationToken));
            if (Files.Count == 0) Note(Check.PatchGate, false, candidate.IsForeign ? "it changes nothing" : "the tip does not have the culprit any more");
            else if (refusals.Count > 0) Note(Check.PatchGate, false, PatchGate.InWords(refusals));
            else Note(Check.PatchGate, true, $"{Files.Count} {(Files.Count == 1 ? "file" : "files")}, all of which may change");
        }

        public async Task TestAsync(Commit tip, string tree, CancellationToken cancellationToken)
        {
            var result = await context.Stand.TestAsync(Mended(tip, tree), cancellationToken);
            if (result is null) Note(Tests, null, "the agent has none (agent.test in kintsugi.yaml)");
            else Note(Tests, result.Succeeded, result.Succeeded ? "the agent's own tests pass" : Failure(result));
        }

        /// <summary>The failing samples recover, and without the patch they still fail.</summary>
        public async Task RecoverAsync(Commit tip, string tree, CancellationToken cancellationToken)
        {
            var unpatched = await RunAsync(new StandVersion(tip.Id, tip.Tree), Failing, Draws.Control(candidate.N, FailingRuns), "control", cancellationToken);
            var patched = await RunAsync(Mended(tip, tree), Failing, Draws.Accept(candidate.N, FailingRuns), "accept", cancellationToken);
            _before = IncidentReports.RateOf(unpatched.Values);

            var still = ConditionalTest.PValueOfRise(Counts(Failing, Baseline, unpatched));
            if (still > ControlAlpha && state.Head.Id != tip.Id)
            {
                TipIsGood = true;
                return;
            }
            Note("unpatched still fails", still <= ControlAlpha, $"{_before.Runs - _before.Passed} of {_before.Runs} fresh runs fail ({PValue.InWords(still)})");
            var after = IncidentReports.RateOf(patched.Values);
            Note(Check.FailingSamples, Recovery.Shown(Counts(Failing, unpatched, patched)), $"{after.Passed} of {after.Runs} fresh runs pass, {_before.Passed} of {_before.Runs} without the patch");
        }

        /// <summary>All samples, then the held-out ones alone with their share of beta, against the last good version.</summary>
        public async Task AcceptAsync(Commit tip, string tree, CancellationToken cancellationToken)
        {
            var gate = context.Agent.Gate;
            var version = Mended(tip, tree);
            List<Sample> visible = [.. context.Dataset.Visible], heldOut = [.. context.Dataset.HeldOut];
            var planned = candidate.IsForeign ? gate.MaxEpochs : LookRunner.Plan(visible, [.. visible.Select(s => new SampleRecord(s.Id, s.HeldOut, Baseline.GetValueOrDefault(s.Id, ""), ""))], gate).First.Epochs;
            var shown = await RunAsync(version, visible, Draws.Accept(candidate.N, planned), "accept", cancellationToken);
            var hidden = await RunAsync(version, heldOut, Draws.Accept(candidate.N, gate.MaxEpochs), "accept", cancellationToken);
            Strip = [.. visible.Select(s => new SampleRecord(s.Id, false, Baseline.GetValueOrDefault(s.Id, ""), shown.GetValueOrDefault(s.Id, "")))];

            // What was written was written with these samples in view, and may be one of three tries.
            var repeats = candidate.IsForeign || state.Attempts is [.., { Attempt.InDoubt: true }];
            var all = Acceptance.Judge(
                [.. Counts(visible, Baseline, shown), .. Counts(heldOut, Baseline, hidden)], gate.Odds, gate.Margin, repeats ? gate.Beta / ShareOfBeta : gate.Beta, gate.SlicesByTag);
            Note(Check.AllSamples, all.Kind == AcceptanceKind.Pass, all.Statement);
            var apart = Acceptance.Judge(Counts(heldOut, Baseline, hidden), gate.Odds, gate.Margin, gate.Beta / ShareOfBeta, gate.SlicesByTag);
            Note(Check.HeldOutSamples, apart.Kind switch { AcceptanceKind.Pass => true, AcceptanceKind.Fail => false, _ => null }, apart.Statement);
            InDoubt = !Passed && all.Kind != AcceptanceKind.Undecided && all.PValueOfRise > BeyondDoubt && apart.PValueOfRise > BeyondDoubt;
            Verification = apart.Kind == AcceptanceKind.Pass ? Verification.Full : Verification.Partial;
            Scores = new AcceptanceScores(
                IncidentReports.RateOf(_look.Counts.Where(c => !c.HeldOut).Select(c => c.Head)), IncidentReports.RateOf(shown.Values),
                IncidentReports.RateOf(heldOut.Select(s => Baseline.GetValueOrDefault(s.Id, ""))), IncidentReports.RateOf(hidden.Values));
        }

        /// <summary>Inputs that nobody wrote a target for, against the last good version.</summary>
        public async Task DifferAsync(Commit tip, string tree, CancellationToken cancellationToken)
        {
            var test = new DifferentialTest(state, context, candidate.N, candidate.IsForeign);
            _checks.Add(await test.RunAsync(Mended(tip, tree), token => RestAsync(tip, token), cancellationToken));
            Cost += test.Cost;
        }

        /// <summary>Head without the culprit, on the tip.</summary>
        private async Task<StandVersion?> RestAsync(Commit tip, CancellationToken cancellationToken)
        {
            if (state.Diagnosed is not { CulpritHunks: { Count: > 0 } culprit }) return null;
            var composed = await FixTrees.ComposeAsync(tip, await FixTrees.RestoredAsync(state, context, culprit, cancellationToken), context, cancellationToken);
            return composed.Tree is null ? null : new StandVersion(tip.Id, composed.Tree);
        }

        /// <summary>The patch taken back: the same failures return, so it was the patch that mended them.</summary>
        public async Task RevertAsync(Commit tip, string tree, CancellationToken cancellationToken)
        {
            var reverted = await RunAsync(new StandVersion(tip.Id, tip.Tree), Failing, [.. Draws.Control(candidate.N, FailingRuns + RevertedRuns).Skip(FailingRuns)], "control", cancellationToken);
            var again = ConditionalTest.PValueOfRise(Counts(Failing, Baseline, reverted));
            var rate = IncidentReports.RateOf(reverted.Values);
            Note("reverted fails again", again <= ControlAlpha, $"{rate.Runs - rate.Passed} of {rate.Runs} fresh runs fail");
        }

        private StandVersion Mended(Commit tip, string tree) => new(tip.Id, tree, candidate.IsForeign);

        /// <summary>The golden dataset lies beside the tests: what a model's code prints there must not come back to the model.</summary>
        private string Failure(SandboxResult result) => candidate.IsForeign
            ? $"exit {result.Exit.Code} {result.Exit.Limit}; what they print is kept back, since golden data lies beside them"
            : $"exit {result.Exit.Code} {result.Exit.Limit}: {StrangersText.End(result.Error.Length > 0 ? result.Error : result.Output, LongestEnd)}";

        private async Task<Dictionary<string, string>> RunAsync(
            StandVersion version, List<Sample> samples, IReadOnlyList<int> draws, string purpose, CancellationToken cancellationToken)
        {
            if (samples.Count == 0) return [];
            var run = await context.Stand.RunAsync(version, samples, draws, Recall.Fresh, purpose, cancellationToken);
            Cost += run.Cost;
            LookRunner.ThrowIfDown(run, state);
            return Outcomes.BySample(run);
        }

        private static List<SampleCounts> Counts(List<Sample> samples, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
            [.. samples.Select(s => LookRunner.Counts(new SampleRecord(s.Id, s.HeldOut, before.GetValueOrDefault(s.Id, ""), after.GetValueOrDefault(s.Id, "")), s))];

        private static string PassedOf(int passed, int all) =>
            passed == all ? $"all {all} checks" : $"{passed} of {all} checks; {all - passed} could not be decided";
    }
}
