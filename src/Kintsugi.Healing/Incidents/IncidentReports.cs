using System.Globalization;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents;

/// <summary>Tells an incident's log as a story: what reports, the pull request and `heal --json` are written from.</summary>
public static class IncidentReports
{
    /// <param name="failures">From <see cref="FailureDigests.Of"/>; null where they are not shown.</param>
    public static IncidentReport From(IncidentState state, FailureDigest? failures = null)
    {
        var opened = state.Opened;
        var look = state.Looks.Count > 0 ? state.Looks[^1] : null;
        return new IncidentReport(
            state.Incident, opened.Agent, opened.AgentPath, FingerprintOf(state), state.Outcome, ReasonOf(state),
            opened.Base, state.Head, state.Isolation, opened.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
            look?.Verdict, state.Diagnosed?.Diagnosis, [.. state.Attempts.Select(a => a.Attempt)], state.Proposed?.Proposal,
            StripOf(state, look), TimeLineOf(state), look?.Trace, state.Cost,
            state.Log.Aggregate(TimeSpan.Zero, (sum, e) => sum + TookOf(e.Event)), ReproduceOf(state), RuledOutOf(state), NotesOf(state), failures)
        {
            Alarm = state.Alarm,
            OtherAlarms = state.Alarms.Count - (state.Alarm is null ? 0 : 1),
            SetAside = [.. state.Requests.Where(r => r.Kind == RequestKind.Quarantine).DistinctBy(r => r.Words).Select(r => new SetAside(r.Words, r.By))],
            Judges = look?.Judges ?? [],
            Policy = state.Decision,
            Advice = state.Advised is { } a ? new Advice(a.Opinion, a.WhyNone, a.Cited, a.Steps, $"{a.Rules.Name} {a.Rules.Version}, {a.Rules.Sha256}") : null,
        };
    }

    private const int MostInVain = 5;

    private static string FingerprintOf(IncidentState state) => state.Intended?.Fingerprint ?? state.Incident;

    private static string ReasonOf(IncidentState state) => state switch
    {
        { Closed: { } closed } => closed.Reason,
        { Proposed: { Proposal: { Kind: Proposal.PullRequest } request } } => $"The fix waits for review: {request.Url}",
        { Proposed: { } proposed } => $"The fix waits for review on branch {proposed.Proposal.Branch}.",
        { WorldFailures: [.., var last] } when state.Looks is [] => $"The world failed: {string.Join("; ", last.Faults)}.",
        _ => "Not finished.",
    };

    private static List<SampleStrip> StripOf(IncidentState state, Looked? look)
    {
        if (look is null) return [];
        var mended = state.Attempts is [.., { Attempt.Passed: true } attempt] ? attempt.Strip.ToDictionary(s => s.SampleId, s => s.Head) : [];
        return [.. look.Counts.Where(c => !c.HeldOut).Select(c => new SampleStrip(c.SampleId, c.Baseline, c.Head, mended.GetValueOrDefault(c.SampleId)))];
    }

    private static List<TimeLineEntry> TimeLineOf(IncidentState state) =>
        [.. state.Log.Select(LineOf)];

    /// <summary>One event in words.</summary>
    public static TimeLineEntry LineOf(LoggedEvent logged) => new(
        logged.At - TookOf(logged.Event), TookOf(logged.Event), StageOf(logged.Event), WhatOf(logged.Event),
        logged.Event.Cost.AgentRuns, logged.Event.Cost.ModelCalls, logged.Event.Cost.ModelCalls - logged.Event.Cost.LiveModelCalls);

    /// <summary>What the culprit search alone has cost.</summary>
    public static RunCost SearchCost(IncidentState state) => state.Log
        .Where(e => e.Event is ComponentsSwapped or CommitsBisected or TrialRun)
        .Aggregate(RunCost.None, (sum, e) => sum + e.Event.Cost);

    private static TimeSpan TookOf(IncidentEvent happened) => happened is AttemptMade attempt ? attempt.Duration : happened.Took;

    private static string StageOf(IncidentEvent happened) => happened switch
    {
        Opened or Revisited or Alarmed => "open",
        BaselineTaken or Looked or WorldFailed => "evaluate",
        PairsRun => "detect",
        AttemptMade => "repair",
        ProposalIntended or Proposed or EscalationIntended or EscalationFiled => "propose",
        Requested or Answered or Declined or TakenOver or Merged or ConversationEnded => "review",
        Closed => "close",
        _ => "triage",
    };

    private static string WhatOf(IncidentEvent happened) => happened switch
    {
        Opened o => $"base {Words.Short(o.Base.Id)}, head {Words.Short(o.Head.Id)}",
        Revisited r => $"another head joined: {Words.Short(r.Head.Id)}",
        Alarmed a => a.Alarm.Statement(),
        BaselineTaken { Blessed: true } b => $"the blessed outcomes of {b.Outcomes.Count} samples",
        BaselineTaken b => $"the base was run: {b.Outcomes.Count} samples",
        Looked l => l.StartFailure is null ? $"{Words.Snake(l.Verdict.Kind)}: {l.Verdict.Broken} of {l.Verdict.Samples} samples worse" : "the agent does not start",
        WorldFailed w => $"the world failed in {w.Affected} of {w.Planned} runs: {string.Join("; ", w.Faults)}",
        PairsRun p => p.Statement,
        DiffCut d => $"{d.Hunks.Count} {(d.Hunks.Count == 1 ? "hunk" : "hunks")} between base and head",
        ComponentsSwapped s => s.Hypothesis,
        CommitsBisected b => b.Culprit is null ? $"no single commit of {b.CommitsInRange}" : $"commit {Words.Short(b.Culprit.Id)} of {b.CommitsInRange}",
        TrialRun t => $"head without {Hunks(t.Trial.Drop)}: {Words.Snake(t.Outcome)} ({t.Passed}/{t.Runs})",
        Decided d => d.Decision.Reason,
        Diagnosed d => $"cause {Words.Snake(d.Diagnosis.Cause)}, action {Words.Snake(d.Diagnosis.Action)}",
        Advised { Opinion: { } o } => $"a model's opinion: cause {Words.Snake(o.Cause)}, {Words.Snake(o.Mode)}{(o.IsDisputed ? $"; disputed in {o.Disputes.Count} of its statements" : "")}",
        Advised a => $"no opinion of a model: {a.WhyNone}",
        AttemptMade a => $"attempt {a.Attempt.N} ({a.Attempt.Strategy}): {(a.Attempt.Passed ? "passed" : a.Attempt.Reason)}",
        ProposalIntended i => $"branch {i.Branch} is about to be made",
        Proposed { Proposal.Kind: Proposal.PullRequest } p => p.Proposal.Url,
        Proposed p => $"branch {p.Proposal.Branch}",
        Requested r => $"{r.Request.By}: {Words.Snake(r.Request.Kind)} {r.Request.Words}".TrimEnd(),
        Answered a => $"answered {a.Source}",
        Declined d => $"{d.By} may not write to the repository: {d.Source} is not followed",
        TakenOver t => $"{t.By} pushed {Words.Short(t.Commit)}: the branch is theirs",
        Merged m => $"merged as {Words.Short(m.Commit)}{(m.By.Length > 0 ? $" by {m.By}" : "")}",
        EscalationIntended => "an issue is about to be opened",
        EscalationFiled f => f.Url,
        ConversationEnded => "the conversation is ended",
        Closed c => $"{Words.Snake(c.Outcome)}: {c.Reason}",
        _ => "",
    };

    private static string Hunks(IReadOnlyList<int> dropped) => dropped.Count <= 6
        ? $"hunk{(dropped.Count == 1 ? "" : "s")} {string.Join(", ", dropped.Select(d => d + 1))}"
        : $"{dropped.Count} hunks";

    /// <summary>Commands of our own words, ids, and the agent's place, quoted: who pushes chooses its name, and a reviewer copies this.</summary>
    private static string ReproduceOf(IncidentState state)
    {
        List<string> commands = [.. (state.Diagnosed?.Diagnosis.Commits ?? []).Take(1).Select(c => $"git show {Words.Short(c.Id)}"), HealAgain(state)];
        if (state.Closed is { Outcome: IncidentOutcome.Escalated or IncidentOutcome.Budget })
            commands.AddRange([$"git diff {Words.Short(state.Opened.Base.Id)} {Words.Short(state.Head.Id)}", $"kintsugi incident show {state.Incident}"]);
        return string.Join('\n', commands);
    }

    /// <summary>Puts nothing before anybody: who only wants to see it needs no token.</summary>
    private static string HealAgain(IncidentState state) =>
        $"kintsugi heal {ShellWord.Path(state.Opened.AgentPath)} --base {Words.Short(state.Opened.Base.Id)} --head {Words.Short(state.Head.Id)} --seed {state.Opened.Seed} --until repair";

    /// <summary>What a person need not look at again.</summary>
    private static List<string> RuledOutOf(IncidentState state)
    {
        List<string> ruledOut = [];
        if (state.WorldFailures is [] && state.Looks is [.., { Verdict.World: 0, Repeated: 0 }]) ruledOut.Add("The world: no provider failed, no sandbox was lost.");
        if (state.Pairs is { Confirmed: true }) ruledOut.Add($"Noise: {state.Pairs.Statement}");
        if (state.Pairs is { Confirmed: true, BaselineNowWorse: false }) ruledOut.Add("Drift: the baseline is as good now as when it was blessed.");
        if (state.Diagnosed is { Diagnosis.Culprit.Count: > 0 } diagnosed && state.Diff is { } diff)
            ruledOut.Add($"{diff.Hunks.Count - diagnosed.CulpritHunks.Count} of {diff.Hunks.Count} hunks: head is good with them, once the culprit is gone.");
        ruledOut.AddRange((state.Swap?.Proofs ?? []).Where(p => p is { Holds: true, MustBeBad: false })
            .Select(p => $"{p.Configuration}, all else as in the base: good, {p.Passed} of {p.Runs} fresh runs pass."));
        if (state.Bisection is { Culprit: { } commit, CommitsInRange: > 1 and var commits } bisection)
            ruledOut.Add(string.Create(CultureInfo.InvariantCulture, $"The other {commits - 1} of {commits} commits: bisection gives {Words.Short(commit.Id)} {bisection.Posterior:0.000}."));
        if (state.Diagnosed is { Diagnosis.Culprit.Count: 0 })
            ruledOut.AddRange(InVain(state.Trials).Take(MostInVain).Select(t => $"Head without {Hunks(t.Trial.Drop)} is bad as well, {t.Passed} of {t.Runs} runs pass."));
        foreach (var attempt in state.Attempts.Where(a => !a.Attempt.Passed))
            ruledOut.Add($"Attempt {attempt.Attempt.N} ({attempt.Attempt.Strategy}): {attempt.Attempt.Reason}");
        return ruledOut;
    }

    /// <summary>Trials that mended nothing, without those that took less out than another, the largest first.</summary>
    private static IEnumerable<TrialRun> InVain(IReadOnlyList<TrialRun> trials)
    {
        var bad = trials.Where(t => t is { Outcome: TrialOutcome.Bad, Trial.Purpose: TrialPurpose.Search }).ToList();
        return bad.Where(t => !bad.Any(other => other.Trial.Drop.Count > t.Trial.Drop.Count && t.Trial.Drop.All(other.Trial.Drop.Contains)))
            .DistinctBy(t => string.Join(',', t.Trial.Drop)).OrderByDescending(t => t.Trial.Drop.Count);
    }

    private static List<string> NotesOf(IncidentState state)
    {
        List<string> notes = [];
        if (state.ProposedBefore is { } before && before.Branch != state.Proposed?.Proposal.Branch)
            notes.Add(IsOfThisHead(before, state)
                ? $"The fix on branch {before.Branch} was made for this version too, earlier in this incident."
                : $"An earlier head of this incident has a fix on branch {before.Branch}; it was not made for this one.");
        if (state.Looks is [.., { Verdict.World: > 0 and var world }]) notes.Add($"{world} runs failed for the world's reasons and are in no rate.");
        if (state.Diagnosed is { Diagnosis.SpecContradiction: null, Diagnosis.Culprit.Count: > 0 })
            notes.Add("If the change was intended, the golden dataset is out of date: kintsugi dataset accept brings its targets along, then bless.");
        return notes;
    }

    /// <summary>A visit looks at the same head again where a sample was set aside.</summary>
    private static bool IsOfThisHead(Proposal proposal, IncidentState state)
    {
        var head = state.Opened.Head;
        foreach (var logged in state.Log)
        {
            if (logged.Event is Revisited revisited) head = revisited.Head;
            if (logged.Event is Proposed proposed && proposed.Proposal == proposal) return head.Id == state.Head.Id;
        }
        return false;
    }

    /// <summary>A rate over runs with its exact 95 % interval; world failures are no runs.</summary>
    public static Rate RateOf(IEnumerable<string> outcomes)
    {
        var runs = string.Concat(outcomes);
        var passed = runs.Count(c => c == '1');
        var total = passed + runs.Count(c => c == '0');
        var (low, high) = total == 0 ? (0, 1) : RateInterval.ClopperPearson(passed, total, 0.05);
        return new Rate(passed, total, low, high);
    }
}
